"""What is attested: something with a hash, who must confirm it, who has, and whose silence may."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from services.ledger.rules.facts.notices import Notices
from shared.calendar import days_after, legal_day
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionCorrected,
    ContributionRecorded,
)
from shared.events.invention import DeterminationAttestationDeemed, DeterminationProposed
from shared.events.terms import NoticeMethod, Terms
from shared.log.envelope import Envelope

Asking = ContributionRecorded | ContributionCorrected | DeterminationProposed
Deemed = ContributionAttestationDeemed | DeterminationAttestationDeemed


class Mismatch(NamedTuple):
    """A hash that an entry states, and what it ought to be: that of its own content, or of what it attests."""

    expected: str
    got: str


class Silence(NamedTuple):
    """How many days after it is on notice of an event a party may speak before its silence counts, and by what."""

    event: str
    days: int
    method: NoticeMethod


@dataclass
class Attested:
    """Something with a hash, who must confirm it, and who has.

    How long a party may speak before its silence counts is worked out from the terms in force, and not taken from what
    the event says of it: so long after notice of it (`silence`), or after it was recorded where it says that it was
    recorded before notice was proven (`silent_until`).
    """

    hash: str
    written_by: str
    required: set[str]
    silent_until: date | None = None
    silence: Silence | None = None
    given: set[str] = field(default_factory=set)

    @classmethod
    def asked(cls, stated_hash: str, data: Asking, terms: Terms, envelope: Envelope, *, written_by: str) -> "Attested":
        """Return what is asked by an entry, under the terms of that moment."""
        attested = cls(stated_hash, written_by, set(data.attesting_parties))
        days = terms.attestation.deemed_days
        if days is not None and data.deemed_on is not None:
            attested.silent_until = days_after(legal_day(envelope.time), days)
        elif days is not None:
            attested.silence = Silence(envelope.id, days, terms.notice.method)
        return attested

    @property
    def complete(self) -> bool:
        """Tell whether every party whose attestation is needed has given it, or was silent long enough."""
        return self.required <= self.given

    def attest(self, party: str, person: str, attested_hash: str, *, four_eyes: bool) -> None:
        """Count an attestation of exactly this content, by another person where the terms ask for four eyes."""
        if attested_hash == self.hash and not (four_eyes and person == self.written_by):
            self.given.add(party)

    def deem(self, data: Deemed, deemed_hash: str, recorded_on: date, notices: Notices) -> None:
        """Count silence about exactly this content, where the terms do and the time to speak was over."""
        until = self.silent_until
        if self.silence is not None and data.notice == self.silence.event:
            since = notices.since(self.silence.event, data.party, self.silence.method)
            until = None if since is None else days_after(since, self.silence.days)
        if deemed_hash == self.hash and until is not None and recorded_on > until:
            self.given.add(data.party)

    def break_silence(self) -> None:
        """Have nobody's silence count from now on."""
        self.silent_until = self.silence = None

    def contest(self, party: str, contested_hash: str) -> None:
        """Take an attestation back: whoever denies it is asked from then on, and nobody's silence counts any more.

        What everybody has attested is contested no more: it is corrected, withdrawn or disputed.
        """
        if contested_hash == self.hash and not self.complete:
            self.required.add(party)
            self.given.discard(party)
            self.break_silence()


def mismatch(*, expected: "Attested | str | None", got: str) -> Mismatch | None:
    """Return in what a stated hash differs from that of what it is about, if it does."""
    wanted = expected.hash if isinstance(expected, Attested) else expected or "content to attest"
    return None if wanted == got else Mismatch(wanted, got)
