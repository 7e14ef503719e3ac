"""What each command on a contribution comes to in each state, among three parties."""

from datetime import timedelta
from functools import partial
from typing import Any

from services.agreements.commands import Representative
from services.agreements.contributions.errors import (
    ContributionIsConfirmed,
    ContributionIsWithdrawn,
    ContributionNotFound,
)
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import AttestationNotAsked, IdentifierTaken
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.scheduler.registry import ADVANCING
from shared.events.terms import AttestationTerms
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import lives, owners, waits
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, terms
from tests.agreements.machine.acts import Act, amendment_signed, contested, knowing, time_passes
from tests.agreements.machine.table import SAME, STAYS, Situation, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING


def _attested(by: Representative) -> Act:
    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, partial(at.attested, by=by))


def _contested(by: Representative) -> Act:
    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, partial(contested, by=by))


def _among_three(*after: Act | Work, **attestation: Any) -> Situation:
    agreed = terms(attestation=AttestationTerms(**attestation))
    return since(
        at.an_agreement,
        lives.amendment_proposed(effective_on=TODAY, acceding=("EGU",), terms=agreed),
        *(amendment_signed(by) for by in (HUT, ATRC, EGU)),
        at.created(parties=("HUT", "ATRC", "EGU")),
        *(at.approved(by=by) for by in (HUT, ATRC, EGU)),
        at.started(),
        at.engaged(by=HUT, person="HUT-SE", home_party="HUT"),
        at.disclosed(),
        at.described(),
        *after,
        terms=agreed,
    )


_BY_ATRC, _BY_EGU = _attested(ATRC), _attested(EGU)
_DENIED, _DENIED_BY_EGU = _contested(ATRC), _contested(EGU)
_recorded = partial(_among_three, at.recorded())
_silently = partial(_recorded, deemed_days=30)
# ATRC may get something of what is HUT's engineer's, and EGU may not.
_FOR_ATRC = at.instrument_recorded(by=HUT, assignee_party="ATRC")
_interested = partial(_among_three, _FOR_ATRC, at.recorded(), required="INTERESTED_PARTIES")
_GIVEN_UP = (
    waits.retirement_proposed(),
    *(waits.retirement_consented(by=by, holder=by.party) for by in (ATRC, EGU)),
)
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is CONTRIBUTION]
_TIME = time_passes(_BY_TIME, "C1", TODAY + timedelta(days=31))
_RETIRED = InventionIsRetired
_ABSENT, _FIRM, _GONE = ContributionNotFound, ContributionIsConfirmed, ContributionIsWithdrawn

_EVERY = ("RECORDED", "PARTLY_ATTESTED", "CONFIRMED", "CONTESTED", "RESOLVED", "WITHDRAWN")

