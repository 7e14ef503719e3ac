"""What each command on an item of background, and on its use, comes to in each state."""

from datetime import timedelta
from functools import partial

from services.agreements.background import access
from services.agreements.background import decisions as background
from services.agreements.background.errors import (
    AccessDecided,
    AccessNotGranted,
    AccessRequestUnknown,
    BackgroundDeclaredAlready,
    BackgroundIsContested,
    BackgroundIsWithdrawn,
    BackgroundNotFound,
    PurposeExcluded,
)
from services.agreements.background.model import BACKGROUND
from services.agreements.commands import Representative
from services.agreements.errors import IdentifierTaken
from services.agreements.scheduler.registry import ADVANCING
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import lives, prospects
from tests.agreements.controls import ATRC, EGU, TODAY
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import amendment_signed, time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.agreements.prospects import ITEM, SOON, access_granted, access_requested, background_declared, of_item
from tests.docs.drawings import BEFORE, BY_HEADING

_DECLARED = background_declared()
_CLAIMED = background_declared(by=ATRC)
_AGREED = of_item(background.agree_to_background, prospects.agreeing())
_AGREED_BY_EGU = of_item(background.agree_to_background, prospects.agreeing(by=EGU))
_CONTESTED = of_item(background.contest_background, prospects.contesting())
_CONTESTED_BY_EGU = of_item(background.contest_background, prospects.contesting(by=EGU))
_RESTRICTED = of_item(background.restrict_background, prospects.restricting())
_WITHDRAWN = of_item(background.withdraw_background, prospects.withdrawing(effective_on=TODAY))
_WITHDRAWN_SOON = of_item(background.withdraw_background, prospects.withdrawing())

_ITEMS = {
    BEFORE: since(at.a_project),
    "DECLARED": since(at.a_project, _DECLARED),
    "AGREED": since(at.a_project, _DECLARED, _AGREED),
    "CONTESTED": since(at.a_project, _DECLARED, _CONTESTED),
    "CONTESTED, and restricted": since(at.a_project, _DECLARED, _RESTRICTED, _CLAIMED),
    "RESTRICTED": since(at.a_project, _DECLARED, _RESTRICTED),
    "WITHDRAWN": since(at.a_project, _DECLARED, _WITHDRAWN),
    "WITHDRAWN, from a later day on": since(at.a_project, _DECLARED, _WITHDRAWN_SOON),
}
_NO_ITEM, _GONE = BackgroundNotFound, BackgroundIsWithdrawn
_EVERY = ("DECLARED", "AGREED", "CONTESTED", "RESTRICTED", "WITHDRAWN")

ITEMS = Table(
    BY_HEADING["Background"],
    ITEM,
    _ITEMS,
    {
        "declared": (_DECLARED, {BEFORE: "DECLARED", _EVERY: SAME}),
        "declared otherwise": (
            background_declared(kind="SOFTWARE"),
            {BEFORE: "DECLARED", _EVERY: BackgroundDeclaredAlready},
        ),
        "claimed": (
            _CLAIMED,
            {
                BEFORE: "DECLARED",
                ("CONTESTED", "WITHDRAWN, from a later day on"): STAYS,
                ("DECLARED", "AGREED", "RESTRICTED"): "CONTESTED",
                "WITHDRAWN": _GONE,
                "CONTESTED, and restricted": SAME,
            },
        ),
        "agreed": (
            _AGREED,
            {
                BEFORE: _NO_ITEM,
                ("DECLARED", "CONTESTED"): "AGREED",
                "AGREED": SAME,
                ("RESTRICTED", "WITHDRAWN, from a later day on"): STAYS,
                "CONTESTED, and restricted": "RESTRICTED",
                "WITHDRAWN": _GONE,
            },
        ),
        "contested": (
            _CONTESTED,
            {
                BEFORE: _NO_ITEM,
                ("DECLARED", "AGREED", "RESTRICTED"): "CONTESTED",
                "CONTESTED": SAME,
                "WITHDRAWN": _GONE,
                ("CONTESTED, and restricted", "WITHDRAWN, from a later day on"): STAYS,
            },
        ),
        "restricted": (
            _RESTRICTED,
            {
                BEFORE: _NO_ITEM,
                ("DECLARED", "AGREED"): "RESTRICTED",
                ("CONTESTED", "WITHDRAWN, from a later day on"): STAYS,
                ("RESTRICTED", "CONTESTED, and restricted"): SAME,
                "WITHDRAWN": _GONE,
            },
        ),
        "restricted otherwise": (
            of_item(background.restrict_background, prospects.restricting(excluded_purposes=())),
            {
                BEFORE: _NO_ITEM,
                ("RESTRICTED", "CONTESTED", "WITHDRAWN, from a later day on"): STAYS,
                ("DECLARED", "AGREED"): "RESTRICTED",
                "WITHDRAWN": _GONE,
            },
        ),
        "withdrawn": (
            _WITHDRAWN,
            {
                BEFORE: _NO_ITEM,
                ("DECLARED", "AGREED", "CONTESTED", "RESTRICTED"): "WITHDRAWN",
                "WITHDRAWN": SAME,
                "WITHDRAWN, from a later day on": _GONE,
            },
        ),
        "withdrawn from a later day on": (
            _WITHDRAWN_SOON,
            {
                BEFORE: _NO_ITEM,
                ("DECLARED", "AGREED", "CONTESTED", "RESTRICTED"): "WITHDRAWN",
                "WITHDRAWN": _GONE,
                "WITHDRAWN, from a later day on": SAME,
            },
        ),
    },
)


