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
from tests.agreements.machine.table import SAME, Table, since
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
_NO_ITEM, _GONE, _LEAVING = BackgroundNotFound, BackgroundIsWithdrawn, "WITHDRAWN"

ITEMS = Table(
    BY_HEADING["Background"],
    ITEM,
    _ITEMS,
    {
        "declared": (_DECLARED, ("DECLARED", *[SAME] * 7)),
        "declared otherwise": (background_declared(kind="SOFTWARE"), ("DECLARED", *[BackgroundDeclaredAlready] * 7)),
        "claimed": (
            _CLAIMED,
            # Where nobody has declared it, to claim it is to declare it.
            ("DECLARED", "CONTESTED", "CONTESTED", "CONTESTED", SAME, "CONTESTED", _GONE, _LEAVING),
        ),
        "agreed": (_AGREED, (_NO_ITEM, "AGREED", SAME, "AGREED", "RESTRICTED", "RESTRICTED", _GONE, _LEAVING)),
        "contested": (
            _CONTESTED,
            (_NO_ITEM, "CONTESTED", "CONTESTED", SAME, "CONTESTED", "CONTESTED", _GONE, _LEAVING),
        ),
        "restricted": (
            _RESTRICTED,
            (_NO_ITEM, "RESTRICTED", "RESTRICTED", "CONTESTED", SAME, SAME, _GONE, _LEAVING),
        ),
        "restricted otherwise": (
            of_item(background.restrict_background, prospects.restricting(excluded_purposes=())),
            (_NO_ITEM, "RESTRICTED", "RESTRICTED", "CONTESTED", "CONTESTED", "RESTRICTED", _GONE, _LEAVING),
        ),
        "withdrawn": (_WITHDRAWN, (_NO_ITEM, *["WITHDRAWN"] * 5, SAME, _GONE)),
        "withdrawn from a later day on": (_WITHDRAWN_SOON, (_NO_ITEM, *["WITHDRAWN"] * 5, _GONE, SAME)),
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
        "agreed": (_AGREED, ("DECLARED", SAME, SAME, SAME, SAME, SAME, "CONTESTED", SAME)),
        "agreed by a third": (
            _AGREED_BY_EGU,
            ("DECLARED", "AGREED", "DECLARED", SAME, SAME, "AGREED", "CONTESTED", "DECLARED"),
        ),
        "agreed by a fourth": (
            of_item(background.agree_to_background, prospects.agreeing(by=Representative("NLN-REP", "NLN"))),
            (_NO_ITEM, _NO_ITEM, "DECLARED", _NO_ITEM, "AGREED", _NO_ITEM, _NO_ITEM, "CONTESTED"),
        ),
        "contested": (_CONTESTED, (*["CONTESTED"] * 6, SAME, "CONTESTED")),
        "contested by a third": (_CONTESTED_BY_EGU, (*["CONTESTED"] * 5, SAME, SAME, SAME)),
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
_ALIKE = ("DECLARED", "AGREED", "CONTESTED", "RESTRICTED", "WITHDRAWN", "WITHDRAWN")
_USABLE = ("DECLARED", "AGREED", BackgroundIsContested, "RESTRICTED", _GONE, _LEAVING)

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
        "asked to implement": (_IMPLEMENTING, (*_USABLE, *[IdentifierTaken] * 12)),
        "asked to exploit": (
            _EXPLOITING,
            ("DECLARED", "AGREED", BackgroundIsContested, PurposeExcluded, _GONE, _LEAVING, *[SAME] * 12),
        ),
        "granted": (_GRANTED, (*[AccessRequestUnknown] * 6, *_USABLE, *[SAME] * 6)),
        "granted otherwise": (
            access_granted(price="FAIR_REASONABLE"),
            (*[AccessRequestUnknown] * 6, *_USABLE, *[AccessDecided] * 6),
        ),
        "refused": (_REFUSED, (*[AccessRequestUnknown] * 6, *_ALIKE, *[AccessDecided] * 6)),
        "given up": (_GIVEN_UP, (*[AccessRequestUnknown] * 6, *[AccessNotGranted] * 6, *_ALIKE)),
        "time passes": (_YEAR_OVER, (*[SAME] * 12, *_ALIKE)),
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
        "asked for": (_IMPLEMENTING, ("REQUESTED", *[SAME] * 5)),
        "asked for otherwise": (_EXPLOITING, ("REQUESTED", *[IdentifierTaken] * 5)),
        "granted": (_GRANTED, (AccessRequestUnknown, "GRANTED", SAME, SAME, AccessDecided, AccessDecided)),
        "granted otherwise": (
            access_granted(price="FAIR_REASONABLE"),
            (AccessRequestUnknown, "GRANTED", *[AccessDecided] * 4),
        ),
        "refused": (
            _REFUSED,
            (AccessRequestUnknown, "REFUSED", AccessDecided, AccessDecided, SAME, AccessDecided),
        ),
        "given up": (_GIVEN_UP, (AccessRequestUnknown, AccessNotGranted, "ENDED", "ENDED", AccessNotGranted, SAME)),
        # Withdrawing the item the day it does cuts nothing that was granted to implement a project.
        "time passes": (
            time_passes(_BY_TIME, ITEM, SOON),
            (SAME, SAME, SAME, SAME, SAME, SAME),
        ),
        "time passes, a year of it": (_YEAR_OVER, (SAME, SAME, "ENDED", "ENDED", SAME, SAME)),
    },
)