CONTRIBUTIONS = Table(
    BY_HEADING["Contribution"],
    "C1",
    {
        BEFORE: _among_three(),
        f"{BEFORE}, of what was given up": _among_three(*_GIVEN_UP),
        "RECORDED": _recorded(),
        "PARTLY_ATTESTED": _recorded(_BY_ATRC),
        "CONFIRMED": _recorded(_BY_ATRC, _BY_EGU),
        "CONTESTED": _recorded(_DENIED),
        "CONTESTED, and attested by another": _recorded(_DENIED, _BY_EGU),
        "RESOLVED": _recorded(_DENIED, _BY_EGU, _BY_ATRC),
        "WITHDRAWN": _recorded(at.withdrawn()),
        "RECORDED, where silence attests": _silently(),
        "PARTLY_ATTESTED, where silence attests": _silently(_BY_ATRC),
        "CONTESTED, where silence attests": _silently(_DENIED),
        "CONFIRMED, by silence": _silently(_TIME),
        "RECORDED, where silence attests, and disputed": _silently(owners.disputed()),
        "RECORDED, where only who has an interest is asked": _interested(),
        "CONFIRMED, by who has an interest": _interested(_BY_ATRC),
        "CONTESTED, by who was not asked": _interested(_DENIED_BY_EGU),
        "RECORDED, of what was given up": _silently(*_GIVEN_UP),
        "PARTLY_ATTESTED, of what was given up": _silently(_BY_ATRC, *_GIVEN_UP),
        "CONFIRMED, of what was given up": _silently(_BY_ATRC, _BY_EGU, *_GIVEN_UP),
    },
    {
        "recorded": (
            at.recorded(),
            {BEFORE: "RECORDED", _EVERY: SAME, f"{BEFORE}, of what was given up": _RETIRED},
        ),
        "recorded otherwise": (
            at.recorded(points="9/1"),
            {BEFORE: "RECORDED", _EVERY: IdentifierTaken, "of what was given up": _RETIRED},
        ),
        "attested": (
            _BY_ATRC,
            {
                BEFORE: _ABSENT,
                "RECORDED": "PARTLY_ATTESTED",
                ("PARTLY_ATTESTED", "CONFIRMED", "RESOLVED"): SAME,
                "CONTESTED": STAYS,
                "WITHDRAWN": _GONE,
                "RECORDED, where only who has an interest is asked": "CONFIRMED",
                "CONTESTED, and attested by another": "RESOLVED",
            },
        ),
        "attested by another": (
            _BY_EGU,
            {
                BEFORE: _ABSENT,
                "RECORDED": "PARTLY_ATTESTED",
                "PARTLY_ATTESTED": "CONFIRMED",
                ("CONFIRMED", "RESOLVED", "CONTESTED, and attested by another"): SAME,
                "CONTESTED": STAYS,
                "WITHDRAWN": _GONE,
                (
                    "RECORDED, where only who has an interest is asked",
                    "CONFIRMED, by who has an interest",
                ): AttestationNotAsked,
                "PARTLY_ATTESTED, of what was given up": _RETIRED,
            },
        ),
        "contested": (
            _DENIED,
            {
                BEFORE: _ABSENT,
                ("RECORDED", "PARTLY_ATTESTED"): "CONTESTED",
                ("CONFIRMED", "RESOLVED"): _FIRM,
                "CONTESTED": SAME,
                "WITHDRAWN": _GONE,
                "CONTESTED, by who was not asked": STAYS,
            },
        ),
        "contested by another": (
            _DENIED_BY_EGU,
            {
                BEFORE: _ABSENT,
                "CONTESTED": STAYS,
                ("RECORDED", "PARTLY_ATTESTED"): "CONTESTED",
                ("CONFIRMED", "RESOLVED"): _FIRM,
                "WITHDRAWN": _GONE,
                "CONTESTED, by who was not asked": SAME,
            },
        ),
        "corrected": (
            at.corrected(points="3/1"),
            {
                BEFORE: _ABSENT,
                "RECORDED": STAYS,
                ("PARTLY_ATTESTED", "CONFIRMED", "CONTESTED", "RESOLVED"): "RECORDED",
                "WITHDRAWN": _GONE,
                (
                    "RECORDED, of what was given up",
                    "PARTLY_ATTESTED, of what was given up",
                    "CONFIRMED, of what was given up",
                ): _RETIRED,
            },
        ),
        "corrected to what it was": (
            at.corrected(),
            {
                BEFORE: _ABSENT,
                ("RECORDED", "PARTLY_ATTESTED", "CONFIRMED", "CONTESTED", "RESOLVED"): SAME,
                "WITHDRAWN": _GONE,
            },
        ),
        "withdrawn": (
            at.withdrawn(),
            {
                BEFORE: _ABSENT,
                ("RECORDED", "PARTLY_ATTESTED", "CONFIRMED", "CONTESTED", "RESOLVED"): "WITHDRAWN",
                "WITHDRAWN": SAME,
                "CONFIRMED, of what was given up": _RETIRED,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: _ABSENT,
                (*_EVERY, "RECORDED, where silence attests, and disputed"): SAME,
                ("RECORDED, where silence attests", "PARTLY_ATTESTED, where silence attests"): "CONFIRMED",
            },
        ),
        "time passes, but not enough": (
            time_passes(_BY_TIME, "C1", TODAY + timedelta(days=30)),
            {BEFORE: _ABSENT, _EVERY: SAME},
        ),
    },
)
