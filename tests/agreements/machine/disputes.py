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
from tests.agreements.machine.table import SAME, Table, cells, since
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
_AS_IT_IS = (*["OPENED"] * 3, *["EVIDENCE"] * 3, *["ESCALATED"] * 3)

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
        "opened": (_OPENED, ("OPENED", InventionIsRetired, *[SAME] * 13)),
        "opened otherwise": (
            owners.disputed(summary_hash=OTHER_DIGEST),
            ("OPENED", InventionIsRetired, *[IdentifierTaken] * 13),
        ),
        "another opened": (
            owners.disputed(dispute="DSP-2"),
            (SAME, InventionIsRetired, *[DisputeIsOpen] * 9, *[SAME] * 3, InventionIsRetired),
        ),
        "position filed": (owners.position_filed(owners.OUTCOME), (_ABSENT, _ABSENT, *_AS_IT_IS, *[_OVER] * 4)),
        "evidence filed": (
            _FILED,
            (_ABSENT, _ABSENT, *["EVIDENCE"] * 3, *[SAME] * 3, *["ESCALATED"] * 3, *[_OVER] * 4),
        ),
        "other evidence filed": (
            owners.evidence_filed(hash=OTHER_DIGEST),
            (_ABSENT, _ABSENT, *["EVIDENCE"] * 6, *["ESCALATED"] * 3, *[_OVER] * 4),
        ),
        "other evidence filed when the step is over": (
            owners.evidence_filed(hash=OTHER_DIGEST, today=TODAY + timedelta(days=60)),
            (_ABSENT, _ABSENT, *[EvidenceTooLate] * 9, *[_OVER] * 4),
        ),
        "withdrawn": (_WITHDRAWN, (_ABSENT, _ABSENT, *["WITHDRAWN"] * 9, _OVER, SAME, _OVER, SAME)),
        "settlement proposed": (
            _SETTLED,
            (
                *cells(_ABSENT, _ABSENT, "OPENED", "OPENED", SAME, "EVIDENCE", "EVIDENCE", SAME, "ESCALATED"),
                *cells("ESCALATED", SAME, *[_OVER] * 4),
            ),
        ),
        "settlement confirmed": (
            _CONFIRMED,
            (_ABSENT, _ABSENT, *(_UNKNOWN, _UNKNOWN, "RESOLVED") * 3, *[_OVER] * 4),
        ),
        "decided by a court": (_IN_COURT, (_ABSENT, _ABSENT, *["RESOLVED"] * 9, *[_OVER] * 4)),
        "decided by arbitration": (
            owners.resolution_proposed(basis="ARBITRATION"),
            (_ABSENT, _ABSENT, *[StepNotReached] * 9, *[_OVER] * 4),
        ),
        "time passes": (
            _TIME,
            (
                *cells(_ABSENT, _ABSENT, "ESCALATED", "LAPSED", "ESCALATED", "ESCALATED", "LAPSED", "ESCALATED"),
                *cells("ESCALATED", "LAPSED", "ESCALATED", *[SAME] * 4),
            ),
        ),
    },
)
