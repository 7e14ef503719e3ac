"""What people contributed to which invention, and whether everybody whose attestation was asked for has given it."""

from dataclasses import dataclass
from functools import singledispatchmethod

import msgspec

from services.ledger.rules.facts.attested import Attested, Mismatch, mismatch
from services.ledger.rules.facts.inventions import Inventions
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.history import Contribution
from shared.calendar import legal_day
from shared.canonical import content_hash
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionAttested,
    ContributionContent,
    ContributionContested,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
    ContributorConfirmed,
    ContributorContested,
)
from shared.events.registry import Event
from shared.log.envelope import Envelope
from shared.ratio import parse_ratio


@dataclass
class _Contribution:
    content: ContributionContent
    attested: Attested


class Contributions:
    """The contributions that entries tell of, with the content in force of each."""

    def __init__(self, standing: Standing, inventions: Inventions) -> None:
        self._standing = standing
        self._inventions = inventions
        self._recorded: dict[str, _Contribution] = {}
        self._by_invention: dict[str, dict[str, _Contribution]] = {}
        # What the people named said first of each content, by its hash: nothing that comes later takes that back.
        self._words: dict[str, type[Event]] = {}

    def read(self, envelope: Envelope) -> Mismatch | None:
        """Take in what an entry says; what it claims by a hash that does not hold counts for nothing, and is told."""
        return self._read(envelope.data, envelope)

    def to(self, invention: str) -> list[Contribution]:
        """Return the contributions to an invention."""
        return [_as_fact(each) for each in self._by_invention.get(invention, {}).values()]

    def unheard(self, invention: str) -> dict[str, str]:
        """Return who is named in what counts for an invention and has not confirmed it, by contribution."""
        return {
            name: each.content.contributor
            for name, each in self._by_invention.get(invention, {}).items()
            if each.content.kind == "INVENTIVE" and each.attested.complete and not self._is_heard(each)
        }

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope) -> Mismatch | None:
        """Pass over an event that says nothing of this."""

    @_read.register(ContributionRecorded)
    @_read.register(ContributionCorrected)
    def _(self, data: ContributionRecorded | ContributionCorrected, envelope: Envelope) -> Mismatch | None:
        """Keep the content in force; a correction starts without attestations."""
        content = _content_of(data)
        terms = self._standing.terms(envelope.agreement).attestation
        attested = Attested.asked(content_hash(content), data.recorded_by, data.attesting_parties, terms, envelope)
        self._drop(data.contribution)
        contribution = self._recorded[data.contribution] = _Contribution(content, attested)
        if content.invention is not None:
            self._by_invention.setdefault(content.invention, {})[data.contribution] = contribution
        return mismatch(expected=attested.hash, got=data.content_hash)

    @_read.register
    def _(self, data: ContributionAttested, envelope: Envelope) -> Mismatch | None:
        attested = self._attested(data.contribution)
        if attested is not None:
            four_eyes = self._standing.terms(envelope.agreement).attestation.four_eyes
            attested.attest(data.party, data.person, data.content_hash, four_eyes=four_eyes)
        return mismatch(expected=attested, got=data.content_hash)

    @_read.register
    def _(self, data: ContributionAttestationDeemed, envelope: Envelope) -> Mismatch | None:
        contribution = self._recorded.get(data.contribution)
        if contribution is not None and not self._is_disputed(contribution.content):
            contribution.attested.deem(data.party, data.content_hash, legal_day(envelope.time))
        return mismatch(expected=self._attested(data.contribution), got=data.content_hash)

    @_read.register
    def _(self, data: ContributionContested, _envelope: Envelope) -> None:
        if attested := self._attested(data.contribution):
            attested.contest(data.party, data.content_hash)

    @_read.register(ContributorConfirmed)
    @_read.register(ContributorContested)
    def _(self, data: ContributorConfirmed | ContributorContested, envelope: Envelope) -> Mismatch | None:
        contribution = self._recorded.get(data.contribution)
        # Nobody says it for the person, whatever an entry calls them.
        if contribution is not None and envelope.actor == contribution.content.contributor:
            self._words.setdefault(data.content_hash, type(data))
        return mismatch(expected=contribution.attested if contribution else None, got=data.content_hash)

    @_read.register
    def _(self, data: ContributionWithdrawn, _envelope: Envelope) -> None:
        self._drop(data.contribution)

    def _is_heard(self, contribution: _Contribution) -> bool:
        return self._words.get(contribution.attested.hash) is ContributorConfirmed

    def _is_disputed(self, content: ContributionContent) -> bool:
        """Tell whether the invention that was attested is disputed, whichever one an entry about it may name."""
        invention = self._inventions.disclosed.get(content.invention) if content.invention is not None else None
        return bool(invention and invention.disputes)

    def _attested(self, name: str) -> Attested | None:
        contribution = self._recorded.get(name)
        return contribution.attested if contribution else None

    def _drop(self, name: str) -> None:
        dropped = self._recorded.pop(name, None)
        if dropped and dropped.content.invention is not None:
            del self._by_invention[dropped.content.invention][name]


def mismatch_in_contribution(data: ContributionRecorded | ContributionCorrected) -> Mismatch | None:
    """Return in what the hash that a contribution states differs from that of its own content, if it does."""
    return mismatch(expected=content_hash(_content_of(data)), got=data.content_hash)


def _content_of(data: ContributionRecorded | ContributionCorrected) -> ContributionContent:
    return msgspec.convert(data, ContributionContent, from_attributes=True)


def _as_fact(contribution: _Contribution) -> Contribution:
    content = contribution.content
    return Contribution(
        content.contributor,
        content.element,
        parse_ratio(content.points) if content.points is not None else None,
        inventive=content.kind == "INVENTIVE",
        confirmed=contribution.attested.complete,
    )
