"""An agreement, as its events made it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.policy import empty_keys
from services.agreements.contracts.versions import AgreedVersion, Amendment, AmendmentStatus, Signature, TermsInForce
from services.agreements.creation import origin_of
from services.agreements.repetition import Statement
from shared.events import agreement as events
from shared.events.agreement import AgreementKind, SurvivingClause
from shared.events.registry import Event
from shared.events.values import Period
from shared.log.aggregate import Aggregate


class AgreementStatus(StrEnum):
    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    PARTIALLY_SIGNED = "PARTIALLY_SIGNED"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    SURVIVING = "SURVIVING"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


IN_EFFECT = frozenset({AgreementStatus.ACTIVE, AgreementStatus.SUSPENDED})
ENDED = frozenset(
    {AgreementStatus.EXPIRED, AgreementStatus.TERMINATED, AgreementStatus.SURVIVING, AgreementStatus.CLOSED}
)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of termination."""

    by_party: str
    notice_on: date
    effective_on: date
    ground: str

    @classmethod
    def of(cls, event: events.TerminationNoticeGiven) -> "Notice":
        return cls(
            by_party=event.by_party, notice_on=event.notice_on, effective_on=event.effective_on, ground=event.ground
        )


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """A longer term that some parties have agreed to."""

    new_to: date
    agreed_by: tuple[str, ...]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    kind: AgreementKind
    title: str
    # Whoever is or was one: a party that left keeps what it holds, and sees it.
    parties: tuple[str, ...]
    joined: dict[str, date]
    left: dict[str, date]
    left_because: dict[str, str]
    parent: str | None
    binding: bool
    ip_terms_binding: bool
    status: AgreementStatus
    # None only between the two events of a draft.
    terms_in_force: TermsInForce | None
    first_terms_hash: str | None
    signatures: dict[str, Signature]
    # What all have signed, in the order of the days from which it stands.
    agreed: tuple[AgreedVersion, ...]
    amendments: tuple[Amendment, ...]
    renewal: Renewal | None
    suspended_by: str | None
    suspended_because: str | None
    withdrawn: Statement | None
    notice: Notice | None
    ended_on: date | None
    surviving: tuple[SurvivingClause, ...]
    origin: str

    @property
    def standing(self) -> TermsInForce:
        assert self.terms_in_force is not None
        return self.terms_in_force

    @property
    def open_terms(self) -> tuple[str, ...]:
        """The keys of its terms that are empty, without which they do not take effect."""
        return tuple(empty_keys(self.standing.terms))

    @property
    def period(self) -> Period:
        """The days for which it is agreed, renewals and amendments that all have signed counted."""
        end = self.agreed[-1].until if self.agreed else self.standing.period.end
        return Period(start=self.standing.period.start, end=end)

    @property
    def ends_on(self) -> date | None:
        """The first day on which it is not in effect any more, as far as is known."""
        if self.ended_on is not None:
            return self.ended_on
        noticed = self.notice.effective_on if self.notice else None
        return min((day for day in (self.period.end, noticed) if day is not None), default=None)

    @property
    def effect(self) -> Period:
        """The days on which it is in effect, an end by notice counted."""
        return Period(start=self.agreed[0].effective_on if self.agreed else self.period.start, end=self.ends_on)

    @property
    def open_amendment(self) -> Amendment | None:
        """The one that may still take effect."""
        waiting = (AmendmentStatus.PROPOSED, AmendmentStatus.AGREED)
        return next((each for each in self.amendments if each.status in waiting), None)

    def members_on(self, day: date) -> tuple[str, ...]:
        """Return who is a party on a day, as far as is known."""
        return tuple(
            party for party in self.parties if self.joined.get(party, date.min) <= day < self.left.get(party, date.max)
        )

    def has_left(self, party: str, day: date) -> bool:
        """Tell whether a party of it is none any more on a day, as far as is known."""
        return day >= self.left.get(party, date.max)

    def terms_on(self, day: date) -> AgreedVersion | None:
        """Return the agreed terms that stand on a day, or stood last before it."""
        begun = [version for version in self.agreed if version.effective_on <= day]
        return begun[-1] if begun else None


def next_due(state: Agreement) -> date | None:
    """Return the next day on which time alone does something to an agreement."""
    if state.terms_in_force is None:
        return None
    if state.status is AgreementStatus.SIGNED:
        # Terms that leave something open never take effect, however long everybody waits.
        return None if state.open_terms else state.standing.period.start
    if state.status in IN_EFFECT:
        amendment = state.open_amendment
        days = [state.ends_on, amendment.due_on if amendment else None]
    else:
        days = [clause.until for clause in state.surviving]
    return min((day for day in days if day is not None), default=None)


_STATUS_AFTER: Final[Mapping[type[Event], AgreementStatus]] = MappingProxyType(
    {
        events.AgreementProposed: AgreementStatus.PROPOSED,
        events.AgreementSigned: AgreementStatus.PARTIALLY_SIGNED,
        events.AgreementFullySigned: AgreementStatus.SIGNED,
        events.AgreementWithdrawn: AgreementStatus.WITHDRAWN,
        events.AgreementActivated: AgreementStatus.ACTIVE,
        events.AgreementSuspended: AgreementStatus.SUSPENDED,
        events.AgreementResumed: AgreementStatus.ACTIVE,
        events.AgreementTerminated: AgreementStatus.TERMINATED,
        events.AgreementExpired: AgreementStatus.EXPIRED,
        events.SurvivalBegan: AgreementStatus.SURVIVING,
        events.AgreementClosed: AgreementStatus.CLOSED,
    }
)