async def _joined(*joining: str, before: tuple[Work, ...] = (_DECLARED, _AGREED)) -> Desk:
    """Give a desk at which others have joined, and what HUT and ATRC did before they did."""
    desk = await since(at.a_project, *before)()
    await desk.does(lives.amendment_proposed(effective_on=TODAY, acceding=joining))
    for party in ("HUT", "ATRC", *joining):
        await desk.does(await amendment_signed(Representative(f"{party}-REP", party))(desk))
    return desk


_THREE, _FOUR = partial(_joined, "EGU"), partial(_joined, "EGU", "NLN")

AMONG_SEVERAL = Table(
    BY_HEADING["Background"],
    ITEM,
    {
        "DECLARED, among three": since(partial(_THREE, before=()), _DECLARED),
        "AGREED, before another joined": _THREE,
        "AGREED, before two others joined": _FOUR,
        "AGREED, by a third, too": since(_THREE, _AGREED_BY_EGU),
        "DECLARED, and agreed by two of four": since(_FOUR, _AGREED_BY_EGU),
        "CONTESTED, by one of three": since(_THREE, _CONTESTED_BY_EGU),
        "CONTESTED, by two of three": since(_THREE, _CONTESTED, _CONTESTED_BY_EGU),
        "CONTESTED, by one of four": since(_FOUR, _CONTESTED_BY_EGU),
    },
    {
        "agreed": (
            _AGREED,
            {
                ("DECLARED", "CONTESTED, by two of three"): STAYS,
                ("AGREED", "CONTESTED", "DECLARED, and agreed by two of four"): SAME,
            },
        ),
        "agreed by a third": (
            _AGREED_BY_EGU,
            {
                ("DECLARED", "AGREED", "CONTESTED, by two of three"): STAYS,
                ("AGREED, before two others joined", "CONTESTED, by one of four"): "DECLARED",
                "CONTESTED": "AGREED",
                ("DECLARED, and agreed by two of four", "AGREED, by a third, too"): SAME,
            },
        ),
        "agreed by a fourth": (
            of_item(background.agree_to_background, prospects.agreeing(by=Representative("NLN-REP", "NLN"))),
            {
                ("DECLARED", "AGREED", "CONTESTED"): _NO_ITEM,
                "DECLARED, and agreed by two of four": "AGREED",
                "AGREED, before two others joined": "DECLARED",
                "CONTESTED, by one of four": STAYS,
            },
        ),
        "contested": (
            _CONTESTED,
            {"CONTESTED": STAYS, ("DECLARED", "AGREED"): "CONTESTED", "CONTESTED, by two of three": SAME},
        ),
        "contested by a third": (_CONTESTED_BY_EGU, {("DECLARED", "AGREED"): "CONTESTED", "CONTESTED": SAME}),
    },
)

# -- its use --------------------------------------------------------------------------------------------------------

_IMPLEMENTING = access_requested()
_EXPLOITING = access_requested(purpose="EXPLOIT", needed_for="INV")
_GRANTED = access_granted()
_REFUSED = of_item(access.refuse_access, prospects.refusing())
_GIVEN_UP = of_item(access.give_up_access, prospects.giving_up())
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is BACKGROUND]
_YEAR_OVER = time_passes(_BY_TIME, ITEM, TODAY + timedelta(days=365))

_LIVES: dict[str, tuple[Work, ...]] = {
    "DECLARED": (),
    "AGREED": (_AGREED,),
    "CONTESTED": (_CONTESTED,),
    "RESTRICTED": (_RESTRICTED,),
    "WITHDRAWN": (_WITHDRAWN,),
    "WITHDRAWN, from a later day on": (_WITHDRAWN_SOON,),
}

