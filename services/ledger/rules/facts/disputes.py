"""What is claimed in a dispute, by how much claims exceed the whole, and whose word an outcome has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import singledispatchmethod
from typing import NamedTuple

from services.ledger.rules.facts.notices import Notices
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.history import Shares
from shared.calendar import days_after, legal_day
from shared.events.dispute import (
    DECIDED,
    Decision,
    DisputeBasis,
    DisputeEscalated,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionConfirmed,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolutionWithdrawn,
)
from shared.events.registry import Event
from shared.events.terms import NoticeMethod, Rung, Terms
from shared.ids import is_person
from shared.log.envelope import Envelope
from shared.ratio import parse_shares


class ObjectionPeriod(NamedTuple):
    """For how many days one may object after notice of an event, and by what one is on notice of it."""

    event: str
    days: int
    methods: tuple[NoticeMethod, ...]


@dataclass
class Outcome:
    """Shares that were laid down as the end of a dispute, and who says that they are.

    `awaits` tells that it waits for whoever would hold less by it; what was laid down before that was so does not.
    `by_registrar` tells that whoever the terms named for that has confirmed it, and was neutral when it did. Before
    `claims_until` it waits for whoever gets less than it claims, too; what was laid down before that was so does not.
    `silence` tells for how long after which notice one may object to it, None where nobody's silence binds;
    `unopposed_by` are those who had that notice and did not, and could until `unopposed_on`.
    """

    shares: Mapping[str, str]
    basis: DisputeBasis
    document_hash: str
    laid_down_by: str
    said_by: set[str]
    registrar: str | None
    awaits: bool
    by_registrar: bool = False
    claims_until: date | None = None
    silence: ObjectionPeriod | None = None
    unopposed_by: set[str] = field(default_factory=set)
    unopposed_on: date = date.min

    @property
    def decided_elsewhere(self) -> bool:
        return self.basis in DECIDED

    @property
    def decision(self) -> Decision:
        """How it came to bind, if it does."""
        return Decision(
            basis=self.basis,
            laid_down_by=self.laid_down_by,
            confirmed_by=tuple(sorted(self.said_by - {self.laid_down_by})),
            registrar=self.registrar if self.by_registrar else None,
            unopposed_by=tuple(sorted(self.unopposed_by)),
        )

    def stands_among(self, parties: frozenset[str]) -> bool:
        """Tell whether enough parties say so by the rules of before: all, two to a decision, one to a court's."""
        if not self.decided_elsewhere:
            return parties <= self.said_by
        return self.basis == "COURT" or len(self.said_by & parties) >= min(2, len(parties))

    def go_unopposed(self, data: DisputeResolutionUnopposed, recorded_on: date, notices: Notices) -> None:
        """Count the silence of those whose days to object were over, each after its own notice."""
        if self.silence is None or data.notice != self.silence.event:
            return
        event, days, methods = self.silence
        for party in data.unopposed_by:
            given = [notices.since(event, party, method) for method in methods]
            since = min((day for day in given if day is not None), default=None)
            until = None if since is None else days_after(since, days)
            if until is not None and recorded_on > until:
                self.unopposed_by.add(party)
                self.unopposed_on = max(self.unopposed_on, until)

    def missing(self, parties: frozenset[str], losing: set[str], one_side: set[str]) -> set[str]:
        """Return whose word it lacks: who loses by it, and all parties to what they settle."""
        needed = losing - one_side
        if not self.decided_elsewhere:
            needed |= parties
        if self.by_registrar:
            needed = {each for each in needed if not self.decided_elsewhere and not is_person(each)}
        return needed - self.said_by - self.unopposed_by


@dataclass
class Dispute:
    """The positions taken about an asset, and the outcomes laid down, by what binds them."""

    asset: str
    parties: frozenset[str]
    adopted: Shares
    opened_by: str
    opened_on: date
    ladder: tuple[Rung, ...]
    positions: dict[str, Shares] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def outcome_of(self, shares: Mapping[str, str]) -> Outcome | None:
        """Return the newest outcome that is these shares."""
        return next((each for each in reversed(self.outcomes.values()) if each.shares == shares), None)

    def ends_with(self, shares: Mapping[str, str]) -> bool:
        """Tell whether these shares are an outcome that stands by the rules of before."""
        return any(
            each.shares == shares and not each.awaits and each.stands_among(self.parties)
            for each in self.outcomes.values()
        )

    def claiming_more(self, shares: Shares) -> set[str]:
        """Return the parties that claim more than these shares give; who has claimed nothing may claim it all."""
        whole = {party: Fraction(1) for party in self.parties}
        claimed = whole | {party: position.get(party, Fraction(0)) for party, position in self._taken()}
        return {party for party in self.parties if shares.get(party, Fraction(0)) < claimed[party]}

    def denied_by(self, outcome: Outcome, day: date) -> set[str]:
        """Return who gets less by an outcome than it claims for itself, while it is asked for that.

        Whoever opened the dispute and claims nothing for itself gets less by all but what it said.
        """
        if outcome.claims_until is None or day >= outcome.claims_until:
            return set()
        shares = parse_shares(outcome.shares)
        denied = {party for party, position in self._taken() if shares.get(party, 0) < position.get(party, 0)}
        said = self.positions[self.opened_by]
        return denied | ({self.opened_by} if self.opened_by not in said and said != shares else set())

    def days_over(self, without_clock: int) -> date:
        """Return when the ladder's days are over since the opening; a step without a clock has so many."""
        days = sum(without_clock if rung.days is None else rung.days for rung in self.ladder)
        return days_after(self.opened_on, days) or date.max

    def take_position(self, party: str, position: Shares) -> None:
        """Keep a party's newest position."""
        self.positions[party] = position

    def overclaim(self) -> Fraction:
        """Return by how much the claims exceed the whole: each holder's own, or else what was adopted for it."""
        claims = {**self.adopted, **{party: position.get(party, Fraction(0)) for party, position in self._taken()}}
        return max(sum(claims.values(), start=Fraction(0)) - 1, Fraction(0))

    def _taken(self) -> list[tuple[str, Shares]]:
        return sorted(self.positions.items())


