"""What each command in a dispute comes to in each state."""

from datetime import timedelta
from functools import partial

from services.agreements.disputes.errors import (
    DisputeIsOpen,
    DisputeIsOver,
    DisputeNotFound,
    EvidenceTooLate,
    ResolutionNotProposed,
    StepNotReached,
)
from services.agreements.disputes.model import DISPUTE
from services.agreements.errors import IdentifierTaken
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.scheduler.registry import ADVANCING
from shared.events.terms import DisputeTerms, Rung
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import OTHER_DIGEST, TODAY, terms
from tests.agreements.machine.acts import knowing, time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING

_OPENED, _FILED = owners.disputed(), owners.evidence_filed()
_SETTLED = owners.resolution_proposed()
_IN_COURT = owners.resolution_proposed(basis="COURT")
_WITHDRAWN = owners.dispute_withdrawn()
_GIVEN_UP = waits.retirement_proposed()
_CONFIRMED = knowing(
    DISPUTE,
    "DSP",
    lambda state: state.resolution.resolution_hash if state.resolution else None,
    owners.resolution_confirmed,
)
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is DISPUTE]
_TIME = time_passes(_BY_TIME, "DSP", TODAY + timedelta(days=4_000))


def _ladder(*rungs: Rung) -> DisputeTerms:
    return DisputeTerms(ladder=rungs)


_NEGOTIATE, _STEERING = Rung(step="NEGOTIATE", days=30), Rung(step="STEERING", days=30)
_long = partial(since, at.a_determination, _OPENED)
_short = partial(since, at.a_determination, _OPENED, terms=terms(dispute=_ladder(_NEGOTIATE)))
_of_two = partial(since, at.a_determination, _OPENED, terms=terms(dispute=_ladder(_NEGOTIATE, _STEERING)))

_ABSENT, _OVER, _UNKNOWN = DisputeNotFound, DisputeIsOver, ResolutionNotProposed

DISPUTES = Table(
    BY_HEADING["Dispute"],
    "DSP",
    {
        BEFORE: at.a_determination,
        f"{BEFORE}, of what was given up": since(at.a_determination, _GIVEN_UP),
        "OPENED": _long(),
        "OPENED, on a ladder of one step": _short(),
        "OPENED, with an outcome proposed": _long(_SETTLED),
        "EVIDENCE": _long(_FILED),
        "EVIDENCE, on a ladder of one step": _short(_FILED),
        "EVIDENCE, with an outcome proposed": _long(_FILED, _SETTLED),
        "ESCALATED": _long(_TIME),
        "ESCALATED, to the last step": _of_two(_TIME),
        "ESCALATED, with an outcome proposed": _long(_TIME, _SETTLED),
        "RESOLVED": _long(_IN_COURT),
        "WITHDRAWN": _long(_WITHDRAWN),
        "LAPSED": _short(_TIME),
        "WITHDRAWN, of what was given up": _long(_WITHDRAWN, _GIVEN_UP),
    },
    {
        "opened": (
            _OPENED,
            {
                BEFORE: "OPENED",
                ("OPENED", "EVIDENCE", "ESCALATED", "RESOLVED", "WITHDRAWN", "LAPSED"): SAME,
                f"{BEFORE}, of what was given up": InventionIsRetired,
            },
        ),
        "opened otherwise": (
            owners.disputed(summary_hash=OTHER_DIGEST),
            {
                BEFORE: "OPENED",
                ("OPENED", "EVIDENCE", "ESCALATED", "RESOLVED", "WITHDRAWN", "LAPSED"): IdentifierTaken,
                (f"{BEFORE}, of what was given up", "WITHDRAWN, of what was given up"): InventionIsRetired,
            },
        ),
        "another opened": (
            owners.disputed(dispute="DSP-2"),
            {
                (BEFORE, "RESOLVED", "WITHDRAWN", "LAPSED"): SAME,
                ("OPENED", "EVIDENCE", "ESCALATED"): DisputeIsOpen,
                "of what was given up": InventionIsRetired,
            },
        ),
        "position filed": (
            owners.position_filed(owners.OUTCOME),
            {BEFORE: _ABSENT, ("OPENED", "EVIDENCE", "ESCALATED"): STAYS, ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER},
        ),
        "evidence filed": (
            _FILED,
            {
                BEFORE: _ABSENT,
                "OPENED": "EVIDENCE",
                "EVIDENCE": SAME,
                "ESCALATED": STAYS,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
            },
        ),
        "other evidence filed": (
            owners.evidence_filed(hash=OTHER_DIGEST),
            {
                BEFORE: _ABSENT,
                ("EVIDENCE", "ESCALATED"): STAYS,
                "OPENED": "EVIDENCE",
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
            },
        ),
        "other evidence filed when the step is over": (
            owners.evidence_filed(hash=OTHER_DIGEST, today=TODAY + timedelta(days=60)),
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): EvidenceTooLate,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
            },
        ),
        "withdrawn": (
            _WITHDRAWN,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): "WITHDRAWN",
                ("RESOLVED", "LAPSED"): _OVER,
                "WITHDRAWN": SAME,
            },
        ),
        "settlement proposed": (
            _SETTLED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): STAYS,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": SAME,
            },
        ),
        "settlement confirmed": (
            _CONFIRMED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": "RESOLVED",
            },
        ),
        "decided by a court": (
            _IN_COURT,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): "RESOLVED",
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
            },
        ),
        "decided by arbitration": (
            owners.resolution_proposed(basis="ARBITRATION"),
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): StepNotReached,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: _ABSENT,
                "ESCALATED": STAYS,
                ("OPENED", "EVIDENCE"): "ESCALATED",
                ("RESOLVED", "WITHDRAWN", "LAPSED"): SAME,
                ("on a ladder of one step", "ESCALATED, to the last step"): "LAPSED",
            },
        ),
    },
)
