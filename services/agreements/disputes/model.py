"""A dispute, as its events made it, and when its ladder's clock runs out."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Literal

import msgspec

from services.agreements.disputes.errors import DisputeNotFound
from services.agreements.notices.model import Silence
from shared.calendar import day_after, days_after
from shared.events.dispute import (
    DECIDED,
    DisputeBasis,
    DisputeEscalated,
    DisputeEvidenceFiled,
    DisputeKind,
    DisputeLapsed,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionConfirmed,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolutionWithdrawn,
    DisputeResolved,
    DisputeWithdrawn,
)
from shared.events.registry import Event
from shared.events.terms import LadderStep, NoticeMethod, Rung
from shared.ids import is_person
from shared.log.aggregate import Aggregate

# What somebody may have to say about an outcome that is laid down.
Saying = Literal["confirm", "object", "decline"]
_DAY: Final = timedelta(days=1)
SettingAside = Literal["OBJECTED", "DECLINED", "WITHDRAWN"]


class DisputeStatus(StrEnum):
    OPENED = "OPENED"
    EVIDENCE = "EVIDENCE"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


class FiledEvidence(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    """The party that filed it."""
    hash: str
    step: LadderStep
    """The step of the ladder at which it was filed."""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome, and who has confirmed it: by party, its proposer first; PENDING until it binds.

    `awaited` are all whose confirmation it takes besides; None where it was laid down before that was recorded.
    """

    outcome: dict[str, str]
    basis: DisputeBasis
    """How the outcome came about: agreed by both sides (`SETTLEMENT`), or laid down by whoever decided."""
    document_hash: str
    resolution_hash: str
    status: Literal["PENDING", "BINDING"]
    laid_down_by: str
    """The party that laid it down first, be it what one side was awarded or what all settle."""
    confirmed_by: dict[str, str]
    """Who confirmed it: the person, by party; its proposer first."""
    awaited: tuple[str, ...] | None
    registrar: str | None
    objection_days: int | None
    """For how many days it may be objected to after proof of notice; null where that was not yet recorded."""
    claims_until: date | None
    """The day from which nobody is asked any more only because it gets less than it claims; null where nobody was."""
    notice_method: NoticeMethod | None
    """By what whoever is asked is on notice of it (by `EMAIL` also by taking note): who then does not object for
    `objection_days` is bound by it. Null where silence binds nobody.
    """
    unopposed_by: tuple[str, ...]
    """The parties that did not object for as long as they might."""
    # The reason, by party.
    objected_by: dict[str, str]
    # What the step's clock had left in days when the outcome made it stand still.
    days_left: int | None

    @property
    def is_one_sided(self) -> bool:
        """Tell whether it was decided elsewhere, and waits for those who would lose by it."""
        return self.basis in DECIDED and self.awaited is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return whose confirmation it still takes.

        A registrar says of a decision that it exists, and of a settlement that persons signed it, who have no portal.
        """
        by_registrar = self.registrar is not None and self.registrar in self.confirmed_by
        if by_registrar and self.is_one_sided:
            return ()
        left = (each for each in self.awaited or () if each not in {*self.confirmed_by, *self.unopposed_by})
        return tuple(each for each in left if not (by_registrar and is_person(each)))

    def asks_registrar(self, awaited: Iterable[str]) -> bool:
        """Tell whether the registrar has something to confirm: a decision, or for a person that is awaited."""
        return self.is_one_sided or any(is_person(each) and each not in self.confirmed_by for each in awaited)


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the last outcome that was laid down and never bound anybody."""

    resolution_hash: str
    how: SettingAside
    party: str
    """The party by whose word that was."""
    reason: str | None
    """Why, in words for the others; null where none is given."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody for whom an outcome waits, and what it may say about it."""

    party: str
    to: tuple[Saying, ...]
    """What it may say about the outcome."""


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    dispute: str
    agreement: str
    project: str
    parties: tuple[str, ...]
    asset: str
    kind: DisputeKind
    opened_by: str
    opened_on: date
    element: str | None
    summary_hash: str
    # What whoever opened it said at first.
    claimed: dict[str, str]
    # The newest position of each party, and the shares that were adopted when the dispute was opened.
    positions: dict[str, dict[str, str]]
    adopted: dict[str, str] | None
    evidence: tuple[FiledEvidence, ...]
    ladder: tuple[Rung, ...]
    rung: int
    step: LadderStep
    # The day on which the step is over, which events call `due_on`; None while its clock stands still, or has none.
    step_ends_on: date | None
    resolution: Resolution | None
    set_aside: SetAside | None
    withdrawn_because: str | None
    status: DisputeStatus
    # Worked out from notice where it is read for that, as is which determination the shares would be by then.
    silence: Silence | None = None
    binds_as: str | None = None

    @property
    def taking_part(self) -> frozenset[str]:
        """Whom it was about when it was opened, and whom somebody has named since: by a position or by an outcome."""
        named = {holder for position in self.positions.values() for holder in position}
        outcome = self.resolution.outcome if self.resolution else ()
        return frozenset({*self.parties, *self.positions, *named, *outcome})

    @property
    def due_on(self) -> date | None:
        """The last day of the ladder's step."""
        return self.step_ends_on - _DAY if self.step_ends_on else None

    @property
    def is_open(self) -> bool:
        return self.status in {DisputeStatus.OPENED, DisputeStatus.EVIDENCE, DisputeStatus.ESCALATED}

    @property
    def pending(self) -> Resolution | None:
        """The outcome that one side laid down and that binds nobody yet; meanwhile the ladder's clock stands still."""
        return self.resolution if self.is_open and self.resolution and self.resolution.is_one_sided else None

    @property
    def waiting_for(self) -> tuple[Waiting, ...]:
        """Who has still to say something before the outcome that is laid down binds, and what."""
        if not self.is_open or self.resolution is None:
            return ()
        resolution = self.resolution
        left = resolution.missing
        if resolution.awaited is None:
            left = tuple(each for each in self.parties if each not in resolution.confirmed_by)
        may: tuple[Saying, ...] = ("confirm", "object") if resolution.is_one_sided else ("confirm",)
        waiting = [
            Waiting(party=each, to=tuple(say for say in may if say != "object" or each not in resolution.objected_by))
            for each in left
            if not is_person(each)
        ]
        unsaid = resolution.registrar and resolution.registrar not in resolution.confirmed_by
        if resolution.registrar and unsaid and left and resolution.asks_registrar(left):
            also: tuple[Saying, ...] = ("confirm", "decline") if resolution.is_one_sided else ("confirm",)
            waiting.append(Waiting(party=resolution.registrar, to=also))
        return tuple(waiting)


