"""What one entry changes: who holds what and why, what is disputed, and what people must look at."""

from datetime import datetime
from functools import singledispatch
from typing import Any, NamedTuple

from services.ledger.errors import DerivationRefused
from services.ledger.rules.account import OwnershipReplayConflict, determination_of_proposal
from services.ledger.rules.facts.book import FactBook
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import Moment, Periods
from shared.canonical import canonical_json
from shared.events.dispute import (
    DECIDED,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionProposed,
    DisputeResolved,
)
from shared.events.invention import (
    AssetFrozen,
    AssetUnfrozen,
    DeterminationAdopted,
    DeterminationProposed,
    InventionDisclosed,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.registry import Event
from shared.events.retirement import InventionRetired
from shared.ratio import format_ratio


class Noticed(NamedTuple):
    """Something about an asset that people must look at; it stops nothing."""

    alarm: str
    details: dict[str, str]

    def text(self) -> str:
        """Return the details in their one JSON form."""
        return canonical_json(self.details).decode()


class Ruling(NamedTuple):
    """What an entry means for an asset: its holdings from now on if they change, why, alarms, what went unchecked."""

    asset: str
    timeline: Periods | None = None
    derivation: Derivation | None = None
    alarms: tuple[Noticed, ...] = ()
    # What could not be checked, since an entry of before says less, or went by the rules of then.
    remarks: tuple[str, ...] = ()


class Disputed(NamedTuple):
    """That an asset is disputed, and what that forbids, as known from a moment until, perhaps, another."""

    asset: str
    dispute: str
    actions: tuple[str, ...]
    since: Moment
    until: Moment | None = None

    def record(self) -> tuple[Any, ...]:
        """Return it as it is stored."""
        closed: tuple[int | None, datetime | None] = self.until or (None, None)
        return (self.asset, self.dispute, list(self.actions), *self.since, *closed)


def rule(book: FactBook, data: Event, position: int) -> Ruling | None:
    """Return what the entry that the book has just read means; None for one that changes nothing here.

    Raises LedgerInconsistencyDetected, OwnershipReplayConflict, PostingUnbalanced, DomainError for what cannot be so.
    """
    if isinstance(data, DeterminationProposed | DeterminationAdopted | OwnershipTransferred):
        book.check_not_retired(data.invention, at=f"position {position}")
    return _rule(data, book, position)


def disputes_after(known: list[Disputed], data: Event, moment: Moment) -> list[Disputed]:
    """Return what is known of disputes after an event: openings are added, endings close what they end."""
    if not isinstance(data, AssetFrozen | AssetUnfrozen):
        return known
    after = [
        each._replace(until=moment)
        if (each.asset, each.dispute, each.until) == (data.invention, data.dispute, None)
        else each
        for each in known
    ]
    if isinstance(data, AssetFrozen):
        after.append(Disputed(data.invention, data.dispute, tuple(data.actions), moment))
    return after


@singledispatch
def _rule(_data: Event, _book: FactBook, _position: int) -> Ruling | None:
    return None


@_rule.register
def _(data: InventionDisclosed, book: FactBook, position: int) -> Ruling:
    book.check_disclosed(data, at=f"position {position}")
    return Ruling(data.invention, book.account_of(data.invention).timeline())


@_rule.register
def _(data: OwnershipTransferred, book: FactBook, position: int) -> Ruling:
    remarks = book.check_posted(data, at=f"position {position}")
    return Ruling(data.invention, book.account_of(data.invention).timeline(), remarks=tuple(remarks))


@_rule.register
def _(data: TransferRescinded, book: FactBook, position: int) -> Ruling:
    book.check_rescinded(data, at=f"position {position}")
    return Ruling(data.invention, book.account_of(data.invention).timeline())


@_rule.register
def _(data: InventionRetired, book: FactBook, position: int) -> Ruling:
    return Ruling(data.invention, remarks=tuple(book.check_retired(data, at=f"position {position}")))


@_rule.register
def _(data: DeterminationAdopted, book: FactBook, position: int) -> Ruling:
    derivation = book.derivation_of(data, at=f"position {position}")
    return Ruling(data.invention, book.account_of(data.invention).timeline(), derivation)


@_rule.register
def _(data: DeterminationProposed, book: FactBook, position: int) -> Ruling:
    derived = book.proposal_of(data)
    if isinstance(derived, DerivationRefused):
        gap = derived.code == "TITLE_GAP"
        return Ruling(data.invention, alarms=(Noticed("TitleGapDetected", derived.ids),) if gap else ())
    alarms = [Noticed(each.alarm, {"contributor": each.contributor}) for each in derived.alarms]
    try:
        book.account_of(data.invention).timeline(proposed=determination_of_proposal(data, derived, position))
    except OwnershipReplayConflict as conflict:
        details = {"determination": data.determination, **conflict.details}
        alarms.append(Noticed("OwnershipReplayConflict", details))
    return Ruling(data.invention, alarms=tuple(alarms))


@_rule.register(DisputeOpened)
@_rule.register(DisputePositionFiled)
def _(data: DisputeOpened | DisputePositionFiled, book: FactBook, _position: int) -> Ruling:
    overclaim = book.dispute(data.dispute).overclaim()
    details = {"dispute": data.dispute, "overclaim": format_ratio(overclaim)}
    return Ruling(data.asset, alarms=(Noticed("OverclaimDetected", details),) if overclaim else ())


@_rule.register
def _(data: DisputeResolutionProposed, _book: FactBook, _position: int) -> Ruling:
    # It ends nothing before those have spoken who lose by it.
    if not data.awaited or data.basis not in DECIDED:
        return Ruling(data.asset)
    details = {"dispute": data.dispute, "basis": data.basis, "laid_down_by": data.party}
    return Ruling(data.asset, alarms=(Noticed("OneSidedOutcomeLaidDown", details),))


@_rule.register
def _(data: DisputeResolved, book: FactBook, position: int) -> Ruling:
    book.check_resolved(data, at=f"position {position}")
    return Ruling(data.asset)