def evolve(state: Agreement | None, event: Event) -> Agreement:
    if isinstance(event, events.AgreementDrafted):
        return _drafted(event)
    assert state is not None
    changes = {**_signed(state, event), **_amended(state, event), **_lasting(state, event)}
    status = _STATUS_AFTER.get(type(event), state.status)
    return msgspec.structs.replace(state, status=status, **changes)


def _signed(state: Agreement, event: Event) -> dict[str, object]:
    """Return what an event changes up to the last signature."""
    changes: dict[str, object] = {}
    match event:
        case events.TermsVersionDrafted():
            changes["terms_in_force"] = TermsInForce.of(event, event.terms_hash)
            changes["first_terms_hash"] = state.first_terms_hash or event.terms_hash
        case events.AgreementSigned():
            changes["signatures"] = {**state.signatures, event.party: Signature.of(event)}
        case events.AgreementFullySigned():
            changes["agreed"] = (AgreedVersion.first(state.terms_in_force),) if state.terms_in_force else ()
        case events.AgreementWithdrawn():
            changes["withdrawn"] = Statement(party=event.withdrawn_by_party, reason=event.reason)
    return changes


def _amended(state: Agreement, event: Event) -> dict[str, object]:
    """Return what an event changes in the terms that stand and in who the parties are."""
    changes: dict[str, object] = {}
    match event:
        case events.AmendmentProposed():
            changes["amendments"] = (*state.amendments, Amendment.of(event))
        case events.AmendmentSigned():
            signed = [each.signed(event.party, Signature.of(event)) for each in state.amendments if each.no == event.no]
            changes["amendments"] = tuple({each.no: each for each in (*state.amendments, *signed)}.values())
            changes["agreed"] = (*state.agreed, *(each.version for each in signed if each.complete))
        case events.AmendmentTookEffect():
            changes["amendments"] = _with_status(state, event.no, AmendmentStatus.IN_EFFECT)
            for version in (each.version for each in state.amendments if each.no == event.no):
                changes["terms_in_force"] = version.in_force
        case events.AmendmentLapsed():
            changes["amendments"] = _with_status(state, event.no, AmendmentStatus.LAPSED)
            changes["agreed"] = tuple(version for version in state.agreed if version.amendment != event.no)
        case events.PartyAcceded():
            changes["parties"] = (*(party for party in state.parties if party != event.party), event.party)
            changes["joined"] = {**state.joined, event.party: event.effective_on}
            changes["left"] = {party: day for party, day in state.left.items() if party != event.party}
        case events.PartyWithdrew():
            changes["left"] = {**state.left, event.party: event.effective_on}
            changes["left_because"] = {**state.left_because, event.party: event.reason}
    return changes


def _lasting(state: Agreement, event: Event) -> dict[str, object]:
    """Return what an event changes in how long an agreement lasts, and in what goes on after it."""
    changes: dict[str, object] = {}
    match event:
        case events.AgreementRenewalAgreed():
            before = state.renewal.agreed_by if state.renewal and state.renewal.new_to == event.new_to else ()
            changes["renewal"] = Renewal(new_to=event.new_to, agreed_by=(*before, event.party))
        case events.AgreementRenewed():
            longer = [msgspec.structs.replace(last, until=event.new_to) for last in state.agreed[-1:]]
            changes.update(agreed=(*state.agreed[:-1], *longer), renewal=None)
        case events.AgreementSuspended():
            changes.update(suspended_by=event.suspended_by_party, suspended_because=event.ground)
        case events.AgreementResumed():
            changes.update(suspended_by=None, suspended_because=None)
        case events.TerminationNoticeGiven():
            changes["notice"] = Notice.of(event)
        case events.AgreementTerminated() | events.AgreementExpired():
            changes.update(ended_on=event.effective_on, suspended_by=None, suspended_because=None)
        case events.SurvivalBegan():
            changes["surviving"] = event.clauses
        case events.SurvivalEnded():
            changes["surviving"] = tuple(each for each in state.surviving if each.clause != event.clause)
    return changes


def _with_status(state: Agreement, no: int, status: AmendmentStatus) -> tuple[Amendment, ...]:
    return tuple(msgspec.structs.replace(each, status=status) if each.no == no else each for each in state.amendments)


def _drafted(event: events.AgreementDrafted) -> Agreement:
    return Agreement(
        agreement=event.agreement,
        kind=event.kind,
        title=event.title,
        parties=event.parties,
        joined={},
        left={},
        left_because={},
        parent=event.parent,
        binding=event.binding,
        ip_terms_binding=event.ip_terms_binding,
        status=AgreementStatus.DRAFT,
        terms_in_force=None,
        first_terms_hash=None,
        signatures={},
        agreed=(),
        amendments=(),
        renewal=None,
        suspended_by=None,
        suspended_because=None,
        withdrawn=None,
        notice=None,
        ended_on=None,
        surviving=(),
        origin=origin_of(event),
    )


AGREEMENT = Aggregate("agreement", Agreement, evolve, AgreementNotFound)
