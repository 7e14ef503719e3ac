"""What each command on a transfer comes to in each state."""

from datetime import timedelta
from functools import partial

import msgspec

from services.agreements.consent.errors import ConsentMissing, NoticeNotProven, NoticePeriodRunning, RefusalTooLate
from services.agreements.errors import IdentifierTaken, RecordedOtherwise
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.scheduler.registry import ADVANCING
from services.agreements.transfers import decisions, handling
from services.agreements.transfers.errors import (
    OnlyHoldersDecide,
    PreemptionNotOpen,
    RecordalNotFiled,
    TransferNotExecuted,
    TransferNotFound,
    TransferNotOpen,
)
from services.agreements.transfers.model import TRANSFER
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import ATRC, CONCEIVED, CONSENT, HUT, TODAY, terms
from tests.agreements.machine.acts import Act, knowing, time_passes
from tests.agreements.machine.table import SAME, STAYS, Situation, Table, since
from tests.agreements.notice import transfer_noticed
from tests.docs.drawings import BEFORE, BY_HEADING

MUCH_LATER = TODAY + timedelta(days=60)
_HALF = Amount(of_holding="1/2")


def _refused(**changed: object) -> Work:
    command = owners.refusing(**changed)
    return partial(handling.on_assets, transfer="XFR", command=command, decide=decisions.refuse_transfer)


def consented(transfer: str = "XFR") -> Act:
    """Give ATRC's consent to a transfer as it stands."""
    return knowing(
        TRANSFER,
        transfer,
        lambda state: state.transfer_hash,
        lambda transfer_hash: owners.transfer_consented(transfer_hash, transfer),
    )


def _half_to(party: str, transfer: str) -> Work:
    return owners.transfer_proposed(transfer=transfer, to=party, amount=_HALF, effective_on=CONCEIVED)


_PROPOSED = owners.transfer_proposed(to="EGU")
_TOLD = _PROPOSED, transfer_noticed
_EXECUTED = owners.transfer_executed()
_FILED, _FILED_ELSEWHERE = owners.recordal_filed(), owners.recordal_filed(office="HK")
_CONFIRMED = owners.recordal_confirmed()
_RESCINDED = owners.transfer_rescinded()
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is TRANSFER]
_TIME = time_passes(_BY_TIME, "XFR", MUCH_LATER)


def held_by_two(assign: ConsentRule | None = CONSENT.assign) -> Situation:
    """Give the situation in which HUT and ATRC hold halves, and the others' say in a transfer is by this rule."""
    consent = msgspec.structs.replace(CONSENT, assign=assign)
    halved = _half_to("ATRC", "XFR-2"), owners.transfer_executed("XFR-2")
    return since(at.a_determination, *halved, terms=terms(consent=consent))


_UNANIMOUSLY = held_by_two()
_AFTER_NOTICE = held_by_two(ConsentRule(rule="NOTICE", days=45))
_BY_SILENCE = held_by_two(ConsentRule(rule="LEAD_DEEMED", days=10))
_BY_THREE = since(_UNANIMOUSLY, _half_to("EGU", "XFR-3"), consented("XFR-3"), owners.transfer_executed("XFR-3"))
_GIVEN_UP = waits.retirement_proposed(), waits.retirement_consented()
_done = partial(since, _UNANIMOUSLY, _PROPOSED, consented(), _EXECUTED)

_ABSENT, _NOT_OPEN, _NOT_EXECUTED = TransferNotFound, TransferNotOpen, TransferNotExecuted

# What nobody consents to any more, nor anybody's silence.
_OPEN_OF_NOTHING = (
    "PROPOSED, of what was given up",
    "PROPOSED, on notice, of what was given up",
    "PROPOSED, where silence consents, of what was given up",
)