USED = Table(
    BY_HEADING["Background"],
    ITEM,
    {
        f"{life}, {use}": since(at.an_invention, _DECLARED, *used, *lived)
        for use, used in {
            "not asked for": (),
            "asked for": (_EXPLOITING,),
            "in use": (_EXPLOITING, _GRANTED),
        }.items()
        for life, lived in _LIVES.items()
    },
    {
        "asked to implement": (
            _IMPLEMENTING,
            {
                ("DECLARED", "AGREED", "RESTRICTED", "WITHDRAWN, from a later day on"): IdentifierTaken,
                ("not asked for", "WITHDRAWN, from a later day on, not asked for"): STAYS,
                ("CONTESTED", "CONTESTED, not asked for"): BackgroundIsContested,
                ("WITHDRAWN", "WITHDRAWN, not asked for"): _GONE,
            },
        ),
        "asked to exploit": (
            _EXPLOITING,
            {
                _EVERY: SAME,
                ("not asked for", "WITHDRAWN, from a later day on, not asked for"): STAYS,
                "CONTESTED, not asked for": BackgroundIsContested,
                "RESTRICTED, not asked for": PurposeExcluded,
                "WITHDRAWN, not asked for": _GONE,
            },
        ),
        "granted": (
            _GRANTED,
            {
                _EVERY: AccessRequestUnknown,
                "in use": SAME,
                ("asked for", "WITHDRAWN, from a later day on, asked for"): STAYS,
                "CONTESTED, asked for": BackgroundIsContested,
                "WITHDRAWN, asked for": _GONE,
            },
        ),
        "granted otherwise": (
            access_granted(price="FAIR_REASONABLE"),
            {
                _EVERY: AccessRequestUnknown,
                "in use": AccessDecided,
                ("asked for", "WITHDRAWN, from a later day on, asked for"): STAYS,
                "CONTESTED, asked for": BackgroundIsContested,
                "WITHDRAWN, asked for": _GONE,
            },
        ),
        "refused": (
            _REFUSED,
            {_EVERY: AccessRequestUnknown, "in use": AccessDecided, "asked for": STAYS},
        ),
        "given up": (
            _GIVEN_UP,
            {_EVERY: AccessRequestUnknown, "asked for": AccessNotGranted, "in use": STAYS},
        ),
        "time passes": (
            _YEAR_OVER,
            {_EVERY: SAME, "in use": STAYS},
        ),
    },
)

ACCESS = Table(
    BY_HEADING["Access to background"],
    ITEM,
    {
        BEFORE: since(at.an_invention, _DECLARED),
        "REQUESTED": since(at.an_invention, _DECLARED, _IMPLEMENTING),
        "GRANTED": since(at.an_invention, _DECLARED, _IMPLEMENTING, _GRANTED),
        "GRANTED, before the item was withdrawn": since(
            at.an_invention, _DECLARED, _IMPLEMENTING, _GRANTED, _WITHDRAWN
        ),
        "REFUSED": since(at.an_invention, _DECLARED, _IMPLEMENTING, _REFUSED),
        "ENDED": since(at.an_invention, _DECLARED, _IMPLEMENTING, _GRANTED, _GIVEN_UP),
    },
    {
        "asked for": (_IMPLEMENTING, {BEFORE: "REQUESTED", ("REQUESTED", "GRANTED", "REFUSED", "ENDED"): SAME}),
        "asked for otherwise": (
            _EXPLOITING,
            {
                BEFORE: "REQUESTED",
                ("REQUESTED", "GRANTED", "REFUSED", "ENDED"): IdentifierTaken,
                "GRANTED, before the item was withdrawn": _GONE,
            },
        ),
        "granted": (
            _GRANTED,
            {
                BEFORE: AccessRequestUnknown,
                "REQUESTED": "GRANTED",
                "GRANTED": SAME,
                ("REFUSED", "ENDED"): AccessDecided,
            },
        ),
        "granted otherwise": (
            access_granted(price="FAIR_REASONABLE"),
            {BEFORE: AccessRequestUnknown, "REQUESTED": "GRANTED", ("GRANTED", "REFUSED", "ENDED"): AccessDecided},
        ),
        "refused": (
            _REFUSED,
            {
                BEFORE: AccessRequestUnknown,
                "REQUESTED": "REFUSED",
                ("GRANTED", "ENDED"): AccessDecided,
                "REFUSED": SAME,
            },
        ),
        "given up": (
            _GIVEN_UP,
            {
                BEFORE: AccessRequestUnknown,
                ("REQUESTED", "REFUSED"): AccessNotGranted,
                "GRANTED": "ENDED",
                "ENDED": SAME,
            },
        ),
        # Withdrawing the item the day it does cuts nothing that was granted to implement a project.
        "time passes": (
            time_passes(_BY_TIME, ITEM, SOON),
            {(BEFORE, "REQUESTED", "GRANTED", "REFUSED", "ENDED"): SAME},
        ),
        "time passes, a year of it": (
            _YEAR_OVER,
            {(BEFORE, "REQUESTED", "REFUSED", "ENDED"): SAME, "GRANTED": "ENDED"},
        ),
    },
)
