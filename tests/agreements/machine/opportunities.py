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
from tests.agreements.machine.table import SAME, Table, since
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
        "identified": (_IDENTIFIED, ("IDENTIFIED", *[SAME] * 7)),
        "identified otherwise": (
            prospects.opportunity_identified(title="Other beams"),
            ("IDENTIFIED", *[IdentifierTaken] * 7),
        ),
        "shared": (_SHARED, (_ABSENT, "SHARED", *[SAME] * 6)),
        "shared otherwise": (
            prospects.opportunity_shared(respond_by=_OVERDUE),
            (_ABSENT, "SHARED", *[OpportunitySharedAlready] * 6),
        ),
        # Before it is shared, nobody else knows of it.
        "supported": (_SUPPORTED, (_ABSENT, _ABSENT, _UNDER, SAME, _UNDER, SAME, _DECIDED, _DECIDED)),
        "doubted": (_DOUBTED, (_ABSENT, _ABSENT, _UNDER, _UNDER, SAME, *[_DECIDED] * 3)),
        "supported by whoever saw it": (
            of_opportunity(decisions.review_opportunity, prospects.reviewing(by=HUT)),
            (_ABSENT, _UNSHARED, _UNDER, _UNDER, _UNDER, *[_DECIDED] * 3),
        ),
        "accepted": (
            _ACCEPTED,
            (_ABSENT, _UNSHARED, SupportMissing, "ACCEPTED", SupportMissing, SAME, _DECIDED, _DECIDED),
        ),
        "accepted by whom it was shared with": (
            of_opportunity(decisions.accept_opportunity, prospects.accepting(by=ATRC)),
            (_ABSENT, _ABSENT, "ACCEPTED", "ACCEPTED", "ACCEPTED", SAME, _DECIDED, _DECIDED),
        ),
        "accepted otherwise": (
            of_opportunity(decisions.accept_opportunity, prospects.accepting(by=ATRC, project="PRJ-6G")),
            (_ABSENT, _ABSENT, "ACCEPTED", "ACCEPTED", "ACCEPTED", *[_DECIDED] * 3),
        ),
        "declined": (_DECLINED, (_ABSENT, _ABSENT, *["DECLINED"] * 3, _DECIDED, SAME, _DECIDED)),
        "declined by whoever saw it": (
            of_opportunity(decisions.decline_opportunity, prospects.declining(by=HUT)),
            (_ABSENT, _UNSHARED, *["DECLINED"] * 3, *[_DECIDED] * 3),
        ),
        "declined too late": (
            of_opportunity(decisions.decline_opportunity, prospects.declining(today=_OVERDUE, reason_code="RESOURCES")),
            (_ABSENT, _ABSENT, *[OpportunityOverdue] * 3, *[_DECIDED] * 3),
        ),
        "time passes": (_TIME, (_ABSENT, SAME, *["LAPSED"] * 3, *[SAME] * 3)),
    },
)
