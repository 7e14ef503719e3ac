"""Commands on background, opportunities and progress that are valid as they are, and the situations they make."""

from datetime import date
from functools import partial
from typing import Any

from services.agreements.background import access
from services.agreements.background import decisions as background
from services.agreements.background import handling as background_handling
from services.agreements.background.access import NeededFor
from services.agreements.background.model import BACKGROUND, BackgroundItem, item_id
from services.agreements.opportunities import decisions as opportunities
from services.agreements.opportunities import handling as opportunities_handling
from services.agreements.opportunities.model import OPPORTUNITY, Opportunity
from services.agreements.progress import decisions as progress
from services.agreements.progress.handling import report
from shared.events.registry import Event
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, DIGEST, active, period, said, started
from tests.agreements.desk import Desk

Events = tuple[Event, ...]
REF = "CN 114567890 A"
ITEM = item_id("MOU", REF)
THEIRS = item_id("MOU", "US 11,222,333 B2")
# The project of the usual controls runs to 2025-09-01, and today is 2025-06-01.
SOON = date(2025, 7, 1)


# -- background -----------------------------------------------------------------------------------------------


def declaring(**changed: Any) -> background.DeclareBackground:
    fields = {"agreement": "MOU", "kind": "PATENT", "ref": REF, "evidence_hash": DIGEST}
    return background.DeclareBackground(**said(changed, **fields))


def agreeing(**changed: Any) -> background.AgreeToBackground:
    return background.AgreeToBackground(**said({"by": ATRC, **changed}))


def contesting(**changed: Any) -> background.ContestBackground:
    return background.ContestBackground(**said({"by": ATRC, **changed}, reason="ours since 2019"))


def restricting(**changed: Any) -> background.RestrictBackground:
    fields = {"restrictions": ("not in CN",), "excluded_purposes": ("EXPLOIT",)}
    return background.RestrictBackground(**said(changed, **fields))


def withdrawing(**changed: Any) -> background.WithdrawBackground:
    return background.WithdrawBackground(**said(changed, effective_on=SOON, reason="sold"))


def requesting(**changed: Any) -> access.RequestAccess:
    fields = {"request": "REQ", "purpose": "IMPLEMENT", "needed_for": "PRJ"}
    return access.RequestAccess(**said({"by": ATRC, **changed}, **fields))


def granting(**changed: Any) -> access.GrantAccess:
    fields = {"request": "REQ", "price": "ROYALTY_FREE", "period": period(date(2025, 6, 1), date(2025, 9, 1))}
    return access.GrantAccess(**said(changed, **fields))


def refusing(**changed: Any) -> access.RefuseAccess:
    return access.RefuseAccess(**said(changed, request="REQ", reason="not needed"))


def giving_up(**changed: Any) -> access.GiveUpAccess:
    return access.GiveUpAccess(**said({"by": ATRC, **changed}, request="REQ", on=SOON))


def item(events: Events) -> BackgroundItem:
    state = BACKGROUND.fold(None, events)
    assert state is not None
    return state


def declared(**changed: Any) -> Events:
    return background.declare_background(None, active(), declaring(**changed))


def requested(**changed: Any) -> Events:
    events = declared()
    needed_for = NeededFor(started() if changed.get("purpose") != "EXPLOIT" else None)
    return (*events, *access.request_access(item(events), active(), needed_for, requesting(**changed)))


def granted(purpose: str = "IMPLEMENT", **changed: Any) -> Events:
    events = requested(purpose=purpose)
    needed_for = NeededFor(started() if purpose == "IMPLEMENT" else None)
    return (*events, *access.grant_access(item(events), active(), needed_for, granting(**changed)))


# -- opportunities --------------------------------------------------------------------------------------------


def identifying(**changed: Any) -> opportunities.IdentifyOpportunity:
    fields = {
        "opportunity": "OPP",
        "agreement": "MOU",
        "title": "Adaptive beams",
        "field": "telecom/ran/5g",
        "leverages_background": (ITEM, THEIRS),
    }
    return opportunities.IdentifyOpportunity(**said(changed, **fields))


def sharing(**changed: Any) -> opportunities.ShareOpportunity:
    return opportunities.ShareOpportunity(**said(changed, shared_with=("ATRC",), respond_by=SOON))


def reviewing(**changed: Any) -> opportunities.ReviewOpportunity:
    return opportunities.ReviewOpportunity(**said({"by": ATRC, **changed}, verdict="SUPPORT"))


def accepting(**changed: Any) -> opportunities.AcceptOpportunity:
    return opportunities.AcceptOpportunity(**said(changed, project="PRJ-5G"))


def declining(**changed: Any) -> opportunities.DeclineOpportunity:
    return opportunities.DeclineOpportunity(**said({"by": ATRC, **changed}, reason_code="NOT_STRATEGIC"))


def ground(**changed: Any) -> opportunities.Ground:
    theirs = declared(by=ATRC, ref="US 11,222,333 B2")
    fields: dict[str, Any] = {"background": (item(declared()), item(theirs)), "affiliations": None}
    return opportunities.Ground(**{**fields, **changed})


def opportunity(events: Events) -> Opportunity:
    state = OPPORTUNITY.fold(None, events)
    assert state is not None
    return state


def identified(**changed: Any) -> Events:
    return opportunities.identify_opportunity(None, ground(), identifying(**changed))


def shared(**changed: Any) -> Events:
    events = identified()
    return (*events, *opportunities.share_opportunity(opportunity(events), active(), sharing(**changed)))


def reviewed(**changed: Any) -> Events:
    events = shared()
    return (*events, *opportunities.review_opportunity(opportunity(events), reviewing(**changed)))


# -- progress -------------------------------------------------------------------------------------------------


def screening(**changed: Any) -> progress.RecordScreening:
    fields = {"regime": "HK-STC", "classification": "3A001", "result": "RESTRICTED"}
    return progress.RecordScreening(**said(changed, **fields))


# -- works, by the name of what happens -----------------------------------------------------------------------


def background_declared(**changed: Any) -> Work:
    return partial(background_handling.declare, command=declaring(**changed))


def of_item(decide: Any, command: Any, identifier: str = ITEM) -> Work:
    return partial(background_handling.change, item=identifier, command=command, decide=decide)


def access_requested(**changed: Any) -> Work:
    return partial(background_handling.request_access, item=ITEM, command=requesting(**changed))


def access_granted(**changed: Any) -> Work:
    return partial(background_handling.grant_access, item=ITEM, command=granting(**changed))


def opportunity_identified(**changed: Any) -> Work:
    return partial(opportunities_handling.identify, command=identifying(**changed))


def opportunity_shared(**changed: Any) -> Work:
    return partial(opportunities_handling.share, opportunity="OPP", command=sharing(**changed))


def of_opportunity(decide: Any, command: Any) -> Work:
    return partial(opportunities_handling.change, opportunity="OPP", command=command, decide=decide)


def screened(**changed: Any) -> Work:
    command = screening(**changed)
    return partial(report, project="PRJ", command=command, decide=progress.record_screening, running=False)


# -- situations -----------------------------------------------------------------------------------------------


async def with_background() -> Desk:
    """Give a desk with a started project, and an item of background of each side."""
    desk = await at.a_project()
    await desk.does(background_declared())
    await desk.does(background_declared(by=ATRC, ref="US 11,222,333 B2"))
    return desk


async def with_a_shared_opportunity() -> Desk:
    """Give a desk with an opportunity that HUT has put before ATRC."""
    desk = await with_background()
    await desk.does(opportunity_identified())
    await desk.does(opportunity_shared())
    return desk
