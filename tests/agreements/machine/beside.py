"""Everything that can be done beside the life of an invention and may still bear on whose it is."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.background import access
from services.agreements.background import decisions as background
from services.agreements.commands import Representative
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.opportunities import decisions as opportunities
from services.agreements.participants import decisions as participants
from services.agreements.participants import handling as participants_handling
from services.agreements.parties import decisions as parties
from services.agreements.scheduler.registry import ADVANCING
from shared.events.party import Power
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import lives, prospects
from tests.agreements.controls import ATRC, CONCEIVED, DIGEST, EGU, HUT, TODAY, period, said
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import LATER, Act, amendment_signed, knowing, known, time_passes
from tests.agreements.party_controls import (
    SINCE,
    affiliation_declared,
    appointing,
    deactivating,
    ending,
    of_party,
    reactivating,
    revoking,
    verifying,
)
from tests.agreements.prospects import ITEM, of_item, of_opportunity

_DAY = timedelta(days=1)
_POWERS: tuple[Power, ...] = ("SIGN", "ATTEST", "CONSENT", "TRANSFER", "DISPUTE", "PERSONNEL", "APPOINT")


def _party_acts(party: str) -> dict[str, Work]:
    """Give what an operator does with a party; what it can still do afterwards is for the person it then names."""
    named = partial(appointing, person=f"{party}-REP")
    return {
        f"{party} verified": of_party(parties.verify_party, verifying(), party),
        f"{party} deactivated": of_party(parties.deactivate_party, deactivating(), party),
        f"{party} reactivated": of_party(parties.reactivate_party, reactivating(), party),
        f"{party} represented in all": of_party(parties.appoint_representative, named(powers=_POWERS), party),
        f"{party} represented in little": of_party(
            parties.appoint_representative, named(powers=("SIGN", "APPOINT")), party
        ),
        f"{party} represented no more": of_party(
            parties.revoke_representative, revoking(person=f"{party}-REP", to=TODAY), party
        ),
    }


def _affiliation_acts(parent: str, child: str) -> dict[str, Work]:
    """Give what moves the shares of a child, on the day that decides and around it."""
    declared = partial(affiliation_declared, parent=parent, child=child)
    acts = {
        f"{child} came under {parent}": declared(),
        f"{child} came under {parent} on the day": declared(period=period(CONCEIVED)),
        f"{child} came under {parent} the day after": declared(period=period(CONCEIVED + _DAY)),
        f"{child} was under {parent} until the day": declared(period=period(SINCE, CONCEIVED)),
        f"{child} came under {parent}, without its shares": declared(accrual=False),
    }
    for name, day in (("on the day", CONCEIVED), ("the day after", CONCEIVED + _DAY), ("today", TODAY)):
        command = ending(parent=parent, child=child, to=day)
        acts[f"{child} left {parent} {name}"] = partial(affiliations_handling.end, command=command)
    return acts


def _left(person: str, by: Representative, on: date) -> Work:
    command = participants.LeaveProject(**said({"by": by}, on=on))
    return partial(participants_handling.leave, project="PRJ", person=person, command=command)


_PEOPLE: dict[str, Work] = {
    "HUT's engineer left": _left("HUT-SE", HUT, TODAY),
    "HUT's engineer had left before": _left("HUT-SE", HUT, CONCEIVED),
    "ATRC's engineer left": _left("ATRC-SE", ATRC, TODAY),
    "engaged again": at.engaged(by=ATRC, person="ATRC-SE", home_party="ATRC"),
    "assigned to ATRC": at.instrument_recorded(
        instrument="DEAL", kind="PRESENT_ASSIGNMENT", by=ATRC, assignee_party="ATRC"
    ),
    "assigned to ATRC before": at.instrument_recorded(
        instrument="OLD", kind="PRESENT_ASSIGNMENT", by=ATRC, assignee_party="ATRC", signed_on=date(2014, 1, 1)
    ),
    "promised to EGU": at.instrument_recorded(instrument="WORD", kind="PROMISE_TO_ASSIGN", assignee_party="EGU"),
}
_ITEM: dict[str, Work] = {
    "background declared": prospects.background_declared(),
    "background claimed": prospects.background_declared(by=ATRC),
    "background of the other side declared": prospects.background_declared(by=ATRC, ref="US 11,222,333 B2"),
    "background agreed to": of_item(background.agree_to_background, prospects.agreeing()),
    "background agreed to by EGU": of_item(background.agree_to_background, prospects.agreeing(by=EGU)),
    "background contested": of_item(background.contest_background, prospects.contesting()),
    "background restricted": of_item(background.restrict_background, prospects.restricting()),
    "background withdrawn": of_item(background.withdraw_background, prospects.withdrawing()),
    "background withdrawn today": of_item(background.withdraw_background, prospects.withdrawing(effective_on=TODAY)),
    "access asked for to implement": prospects.access_requested(),
    "access asked for to exploit": prospects.access_requested(purpose="EXPLOIT", needed_for="INV"),
    "access granted": prospects.access_granted(),
    "access granted for ever": prospects.access_granted(period=period(TODAY)),
    "access refused": of_item(access.refuse_access, prospects.refusing()),
    "access given up": of_item(access.give_up_access, prospects.giving_up()),
    "sharing restricted": prospects.screened(),
    "sharing cleared": prospects.screened(result="CLEAR"),
}
_OPPORTUNITY: dict[str, Work] = {
    "opportunity identified": prospects.opportunity_identified(),
    "opportunity shared": prospects.opportunity_shared(),
    "opportunity supported": of_opportunity(opportunities.review_opportunity, prospects.reviewing()),
    "opportunity opposed by its own": of_opportunity(
        opportunities.review_opportunity, prospects.reviewing(by=HUT, verdict="OPPOSE", reason_code="RESOURCES")
    ),
    "opportunity accepted": of_opportunity(opportunities.accept_opportunity, prospects.accepting()),
    "opportunity declined": of_opportunity(opportunities.decline_opportunity, prospects.declining()),
}
_NAMES = {"background": ITEM, "transfer": "XFR", "opportunity": "OPP"}
_TIME: dict[str, Act] = {
    f"{later.days} days pass for the {advancing.aggregate.name}": time_passes(
        advancing, _NAMES[advancing.aggregate.name], TODAY + later
    )
    for advancing in ADVANCING
    if advancing.aggregate.name in _NAMES
    for later in LATER
}


def _all_known(works: dict[str, Any]) -> dict[str, Act]:
    return {name: known(work) for name, work in works.items()}


async def _open_shares(desk: Desk) -> tuple[str, str]:
    """Return the id under which shares are open, or would next be, and what is to be attested of them."""
    state = (await desk.handler.load(INVENTION, INVENTION.stream("INV"))).state
    if not isinstance(state, Invention):
        return "DET-1", DIGEST
    if state.open is not None:
        return state.open.determination, state.open.det_hash
    return f"DET-{1 + (state.adopted.version if state.adopted else 0)}", DIGEST


def _next_shares(work: Callable[[str, str], Work]) -> Act:
    async def act(desk: Desk) -> Work:
        return work(*await _open_shares(desk))

    return act


# Determined anew as often as there is reason to.
ANEW: dict[str, Act] = {
    "ATRC's part recorded": known(at.recorded(by=ATRC, contribution="C2", contributor="ATRC-SE", points="5/1")),
    "ATRC's part attested": knowing(
        CONTRIBUTION, "C2", lambda state: state.content_hash, partial(at.attested, contribution="C2", by=HUT)
    ),
    "ATRC's part corrected": known(at.corrected("C2", by=ATRC, contributor="ATRC-SE", points="3/1")),
    "ATRC's part withdrawn": known(at.withdrawn("C2", by=ATRC)),
    "next shares proposed": _next_shares(lambda det, _: at.shares_proposed(determination=det)),
    "next shares attested": _next_shares(lambda det, det_hash: at.shares_attested(det_hash, determination=det)),
    "next shares adopted": _next_shares(lambda det, _: at.shares_adopted(determination=det)),
}
# What takes several to get anywhere, in the order in which it does.
CHAINS: dict[str, tuple[str, ...]] = {
    "ATRC's part counts": ("ATRC's part recorded", "ATRC's part attested"),
    "determined anew": ("attested", "next shares proposed", "next shares attested", "next shares adopted"),
    "transferred": ("transfer proposed", "transfer consented", "transfer executed"),
    "half of it transferred": ("half of it proposed", "half of it executed"),
    "licensed": ("licence drafted", "licence consented", "licence granted"),
    "licensed exclusively": ("exclusive licence drafted", "exclusive licence consented", "exclusive licence granted"),
    "licensed solely": ("sole licence drafted", "sole licence consented", "sole licence granted"),
    "licensed, leaving room": (
        *("licence drafted", "licence subject to another drafted", "licence subject to another consented"),
        "licence subject to another granted",
    ),
    "given up": ("retirement proposed by HUT", "retirement consented"),
    "given up by time": ("retirement proposed by HUT", "4000 days pass for the invention"),
    "left to silence": (
        *("corrected otherwise", "40 days pass for the contribution"),
        *("next shares proposed", "40 days pass for the invention", "next shares adopted"),
    ),
    "background asked for to implement": ("background declared", "access asked for to implement", "access granted"),
    "background asked for to exploit": (
        "background declared",
        "access asked for to exploit",
        "access granted for ever",
    ),
    "opportunity put forward": (
        *("background declared", "background of the other side declared"),
        *("opportunity identified", "opportunity shared"),
    ),
    "joined by EGU": (
        "EGU asked to join",
        "amendment signed by HUT",
        "amendment signed by ATRC",
        "amendment signed by EGU",
    ),
}

# In groups, so that one that knows many variants does not crowd the others out of a random history.
PEOPLE = _all_known(_PEOPLE)
AFFILIATIONS = _all_known(
    {**_affiliation_acts("EGU", "HUT"), **_affiliation_acts("ATRC", "HUT"), **_affiliation_acts("NLN", "EGU")}
)
PARTIES = _all_known({**_party_acts("HUT"), **_party_acts("ATRC")})
JOINING: dict[str, Act] = {
    "EGU asked to join": known(lives.amendment_proposed(effective_on=TODAY, acceding=("EGU",))),
    "amendment signed by EGU": amendment_signed(EGU),
}
PROSPECTS = _all_known({**_ITEM, **_OPPORTUNITY})
GROUPS = (PEOPLE, AFFILIATIONS, PARTIES, PROSPECTS, JOINING, ANEW, _TIME)
