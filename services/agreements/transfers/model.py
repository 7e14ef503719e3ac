"""A transfer, as its events made it; what it moved is in the accounts of its assets."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.notices.model import Silence, over_after
from services.agreements.repetition import Statement
from services.agreements.transfers.errors import TransferNotFound
from shared.calendar import day_after
from shared.events.registry import Event
from shared.events.terms import CalendarTerms, ConsentRule, NoticeMethod
from shared.events.transfer import (
    Amount,
    PreemptionExercised,
    RecordalConfirmed,
    RecordalFiled,
    TransferConsentDeemedGiven,
    TransferConsented,
    TransferConsentGiven,
    TransferExecuted,
    TransferKind,
    TransferProposed,
    TransferRefused,
    TransferUndone,
)
from shared.log.aggregate import Aggregate


class TransferStatus(StrEnum):
    PROPOSED = "PROPOSED"
    CONSENTED = "CONSENTED"
    REFUSED = "REFUSED"
    EXECUTED = "EXECUTED"
    RECORDED = "RECORDED"
    RESCINDED = "RESCINDED"


class Recordal(msgspec.Struct, frozen=True, kw_only=True):
    """A filing at an office, and the office's reference once it has given one."""

    right: str
    office: str
    filed_on: date
    office_ref: str | None = None


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    transfer: str
    agreement: str
    parties: tuple[str, ...]
    kind: TransferKind
    assets: tuple[str, ...]
    source: str = msgspec.field(name="from")
    to: str
    amount: Amount
    consideration: str | None
    effective_on: date
    instrument_hash: str
    between_affiliates: bool
    rule: ConsentRule
    transfer_hash: str
    noticed_on: date
    deemed_on: date | None
    # By what the holders are on notice that have to be given it, and how their days are counted.
    notice_method: NoticeMethod | None
    notice_to: tuple[str, ...]
    calendar: CalendarTerms | None
    proposed_by_party: str
    # Who consented, by party; proposing is the transferor's consent.
    consents: dict[str, str]
    # The portion each co-holder takes over.
    preemptions: dict[str, str]
    recordals: tuple[Recordal, ...]
    # Who refused it or had it rescinded, and why.
    ended: Statement | None
    status: TransferStatus
    silence: Silence | None = None
    """Until when those may speak that are on notice of it; null where the rule gives no time, or a day is said."""

    @property
    def silent_until(self) -> dict[str, date]:
        """The last day of each holder that is on notice and has not spoken."""
        known = self.silence.until if self.silence else {}
        return {holder: known[holder] for holder in self.notice_to if holder in known and holder not in self.consents}

    @property
    def named(self) -> frozenset[str]:
        """Who takes part: who passes it on, to whom, who said so, and who takes over a part."""
        return frozenset({self.source, self.to, self.proposed_by_party, *self.preemptions})

    @property
    def taking_part(self) -> frozenset[str]:
        """The same, and whom it concerned when it was proposed."""
        return self.named | {*self.parties}

    @property
    def is_open(self) -> bool:
        return self.status in {TransferStatus.PROPOSED, TransferStatus.CONSENTED}

    @property
    def is_executed(self) -> bool:
        return self.status in {TransferStatus.EXECUTED, TransferStatus.RECORDED}


def evolve(state: Transfer | None, event: Event) -> Transfer:
    if isinstance(event, TransferProposed):
        return _proposed(event)
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case TransferConsentGiven():
            changes["consents"] = {**state.consents, event.party: event.person}
        case TransferConsented() | TransferConsentDeemedGiven():
            changes["status"] = TransferStatus.CONSENTED
        case TransferRefused():
            changes["status"] = TransferStatus.REFUSED
            changes["ended"] = Statement(party=event.party, reason=event.reason)
        case PreemptionExercised():
            changes["preemptions"] = {**state.preemptions, event.party: event.portion}
        case TransferExecuted():
            changes["status"] = TransferStatus.EXECUTED
        case TransferUndone():
            changes["status"] = TransferStatus.RESCINDED
            changes["ended"] = Statement(party=event.party, reason=event.ground)
        case RecordalFiled():
            filed = Recordal(right=event.right, office=event.office, filed_on=event.filed_on)
            changes["recordals"] = (*state.recordals, filed)
        case RecordalConfirmed():
            changes["recordals"] = tuple(_confirmed(each, event) for each in state.recordals)
            changes["status"] = TransferStatus.RECORDED
    return msgspec.structs.replace(state, **changes)


def next_due(state: Transfer) -> date | None:
    """Return the day after the last one on which somebody may refuse, while that matters; None before all can."""
    return day_after(refusable_until(state)) if state.status is TransferStatus.PROPOSED else None


def refusable_until(state: Transfer) -> date | None:
    """Return the last day on which somebody may refuse, where silence is consent and everybody is on notice."""
    if state.notice_method is None or state.rule.rule != "LEAD_DEEMED":
        return state.deemed_on
    return over_after(state.silence, (each for each in state.notice_to if each not in state.consents))


def _confirmed(recordal: Recordal, event: RecordalConfirmed) -> Recordal:
    if (recordal.right, recordal.office) != (event.right, event.office):
        return recordal
    return msgspec.structs.replace(recordal, office_ref=event.office_ref)


def _proposed(event: TransferProposed) -> Transfer:
    return Transfer(
        transfer=event.transfer,
        agreement=event.agreement,
        parties=event.parties,
        kind=event.kind,
        assets=event.assets,
        source=event.source,
        to=event.to,
        amount=event.amount,
        consideration=event.consideration,
        effective_on=event.effective_on,
        instrument_hash=event.instrument_hash,
        between_affiliates=event.between_affiliates,
        rule=event.rule,
        transfer_hash=event.transfer_hash,
        noticed_on=event.noticed_on,
        deemed_on=event.deemed_on,
        notice_method=event.notice_method,
        notice_to=event.notice_to,
        calendar=event.calendar,
        proposed_by_party=event.proposed_by_party,
        # The transferor's own, also where the party that controls it spoke for it.
        consents={event.proposed_by_party: event.proposed_by, event.source: event.proposed_by},
        preemptions={},
        recordals=(),
        ended=None,
        status=TransferStatus.PROPOSED,
    )


TRANSFER = Aggregate("transfer", Transfer, evolve, TransferNotFound)
