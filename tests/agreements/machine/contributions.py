"""What each command on a contribution comes to in each state, among three parties."""

from functools import partial

from services.agreements.commands import Representative
from services.agreements.contributions.errors import (
    ContributionIsConfirmed,
    ContributionIsWithdrawn,
    ContributionNotFound,
)
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import IdentifierTaken
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, EGU, HUT, TODAY
from tests.agreements.machine.acts import Act, amendment_signed, contested, knowing
from tests.agreements.machine.table import SAME, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING


def _attested(by: Representative) -> Act:
    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, partial(at.attested, by=by))


def _contested(by: Representative) -> Act:
    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, partial(contested, by=by))


_AMONG_THREE = since(
    at.an_agreement,
    lives.amendment_proposed(effective_on=TODAY, acceding=("EGU",)),
    *(amendment_signed(by) for by in (HUT, ATRC, EGU)),
    at.created(parties=("HUT", "ATRC", "EGU")),
    *(at.approved(by=by) for by in (HUT, ATRC, EGU)),
    at.started(),
    at.engaged(by=HUT, person="HUT-SE", home_party="HUT"),
    at.disclosed(),
    at.described(),
)
_BY_ATRC, _BY_EGU = _attested(ATRC), _attested(EGU)
_DENIED, _DENIED_BY_EGU = _contested(ATRC), _contested(EGU)
_recorded = partial(since, _AMONG_THREE, at.recorded())
_ABSENT, _FIRM, _GONE = ContributionNotFound, ContributionIsConfirmed, ContributionIsWithdrawn

CONTRIBUTIONS = Table(
    BY_HEADING["Contribution"],
    "C1",
    {
        BEFORE: _AMONG_THREE,
        "RECORDED": _recorded(),
        "PARTLY_ATTESTED": _recorded(_BY_ATRC),
        "CONFIRMED": _recorded(_BY_ATRC, _BY_EGU),
        "CONTESTED": _recorded(_DENIED),
        "CONTESTED, and attested by another": _recorded(_DENIED, _BY_EGU),
        "RESOLVED": _recorded(_DENIED, _BY_EGU, _BY_ATRC),
        "WITHDRAWN": _recorded(at.withdrawn()),
    },
    {
        "recorded": (at.recorded(), ("RECORDED", *[SAME] * 7)),
        "recorded otherwise": (at.recorded(points="9/1"), ("RECORDED", *[IdentifierTaken] * 7)),
        "attested": (
            _BY_ATRC,
            (_ABSENT, "PARTLY_ATTESTED", SAME, SAME, "CONTESTED", "RESOLVED", SAME, _GONE),
        ),
        "attested by another": (
            _BY_EGU,
            (_ABSENT, "PARTLY_ATTESTED", "CONFIRMED", SAME, "CONTESTED", SAME, SAME, _GONE),
        ),
        "contested": (_DENIED, (_ABSENT, "CONTESTED", "CONTESTED", _FIRM, SAME, SAME, _FIRM, _GONE)),
        "contested by another": (
            _DENIED_BY_EGU,
            (_ABSENT, "CONTESTED", "CONTESTED", _FIRM, "CONTESTED", "CONTESTED", _FIRM, _GONE),
        ),
        "corrected": (at.corrected(points="3/1"), (_ABSENT, *["RECORDED"] * 6, _GONE)),
        "corrected to what it was": (at.corrected(), (_ABSENT, *[SAME] * 6, _GONE)),
        "withdrawn": (at.withdrawn(), (_ABSENT, *["WITHDRAWN"] * 6, SAME)),
    },
)