class DisputeBook:
    """The disputes that entries tell of."""

    def __init__(self, standing: Standing, notices: Notices) -> None:
        self.opened: dict[str, Dispute] = {}
        self._standing = standing
        self._notices = notices

    def read(self, envelope: Envelope) -> None:
        """Take in what an entry says."""
        self._read(envelope.data, envelope)

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: DisputeOpened, _envelope: Envelope) -> None:
        adopted = parse_shares(data.adopted) if data.adopted else {}
        dispute = self.opened[data.dispute] = Dispute(
            data.asset, frozenset(data.parties), adopted, data.opened_by, data.opened_on, data.ladder
        )
        dispute.take_position(data.opened_by, parse_shares(data.position))

    @_read.register
    def _(self, data: DisputePositionFiled, _envelope: Envelope) -> None:
        if dispute := self.opened.get(data.dispute):
            dispute.take_position(data.party, parse_shares(data.position))

    @_read.register
    def _(self, data: DisputeResolutionProposed, envelope: Envelope) -> None:
        if dispute := self.opened.get(data.dispute):
            awaits = data.awaited is not None
            agreed = self._standing.terms(data.agreement)
            terms = agreed.dispute
            if awaits:  # one at a time: another takes the place of what was laid down before
                dispute.outcomes.clear()
            dispute.outcomes[data.resolution_hash] = Outcome(
                shares=data.outcome,
                basis=data.basis,
                document_hash=data.document_hash,
                laid_down_by=data.party,
                said_by={data.party},
                registrar=terms.registrar,
                awaits=awaits,
                # That it says one tells only by which rules it goes: which day it is follows from what was agreed.
                claims_until=dispute.days_over(terms.one_sided_objection_days) if data.claims_until else None,
                silence=_silence(data, agreed, envelope) if awaits else None,
            )

    @_read.register
    def _(self, data: DisputeResolutionConfirmed, envelope: Envelope) -> None:
        dispute = self.opened.get(data.dispute)
        if dispute and (outcome := dispute.outcomes.get(data.resolution_hash)):
            outcome.awaits |= data.awaited is not None
            outcome.said_by.add(data.party)
            if data.party == outcome.registrar:
                day = legal_day(envelope.time)
                outcome.by_registrar = self._standing.is_neutral(data.party, data.agreement, day)

    @_read.register
    def _(self, data: DisputeResolutionObjected, _envelope: Envelope) -> None:
        dispute = self.opened.get(data.dispute)
        if dispute and (outcome := dispute.outcomes.get(data.resolution_hash)):
            outcome.silence = None

    @_read.register
    def _(self, data: DisputeResolutionUnopposed, envelope: Envelope) -> None:
        dispute = self.opened.get(data.dispute)
        if dispute and (outcome := dispute.outcomes.get(data.resolution_hash)):
            outcome.go_unopposed(data, legal_day(envelope.time), self._notices)

    @_read.register(DisputeResolutionDeclined)
    @_read.register(DisputeResolutionWithdrawn)
    def _(self, data: DisputeResolutionDeclined | DisputeResolutionWithdrawn, _envelope: Envelope) -> None:
        if dispute := self.opened.get(data.dispute):
            dispute.outcomes.pop(data.resolution_hash, None)

    @_read.register
    def _(self, data: DisputeEscalated, _envelope: Envelope) -> None:
        # The clock stands still while such an outcome waits: somebody has objected to it.
        if dispute := self.opened.get(data.dispute):
            waiting = [name for name, each in dispute.outcomes.items() if each.awaits and each.decided_elsewhere]
            for name in waiting:
                del dispute.outcomes[name]


def _silence(data: DisputeResolutionProposed, terms: Terms, envelope: Envelope) -> ObjectionPeriod | None:
    """Return what the terms say of whose silence binds, of what was laid down since there is proof of notice.

    What lies in an inbox alone takes nothing from anybody, whatever else that begins by the terms.
    """
    if data.notice_method is None or data.basis not in DECIDED:
        return None
    methods: tuple[NoticeMethod, ...] = ("ACKNOWLEDGED",)
    if terms.notice.method != "ACKNOWLEDGED":
        methods = ("EMAIL", "ACKNOWLEDGED")
    return ObjectionPeriod(envelope.id, terms.dispute.one_sided_objection_days, methods)
