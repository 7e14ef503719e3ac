"""What each command on an opportunity comes to in each state."""

from datetime import timedelta

from services.agreements.errors import IdentifierTaken
from services.agreements.opportunities import decisions
from services.agreements.opportunities.errors import (
    OpportunityDecided,
    OpportunityNotFound,
    OpportunityNotShared,
    OpportunityOverdue,
    OpportunitySharedAlready,
    SupportMissing,
)
from services.agreements.opportunities.model import OPPORTUNITY
from services.agreements.scheduler.registry import ADVANCING
from tests.agreements import prospects
from tests.agreements.controls import ATRC, HUT
from tests.agreements.machine.acts import time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.agreements.prospects import SOON, of_opportunity, with_background
from tests.docs.drawings import BEFORE, BY_HEADING

_IDENTIFIED = prospects.opportunity_identified()
_SHARED = prospects.opportunity_shared()
_SUPPORTED = of_opportunity(decisions.review_opportunity, prospects.reviewing())
_DOUBTED = of_opportunity(
    decisions.review_opportunity, prospects.reviewing(verdict="NEEDS_WORK", reason_code="TOO_EARLY")
)
_ACCEPTED = of_opportunity(decisions.accept_opportunity, prospects.accepting())
_DECLINED = of_opportunity(decisions.decline_opportunity, prospects.declining())
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is OPPORTUNITY]
_OVERDUE = SOON + timedelta(days=1)
_TIME = time_passes(_BY_TIME, "OPP", _OVERDUE)
_ABSENT, _UNSHARED, _DECIDED = OpportunityNotFound, OpportunityNotShared, OpportunityDecided
_UNDER = "UNDER_REVIEW"

OPPORTUNITIES = Table(
    BY_HEADING["Opportunity"],
    "OPP",
    {
        BEFORE: with_background,
        "IDENTIFIED": since(with_background, _IDENTIFIED),
        "SHARED": since(with_background, _IDENTIFIED, _SHARED),
        "UNDER_REVIEW, and supported": since(with_background, _IDENTIFIED, _SHARED, _SUPPORTED),
        "UNDER_REVIEW, and doubted": since(with_background, _IDENTIFIED, _SHARED, _DOUBTED),
        "ACCEPTED": since(with_background, _IDENTIFIED, _SHARED, _SUPPORTED, _ACCEPTED),
        "DECLINED": since(with_background, _IDENTIFIED, _SHARED, _DECLINED),
        "LAPSED": since(with_background, _IDENTIFIED, _SHARED, _TIME),
    },
    {
        "identified": (
            _IDENTIFIED,
            {BEFORE: "IDENTIFIED", ("IDENTIFIED", "SHARED", "UNDER_REVIEW", "ACCEPTED", "DECLINED", "LAPSED"): SAME},
        ),
        "identified otherwise": (
            prospects.opportunity_identified(title="Other beams"),
            {
                BEFORE: "IDENTIFIED",
                ("IDENTIFIED", "SHARED", "UNDER_REVIEW", "ACCEPTED", "DECLINED", "LAPSED"): IdentifierTaken,
            },
        ),
        "shared": (
            _SHARED,
            {
                BEFORE: _ABSENT,
                "IDENTIFIED": "SHARED",
                ("SHARED", "UNDER_REVIEW", "ACCEPTED", "DECLINED", "LAPSED"): SAME,
            },
        ),
        "shared otherwise": (
            prospects.opportunity_shared(respond_by=_OVERDUE),
            {
                BEFORE: _ABSENT,
                "IDENTIFIED": "SHARED",
                ("SHARED", "UNDER_REVIEW", "ACCEPTED", "DECLINED", "LAPSED"): OpportunitySharedAlready,
            },
        ),
        # Before it is shared, nobody else knows of it.
        "supported": (
            _SUPPORTED,
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                "SHARED": _UNDER,
                ("UNDER_REVIEW", "ACCEPTED"): SAME,
                ("DECLINED", "LAPSED"): _DECIDED,
                "UNDER_REVIEW, and doubted": STAYS,
            },
        ),
        "doubted": (
            _DOUBTED,
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                "UNDER_REVIEW": STAYS,
                "SHARED": _UNDER,
                ("ACCEPTED", "DECLINED", "LAPSED"): _DECIDED,
                "UNDER_REVIEW, and doubted": SAME,
            },
        ),
        "supported by whoever saw it": (
            of_opportunity(decisions.review_opportunity, prospects.reviewing(by=HUT)),
            {
                BEFORE: _ABSENT,
                "IDENTIFIED": _UNSHARED,
                "UNDER_REVIEW": STAYS,
                "SHARED": _UNDER,
                ("ACCEPTED", "DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "accepted": (
            _ACCEPTED,
            {
                BEFORE: _ABSENT,
                "IDENTIFIED": _UNSHARED,
                ("SHARED", "UNDER_REVIEW, and doubted"): SupportMissing,
                "UNDER_REVIEW": "ACCEPTED",
                "ACCEPTED": SAME,
                ("DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "accepted by whom it was shared with": (
            of_opportunity(decisions.accept_opportunity, prospects.accepting(by=ATRC)),
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                ("SHARED", "UNDER_REVIEW"): "ACCEPTED",
                "ACCEPTED": SAME,
                ("DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "accepted otherwise": (
            of_opportunity(decisions.accept_opportunity, prospects.accepting(by=ATRC, project="PRJ-6G")),
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                ("SHARED", "UNDER_REVIEW"): "ACCEPTED",
                ("ACCEPTED", "DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "declined": (
            _DECLINED,
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                ("SHARED", "UNDER_REVIEW"): "DECLINED",
                ("ACCEPTED", "LAPSED"): _DECIDED,
                "DECLINED": SAME,
            },
        ),
        "declined by whoever saw it": (
            of_opportunity(decisions.decline_opportunity, prospects.declining(by=HUT)),
            {
                BEFORE: _ABSENT,
                "IDENTIFIED": _UNSHARED,
                ("SHARED", "UNDER_REVIEW"): "DECLINED",
                ("ACCEPTED", "DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "declined too late": (
            of_opportunity(decisions.decline_opportunity, prospects.declining(today=_OVERDUE, reason_code="RESOURCES")),
            {
                (BEFORE, "IDENTIFIED"): _ABSENT,
                ("SHARED", "UNDER_REVIEW"): OpportunityOverdue,
                ("ACCEPTED", "DECLINED", "LAPSED"): _DECIDED,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: _ABSENT,
                ("IDENTIFIED", "ACCEPTED", "DECLINED", "LAPSED"): SAME,
                ("SHARED", "UNDER_REVIEW"): "LAPSED",
            },
        ),
    },
)