_ENDED = {
    DisputeResolved: DisputeStatus.RESOLVED,
    DisputeWithdrawn: DisputeStatus.WITHDRAWN,
    DisputeLapsed: DisputeStatus.LAPSED,
}


def evolve(state: Dispute | None, event: Event) -> Dispute:
    if isinstance(event, DisputeOpened):
        return _opened(event)
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case DisputePositionFiled():
            changes["positions"] = {**state.positions, event.party: event.position}
        case DisputeEvidenceFiled():
            filed = FiledEvidence(party=event.party, hash=event.hash, step=state.step)
            changes["evidence"] = (*state.evidence, filed)
            if state.status is DisputeStatus.OPENED:
                changes["status"] = DisputeStatus.EVIDENCE
        case DisputeEscalated():
            changes |= {"step": event.step, "rung": event.rung, "step_ends_on": event.due_on}
            changes["status"] = DisputeStatus.ESCALATED
            # While an outcome is pending no clock runs out: somebody has objected to it.
            if state.pending:
                changes |= {"resolution": None, "set_aside": _objected(state.pending)}
        case DisputeResolved() | DisputeWithdrawn() | DisputeLapsed():
            changes["status"] = _ENDED[type(event)]
            changes["withdrawn_because"] = event.reason if isinstance(event, DisputeWithdrawn) else None
            changes |= {"silence": None, "binds_as": None}
            if state.resolution and isinstance(event, DisputeResolved):
                changes["resolution"] = msgspec.structs.replace(state.resolution, status="BINDING")
        case _:
            changes = _evolve_outcome(state, event)
    return msgspec.structs.replace(state, **changes)


