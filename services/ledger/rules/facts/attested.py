"""What is attested: something with a hash, who must confirm it, who has, and whose silence may."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from shared.calendar import days_after, legal_day
from shared.events.terms import AttestationTerms
from shared.log.envelope import Envelope


class Mismatch(NamedTuple):
    """A hash that an entry states, and what it ought to be: that of its own content, or of what it attests."""

    expected: str
    got: str


@dataclass
class Attested:
    """Something with a hash, who must confirm it, and who has.

    `silent_until` is the last day on which a party may speak before its silence counts; it is worked out from the
    terms in force and the day of recording, and not taken from what the event says of it.
    """

    hash: str
    written_by: str
    required: set[str]
    silent_until: date | None = None
    given: set[str] = field(default_factory=set)

    @classmethod
    def asked(
        cls, stated_hash: str, written_by: str, required: tuple[str, ...], terms: AttestationTerms, envelope: Envelope
    ) -> "Attested":
        """Return what is asked of these parties by an entry, under the terms of that moment."""
        days = terms.deemed_days
        until = None if days is None else days_after(legal_day(envelope.time), days)
        return cls(stated_hash, written_by, set(required), until)

    @property
    def complete(self) -> bool:
        """Tell whether every party whose attestation is needed has given it, or was silent long enough."""
        return self.required <= self.given

    def attest(self, party: str, person: str, attested_hash: str, *, four_eyes: bool) -> None:
        """Count an attestation of exactly this content, by another person where the terms ask for four eyes."""
        if attested_hash == self.hash and not (four_eyes and person == self.written_by):
            self.given.add(party)

    def deem(self, party: str, deemed_hash: str, recorded_on: date) -> None:
        """Count silence about exactly this content, where the terms do and the time to speak was over."""
        if deemed_hash == self.hash and self.silent_until is not None and recorded_on > self.silent_until:
            self.given.add(party)

    def contest(self, party: str, contested_hash: str) -> None:
        """Take an attestation back: whoever denies it is asked from then on, and nobody's silence counts any more.

        What everybody has attested is contested no more: it is corrected, withdrawn or disputed.
        """
        if contested_hash == self.hash and not self.complete:
            self.required.add(party)
            self.given.discard(party)
            self.silent_until = None


def mismatch(*, expected: "Attested | str | None", got: str) -> Mismatch | None:
    """Return in what a stated hash differs from that of what it is about, if it does."""
    wanted = expected.hash if isinstance(expected, Attested) else expected or "content to attest"
    return None if wanted == got else Mismatch(wanted, got)