TRANSFERS = Table(
    BY_HEADING["Transfer"],
    "XFR",
    {
        BEFORE: _UNANIMOUSLY,
        f"{BEFORE}, of what was given up": since(_UNANIMOUSLY, *_GIVEN_UP),
        "PROPOSED": since(_UNANIMOUSLY, _PROPOSED),
        "PROPOSED, by the only holder": since(at.a_determination, _PROPOSED),
        "PROPOSED, among three": since(_BY_THREE, _PROPOSED),
        "PROPOSED, without notice": since(_AFTER_NOTICE, _PROPOSED),
        "PROPOSED, on notice": since(_AFTER_NOTICE, *_TOLD),
        "PROPOSED, where silence consents": since(_BY_SILENCE, *_TOLD),
        "PROPOSED, of what was given up": since(_UNANIMOUSLY, _PROPOSED, *_GIVEN_UP),
        "PROPOSED, on notice, of what was given up": since(_AFTER_NOTICE, *_TOLD, *_GIVEN_UP),
        "PROPOSED, where silence consents, of what was given up": since(_BY_SILENCE, *_TOLD, *_GIVEN_UP),
        "CONSENTED": since(_UNANIMOUSLY, _PROPOSED, consented()),
        "CONSENTED, waiving notice": since(_AFTER_NOTICE, _PROPOSED, consented()),
        "CONSENTED, by silence": since(_BY_SILENCE, *_TOLD, _TIME),
        "CONSENTED, of what was given up": since(_UNANIMOUSLY, _PROPOSED, consented(), *_GIVEN_UP),
        "REFUSED": since(_UNANIMOUSLY, _PROPOSED, _refused()),
        "EXECUTED": _done(),
        "EXECUTED, and filed": _done(_FILED),
        "EXECUTED, of what was given up": _done(*_GIVEN_UP),
        "RECORDED": _done(_FILED, _CONFIRMED),
        "RECORDED, and filed elsewhere": _done(_FILED, _CONFIRMED, _FILED_ELSEWHERE),
        "RESCINDED": _done(_RESCINDED),
    },
    {
        "proposed": (
            _PROPOSED,
            {
                BEFORE: "PROPOSED",
                ("PROPOSED", "CONSENTED", "REFUSED", "EXECUTED", "RECORDED", "RESCINDED"): SAME,
                f"{BEFORE}, of what was given up": InventionIsRetired,
            },
        ),
        "proposed otherwise": (
            owners.transfer_proposed(to="EGU", amount=_HALF),
            {
                BEFORE: "PROPOSED",
                ("PROPOSED", "CONSENTED", "REFUSED", "EXECUTED", "RECORDED", "RESCINDED"): IdentifierTaken,
                f"{BEFORE}, of what was given up": InventionIsRetired,
                ("CONSENTED, of what was given up", *_OPEN_OF_NOTHING): InventionIsRetired,
            },
        ),
        "consented": (
            consented(),
            {
                BEFORE: _ABSENT,
                "PROPOSED": "CONSENTED",
                ("CONSENTED", "EXECUTED", "RECORDED", "RESCINDED"): SAME,
                "REFUSED": _NOT_OPEN,
                ("CONSENTED, by silence", "PROPOSED, among three"): STAYS,
                _OPEN_OF_NOTHING: InventionIsRetired,
                "PROPOSED, by the only holder": OnlyHoldersDecide,
            },
        ),
        "refused": (
            _refused(),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED"): "REFUSED",
                "REFUSED": SAME,
                ("EXECUTED", "RECORDED", "RESCINDED"): _NOT_OPEN,
                "PROPOSED, by the only holder": OnlyHoldersDecide,
            },
        ),
        "refused later": (
            _refused(today=MUCH_LATER),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED"): "REFUSED",
                "REFUSED": SAME,
                ("EXECUTED", "RECORDED", "RESCINDED"): _NOT_OPEN,
                "PROPOSED, by the only holder": OnlyHoldersDecide,
                ("PROPOSED, where silence consents", "CONSENTED, by silence"): RefusalTooLate,
            },
        ),
        "taken back": (
            _refused(by=HUT, holder="HUT"),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED"): "REFUSED",
                "REFUSED": RecordedOtherwise,
                ("EXECUTED", "RECORDED", "RESCINDED"): _NOT_OPEN,
            },
        ),
        "taken over in part": (
            partial(
                handling.on_assets,
                transfer="XFR",
                command=owners.preempting("1/2", by=ATRC),
                decide=decisions.exercise_preemption,
            ),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED"): PreemptionNotOpen,
                ("REFUSED", "EXECUTED", "RECORDED", "RESCINDED"): _NOT_OPEN,
                "PROPOSED, by the only holder": OnlyHoldersDecide,
                ("PROPOSED, on notice", "PROPOSED, without notice"): STAYS,
                ("CONSENTED, of what was given up", *_OPEN_OF_NOTHING): InventionIsRetired,
            },
        ),
        "executed": (
            _EXECUTED,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED, by silence"): ConsentMissing,
                ("CONSENTED", "PROPOSED, by the only holder"): "EXECUTED",
                ("REFUSED", "RESCINDED"): _NOT_OPEN,
                ("EXECUTED", "RECORDED"): SAME,
                "PROPOSED, on notice": NoticePeriodRunning,
                "PROPOSED, without notice": NoticeNotProven,
                ("CONSENTED, of what was given up", *_OPEN_OF_NOTHING): InventionIsRetired,
            },
        ),
        "executed later": (
            owners.transfer_executed(today=MUCH_LATER),
            {
                BEFORE: _ABSENT,
                "PROPOSED": ConsentMissing,
                ("CONSENTED", "PROPOSED, by the only holder", "PROPOSED, where silence consents"): "EXECUTED",
                ("REFUSED", "RESCINDED"): _NOT_OPEN,
                ("EXECUTED", "RECORDED"): SAME,
                "PROPOSED, on notice": NoticePeriodRunning,
                "PROPOSED, without notice": NoticeNotProven,
                ("CONSENTED, of what was given up", *_OPEN_OF_NOTHING): InventionIsRetired,
            },
        ),
        "rescinded": (
            _RESCINDED,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED"): _NOT_EXECUTED,
                ("EXECUTED", "RECORDED"): "RESCINDED",
                "RESCINDED": SAME,
            },
        ),
        "filed": (
            _FILED,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "RESCINDED"): _NOT_EXECUTED,
                "EXECUTED": STAYS,
                ("RECORDED", "EXECUTED, and filed"): SAME,
            },
        ),
        "filed elsewhere": (
            _FILED_ELSEWHERE,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "RESCINDED"): _NOT_EXECUTED,
                ("EXECUTED", "RECORDED"): STAYS,
                "RECORDED, and filed elsewhere": SAME,
            },
        ),
        "confirmed": (
            _CONFIRMED,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "RESCINDED"): _NOT_EXECUTED,
                "EXECUTED": RecordalNotFiled,
                "RECORDED": SAME,
                "EXECUTED, and filed": "RECORDED",
            },
        ),
        "confirmed otherwise": (
            owners.recordal_confirmed(office_ref="CN-78"),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "RESCINDED"): _NOT_EXECUTED,
                ("EXECUTED", "RECORDED"): RecordalNotFiled,
                "EXECUTED, and filed": "RECORDED",
            },
        ),
        "confirmed elsewhere": (
            owners.recordal_confirmed(office="HK"),
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "RESCINDED"): _NOT_EXECUTED,
                ("EXECUTED", "RECORDED"): RecordalNotFiled,
                "RECORDED, and filed elsewhere": STAYS,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: _ABSENT,
                ("PROPOSED", "CONSENTED", "REFUSED", "EXECUTED", "RECORDED", "RESCINDED"): SAME,
                "PROPOSED, where silence consents": "CONSENTED",
                "PROPOSED, where silence consents, of what was given up": SAME,
            },
        ),
    },
)