def _evolve_outcome(state: Dispute, event: Event) -> dict[str, object]:
    """Return what is changed by what is said about an outcome."""
    known = state.resolution
    match event:
        case DisputeResolutionProposed():
            return _laid_down(state, event)
        case DisputeResolutionConfirmed() if known is not None:
            confirmed_by = {**known.confirmed_by, event.party: event.person}
            awaited = known.awaited if event.awaited is None else event.awaited
            return {"resolution": msgspec.structs.replace(known, confirmed_by=confirmed_by, awaited=awaited)}
        case DisputeResolutionObjected() if known is not None:
            objected_by = {**known.objected_by, event.party: event.reason}
            return {"resolution": msgspec.structs.replace(known, objected_by=objected_by)}
        case DisputeResolutionUnopposed() if known is not None:
            return {"resolution": msgspec.structs.replace(known, unopposed_by=event.unopposed_by)}
        case DisputeResolutionDeclined() | DisputeResolutionWithdrawn():
            reason = event.reason if isinstance(event, DisputeResolutionDeclined) else None
            set_aside = SetAside(
                resolution_hash=event.resolution_hash,
                how="WITHDRAWN" if reason is None else "DECLINED",
                party=event.party,
                reason=reason,
            )
            return {"resolution": None, "set_aside": set_aside, "step_ends_on": event.due_on}
    return {}


def _objected(pending: Resolution) -> SetAside:
    party, reason = list(pending.objected_by.items())[-1]
    return SetAside(resolution_hash=pending.resolution_hash, how="OBJECTED", party=party, reason=reason)


def next_due(state: Dispute) -> date | None:
    """Return the day after the last one of the ladder's step, or else that on which silence about an outcome binds.

    None where its clock stands still and nobody's silence binds, and when the dispute is over.
    """
    return (state.step_ends_on or unopposed_on(state)) if state.is_open else None


def may_lapse(state: Dispute) -> Resolution | None:
    """Return the pending outcome that would bind whoever is silent about it: nobody has objected to it."""
    pending = state.pending
    return pending if pending and pending.notice_method and not pending.objected_by else None


def unopposed_on(state: Dispute) -> date | None:
    """Return the day after the last one on which anybody may object to the outcome that is pending.

    None while somebody who is asked is not on notice of it: a person that holds a share never is.
    """
    pending, silence = may_lapse(state), state.silence
    if pending is None or silence is None or not {*pending.missing} <= silence.until.keys():
        return None
    return day_after(max((silence.until[each] for each in pending.missing), default=None))


def due_after(rung: Rung, start: date) -> date | None:
    return None if rung.days is None else days_after(start, rung.days)


def resumed(state: Dispute, today: date) -> date | None:
    """Return until when the step runs once no outcome is pending any more: it has the days left that it had."""
    if state.pending is None:
        return state.step_ends_on
    return None if state.pending.days_left is None else days_after(today, state.pending.days_left)


def _laid_down(state: Dispute, event: DisputeResolutionProposed) -> dict[str, object]:
    resolution = _resolution(event)
    if event.laid_down_on is None:  # from before a clock stood still for anything
        return {"resolution": resolution}
    ends_on = resumed(state, event.laid_down_on)
    if not resolution.is_one_sided:
        return {"resolution": resolution, "step_ends_on": ends_on}
    # Of a step that was over, and of which nobody has recorded it yet, nothing is left.
    days_left = None if ends_on is None else max((ends_on - event.laid_down_on).days, 0)
    return {"resolution": msgspec.structs.replace(resolution, days_left=days_left), "step_ends_on": None}


def _resolution(event: DisputeResolutionProposed) -> Resolution:
    return Resolution(
        status="PENDING",
        laid_down_by=event.party,
        awaited=event.awaited,
        registrar=event.registrar,
        objection_days=event.objection_days,
        claims_until=event.claims_until,
        notice_method=event.notice_method,
        unopposed_by=(),
        objected_by={},
        days_left=None,
        outcome=event.outcome,
        basis=event.basis,
        document_hash=event.document_hash,
        resolution_hash=event.resolution_hash,
        confirmed_by={event.party: event.person},
    )


def _opened(event: DisputeOpened) -> Dispute:
    return Dispute(
        dispute=event.dispute,
        agreement=event.agreement,
        project=event.project,
        parties=event.parties,
        asset=event.asset,
        kind=event.kind,
        opened_by=event.opened_by,
        opened_on=event.opened_on,
        element=event.element,
        summary_hash=event.summary_hash,
        claimed=event.position,
        positions={event.opened_by: event.position},
        adopted=event.adopted,
        evidence=(),
        ladder=event.ladder,
        rung=0,
        step=event.step,
        step_ends_on=event.due_on,
        resolution=None,
        set_aside=None,
        withdrawn_because=None,
        status=DisputeStatus.OPENED,
    )


DISPUTE = Aggregate("dispute", Dispute, evolve, DisputeNotFound)
