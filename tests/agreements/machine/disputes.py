"""What each command in a dispute comes to in each state."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from services.agreements.disputes.errors import (
    DisputeIsOpen,
    DisputeIsOver,
    DisputeNotFound,
    EvidenceTooLate,
    NotLaidDownByYou,
    OutcomeIsAgreed,
    OutcomeIsPending,
    RegistrarNotAsked,
    ResolutionNotProposed,
    StepNotReached,
)
from services.agreements.disputes.model import DISPUTE, Dispute
from services.agreements.errors import IdentifierTaken
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.scheduler.registry import ADVANCING
from shared.events.terms import DisputeTerms, Rung
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import HUT, NLN, OTHER_DIGEST, TODAY, terms
from tests.agreements.machine.acts import Act, knowing, time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING

AGREED = DisputeTerms(registrar="NLN")
_OPENED, _FILED = owners.disputed(), owners.evidence_filed()
_SETTLED = owners.resolution_proposed()
_IN_COURT = owners.resolution_proposed(basis="COURT")
_REJECTED = owners.resolution_proposed(basis="COURT", outcome={"HUT": "1/1"})
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


def _laid_down(work: Callable[..., Work], **changed: Any) -> Act:
    """Give an act about the outcome that is laid down, or was at last."""
    return knowing(DISPUTE, "DSP", _last_hash, partial(work, **changed))


def _last_hash(state: Dispute) -> str | None:
    known = state.resolution or state.set_aside
    return known.resolution_hash if known else None


_DECIDED = owners.decided()
_OBJECTED, _DECLINED = _laid_down(owners.resolution_objected), _laid_down(owners.resolution_declined)
_TAKEN_BACK = _laid_down(owners.resolution_withdrawn)


def _ladder(*rungs: Rung) -> DisputeTerms:
    return DisputeTerms(ladder=rungs, registrar="NLN")


_NEGOTIATE, _STEERING = Rung(step="NEGOTIATE", days=30), Rung(step="STEERING", days=30)
_long = partial(since, at.a_determination, _OPENED, terms=terms(dispute=AGREED))
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
        "OPENED, decided elsewhere": _long(_DECIDED),
        "EVIDENCE, decided elsewhere": _long(_FILED, _DECIDED),
        "ESCALATED, decided elsewhere": _long(_TIME, _DECIDED),
        "ESCALATED, to the last step, decided elsewhere": _of_two(_TIME, _DECIDED),
        "ESCALATED, to the last step, decided elsewhere, against an objection": _of_two(_TIME, _DECIDED, _OBJECTED),
        "ESCALATED, objected to": _long(_DECIDED, _OBJECTED),
        "OPENED, declined": _long(_DECIDED, _DECLINED),
        "OPENED, taken back": _long(_DECIDED, _TAKEN_BACK),
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
                # The step's clock stands still.
                "decided elsewhere": STAYS,
                "OPENED, decided elsewhere": "EVIDENCE",
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
                "decided elsewhere": OutcomeIsPending,
                "ESCALATED, to the last step, decided elsewhere, against an objection": STAYS,
            },
        ),
        "settlement confirmed": (
            _CONFIRMED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": "RESOLVED",
                "decided elsewhere": SAME,
            },
        ),
        "outcome confirmed by who loses": (
            _laid_down(owners.resolution_confirmed, by=HUT),
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": SAME,
                "decided elsewhere": "RESOLVED",
            },
        ),
        "outcome confirmed by the registrar": (
            _laid_down(owners.resolution_confirmed, by=NLN),
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": RegistrarNotAsked,
                "decided elsewhere": "RESOLVED",
            },
        ),
        "outcome objected to": (
            _OBJECTED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": OutcomeIsAgreed,
                "decided elsewhere": "ESCALATED",
                ("objected to", "against an objection, decided elsewhere"): SAME,
            },
        ),
        "outcome declined": (
            _DECLINED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": OutcomeIsAgreed,
                "decided elsewhere": STAYS,
                "declined": SAME,
            },
        ),
        "outcome taken back": (
            _TAKEN_BACK,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): _UNKNOWN,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "with an outcome proposed": NotLaidDownByYou,
                "decided elsewhere": STAYS,
                "taken back": SAME,
            },
        ),
        "laid down by who gains": (
            _DECIDED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): STAYS,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "decided elsewhere": SAME,
            },
        ),
        "decided by a court": (
            _IN_COURT,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): "RESOLVED",
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                # The very document that the other side has laid down.
                "decided elsewhere": "RESOLVED",
            },
        ),
        "claim rejected by who holds": (
            _REJECTED,
            {
                BEFORE: _ABSENT,
                ("OPENED", "EVIDENCE", "ESCALATED"): STAYS,
                ("RESOLVED", "WITHDRAWN", "LAPSED"): _OVER,
                "decided elsewhere": OutcomeIsPending,
                "ESCALATED, to the last step, decided elsewhere, against an objection": STAYS,
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
                # Its clock stands still; whoever had notice and said nothing is bound by it.
                ("decided elsewhere", "ESCALATED, to the last step, decided elsewhere"): "RESOLVED",
                "ESCALATED, to the last step, decided elsewhere, against an objection": SAME,
            },
        ),
    },
)
