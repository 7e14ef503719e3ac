"""Where alerts lead, and for whom they wait: held against what agreements shows and asks, whatever happens."""

import re
from datetime import UTC, date, datetime
from inspect import signature
from typing import Any, Final

import pytest
from litestar.routes import HTTPRoute

from services.agreements.app import ROUTES
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.standing import present
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.account import intervals_of
from services.agreements.parties.model import PARTY, PartyStatus
from services.agreements.requests import ReadRequest
from services.agreements.tasks.asking import Around
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.handling import Tasks, possible
from services.agreements.tasks.keeping import keys_of
from services.agreements.tasks.store import Listed
from services.notifications.alarms.model import Alarm, Told, alerts_of
from services.notifications.alerts import TASKS, TASKS_OF, Alert, link_to
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule
from services.notifications.rules.sources import OPERATOR
from shared.errors import DomainError
from shared.events.questions import AN_ASSET
from shared.events.registry import event_name
from shared.log.handle import Reader
from shared.web.auth import Caller
from tests.agreements.desk import Desk
from tests.notifications.told import Happened, everything_that_happens

NOW: Final = datetime(2025, 6, 1, 4, tzinfo=UTC)
_PARAMETER: Final = re.compile(r"\{(\w+):\w+\}")
READS: Final = [
    (re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", route.path) + "$"), handler)
    for router in ROUTES
    for route in router.routes
    if isinstance(route, HTTPRoute)
    for handler in route.route_handlers
    if "GET" in handler.http_methods and "read" in signature(handler.fn).parameters
]
# What answers whoever asks, with what that one may see.
LISTS: Final = {"/v1/agreements", TASKS}
# What is asked by an event until a day, where it is told in the task as well. Days that begin with notice of the event
# are in the task alone.
ASKED_BY: Final = {
    "AmendmentProposed": ("SIGN_AMENDMENT",),
    "DeclarationMade": ("CONFIRM_AFFILIATION",),
    "OpportunityShared": ("REVIEW_OPPORTUNITY",),
    "DisputeOpened": ("ANSWER_DISPUTE",),
}
Task = tuple[str, str, str]
"""Who is asked, about what, and what."""


@pytest.fixture(scope="module")
async def happenings() -> list[Happened]:
    return await everything_that_happens()


async def reads(desk: Desk, alert: Alert) -> bool:
    """Tell whether the one that is told is shown what it is linked to, by the route itself."""
    if alert.link.partition("?")[0] in LISTS:
        return True
    [(found, route)] = [(found, route) for form, route in READS if (found := form.match(alert.link))]
    caller = Caller("SOMEBODY", alert.recipient, frozenset({"representative"}))
    read = ReadRequest(Reader(desk.handler, trusting=False), caller, None, NOW, possible)
    try:
        await route.fn(**found.groupdict(), read=read)
    except DomainError:
        return False
    return True


async def tasks(desk: Desk, streams: set[str]) -> set[Task]:
    """Return what things ask of whom that these can answer, as `GET /v1/tasks` tells it."""
    return {
        (listed.party, link_to(listed.stream), listed.name)
        for listed in await listed_of(desk, streams)
        if await Tasks(desk.handler, listed.party, NOW).shown(listed)
    }


async def listed_of(desk: Desk, streams: set[str]) -> list[Listed]:
    """Return what things ask of whom, whether or not these can answer."""
    found: list[Listed] = []
    # What is said in a voice is asked about its contribution.
    for stream in {each.replace("voice:", "contribution:") for each in streams}:
        entity, _, _ = stream.partition(":")
        waiting = WAITING_FOR.get(entity)
        state: Any = (await desk.handler.load(waiting.aggregate, stream)).state if waiting else None
        if waiting is None or state is None:
            continue
        assets = [await desk.state(INVENTION, asset) for asset in dict.fromkeys(waiting.assets(state))]
        around = Around(assets, unheard=await waiting.unheard_of(Reader(desk.handler, trusting=False), state))
        found += [Listed.of(key, NOW, stream, state.agreement) for key in keys_of(waiting, state, around)]
    return found


async def days(desk: Desk, streams: set[str]) -> dict[tuple[str, str], set[tuple[str, date | None]]]:
    """Return what is asked of whom about what, each with the day that `GET /v1/tasks` names for it."""
    found: dict[tuple[str, str], set[tuple[str, date | None]]] = {}
    for listed in await listed_of(desk, streams):
        if view := await Tasks(desk.handler, listed.party, NOW).shown(listed):
            found.setdefault((listed.party, link_to(listed.stream)), set()).add((listed.name, view.due_on))
    return found


# -- where they lead --------------------------------------------------------------------------------------------------


async def test_whoever_is_told_reads_what_it_is_linked_to(happenings: list[Happened]) -> None:
    """Of every kind of event, for whatever reason: no link leads to what is not there for its reader."""
    lost = {
        (event_name(alert.type), alert.recipient, alert.link, happened.where)
        for happened in happenings
        for alert in happened.alerts
        # Of the ledger's it is tried there.
        if alert.recipient != OPERATOR and "?known=" not in alert.link and not await reads(happened.after, alert)
    }

    assert set() == lost


async def test_whoever_is_told_of_an_alarm_reads_what_it_is_linked_to(happenings: list[Happened]) -> None:
    """Whatever the ledger may notice of an event, for everyone who was alerted of that."""
    lost, tried = set(), set()
    for happened in happenings:
        for envelope, alerts in happened.told:
            asset = getattr(envelope.data, "asset", getattr(envelope.data, "invention", None))
            if event_name(envelope.data.TYPE) not in NOTICED_AT or asset is None:
                continue
            told = [Told(1, each.recipient, each.agreement, each.subject, each.link) for each in alerts]
            alarm = Alarm("alarm", 1, "OneSidedOutcomeLaidDown", asset, NOW)
            for alert in alerts_of(alarm, told, happened.states, alerted=1):
                tried.add((event_name(envelope.data.TYPE), alert.link.rpartition("/")[2] == "alarms"))
                if alert.recipient != OPERATOR and not await _reads_of_the_ledger(happened.after, alert, asset):
                    lost.add((event_name(envelope.data.TYPE), alert.recipient, alert.link, happened.where))

    assert set() == lost
    assert {name for name, _ in tried} == NOTICED_AT
    assert {True, False} == {of_the_asset for _, of_the_asset in tried}


# Where the ledger raises alarms about an asset.
NOTICED_AT: Final = {"DeterminationProposed", "DisputeOpened", "DisputePositionFiled", "DisputeResolutionProposed"}


async def _reads_of_the_ledger(desk: Desk, alert: Alert, asset: str) -> bool:
    """Tell whether a link of an alarm leads to what its reader is shown, be it of agreements or of the ledger."""
    if alert.link != f"/v1/assets/{asset}/alarms":
        return await reads(desk, alert)
    invention = await desk.state(INVENTION, asset)
    agreement = await desk.state(AGREEMENT, invention.agreement)
    # Of who only waits for a share, or is asked whether others get one, the ledger knows nothing.
    holders = {holder for _, shares in intervals_of(invention.account) for holder in shares}
    return AN_ASSET.admits(alert.recipient, agreement=present(agreement), invention=holders)


def test_every_reason_for_being_told_is_tried(happenings: list[Happened]) -> None:
    """A new rule, or a new reason in one, occurs in something that happens here, or it is named why not."""
    tried = {reason for happened in happenings for reason in happened.reasons}
    reasons = {
        (event_name(kind.TYPE), source.says)
        for kind, rule in RULES.items()
        if isinstance(rule, Rule)
        for source in rule.to
    }

    assert {*UNTRIED} == reasons - tried


def test_what_is_contested_leads_to_what_conflicts_with_what() -> None:
    """Whoever holds the asset reads there what stands and what is held against it."""
    link = link_to("acknowledgement:INV")

    assert "/v1/assets/INV/contests" == link
    assert any(pattern.match(link) for pattern, _ in READS)


# -- for whom they wait -----------------------------------------------------------------------------------------------


async def test_what_needs_somebody_is_a_task_of_it(happenings: list[Happened]) -> None:
    """Who is told that something waits for it finds it among its tasks."""
    idle = set()
    for happened in happenings:
        idle |= {
            (event_name(alert.type), happened.where)
            for alert in happened.alerts
            if alert.needs_you and not await waits(happened.after, alert) and await is_active(happened.after, alert)
        }

    assert {*NOTHING_TO_DO} == idle


async def test_until_when_is_the_same_day_wherever_it_is_told(happenings: list[Happened]) -> None:
    """The last day on which it counts, in the alert and in the task, of everything that has such a day."""
    seen, otherwise = set(), set()
    for happened in happenings:
        needing = [alert for alert in happened.alerts if alert.needs_you]
        asked = await days(happened.after, {alert.subject for alert in needing})
        for alert in needing:
            kind = event_name(alert.type)
            for name, day in asked.get((alert.recipient, alert.link), ()):
                if name in ASKED_BY.get(kind, ()) and day != alert.due_on:
                    otherwise.add((kind, name, alert.due_on, day, happened.where))
                seen |= {(kind, name)} if alert.due_on and day == alert.due_on else set()

    assert set() == otherwise
    assert {(kind, name) for kind, names in ASKED_BY.items() for name in names} == seen


async def test_what_becomes_a_task_of_somebody_needs_it(happenings: list[Happened]) -> None:
    """Who is asked something new is told so by an alert, or it is named here why by another."""
    silent = set()
    for happened in happenings:
        streams = {envelope.stream for envelope, _ in happened.told}
        needed = {(alert.recipient, link_to(alert.subject)) for alert in happened.alerts if alert.needs_you}
        new = await tasks(happened.after, streams) - await tasks(happened.before, streams)
        # Notice is proven beside, so that silence may count.
        told = [envelope for envelope, _ in happened.told if envelope.data.ENTITY != "notice"]
        kinds = ", ".join(event_name(envelope.type) for envelope in told)
        silent |= {(name, kinds) for party, thing, name in new if (party, thing) not in needed}

    assert {*TOLD_OTHERWISE} == silent


async def test_nobody_is_asked_for_what_it_did_itself(happenings: list[Happened]) -> None:
    """Who is told of its own act is not told as if it were to act, but where it has proposed what it is yet to sign."""
    own = {
        (event_name(alert.type), alert.class_ == "action", alert.needs_you)
        for happened in happenings
        for envelope, alerts in happened.told
        for alert in alerts
        if alert.recipient == envelope.actor_party and (alert.class_ == "action" or alert.needs_you)
    }

    assert {(name, True, True) for name in STILL_TO_SIGN} == own


async def test_every_task_is_held_against_alerts(happenings: list[Happened]) -> None:
    """Whatever may wait for somebody comes to wait in something that happens here, and is over in another."""
    come, gone = set(), set()
    for happened in happenings:
        streams = {envelope.stream for envelope, _ in happened.told}
        before, after = await tasks(happened.before, streams), await tasks(happened.after, streams)
        come |= {name for _, _, name in after - before}
        gone |= {name for _, _, name in before - after}

    every = {awaited.name for waiting in WAITING_FOR.values() for awaited in waiting.awaited}
    assert every == come
    assert every == gone


async def waits(desk: Desk, alert: Alert) -> bool:
    """Tell whether what an alert is about waits for who is told, or for one that it controls, where it is linked to."""
    asked = Tasks(desk.handler, alert.recipient, NOW)
    for listed in await listed_of(desk, {alert.subject}):
        linked = alert.link in {link_to(listed.stream), TASKS, f"{TASKS_OF}{listed.party}"}
        if linked and listed.party in await asked.parties() and await asked.shown(listed):
            return True
    return False


async def is_active(desk: Desk, alert: Alert) -> bool:
    """Tell whether who is told may take part in what is new: where it may not, it can do nothing about that."""
    return bool((await desk.state(PARTY, alert.recipient)).status is not PartyStatus.INACTIVE)


# Who proposes has not signed or approved by that.
STILL_TO_SIGN: Final = {"AgreementProposed", "AmendmentProposed", "ProjectCreated"}
UNTRIED: Final[dict[tuple[str, str], str]] = {
    ("DeterminationAttestationDeemed", "who holds it"): "no history from outside has terms by which silence attests",
    (
        "OwnershipAcknowledged",
        "who holds it, of a `CONTEST` alone but who did it",
    ): "answers change nothing, so they are in no table of what happens; where it leads is tried below",
    ("DisputeLapsed", "the registrar that was asked"): "the ladders that have a clock at their end have no registrar",
    ("LogContinued", "the operators"): "nothing that anybody does",
}
_GIVEN_UP: Final = "what was given up is corrected no more"
_AGREED: Final = "has agreed already, and the event does not say who has"
# By the event and where: who is told that it waits, and can do nothing.
NOTHING_TO_DO: Final[dict[tuple[str, str], str]] = {
    **{
        ("ContributionContested", f"Contribution: {row} in {status}, of what was given up"): _GIVEN_UP
        for row in ("contested", "contested by another")
        for status in ("RECORDED", "PARTLY_ATTESTED")
    },
    **{
        ("AgreementRenewalAgreed", f"Agreement: renewed by another in {status}, to be renewed"): _AGREED
        for status in ("ACTIVE", "SUSPENDED")
    },
}
_LAST: Final = "the last word opens it, and the event does not say that it was the last"
_OWN: Final = "whoever began it may go on with it, once the others have said so"
_BY_TERMS: Final = "the terms say whether shares wait for it, and the event does not"
_JOINED: Final = "joined the agreement after it was declared"
# By the task and the events of one command: what waits for somebody whom no alert tells that it does.
TOLD_OTHERWISE: Final[dict[tuple[str, str], str]] = {
    ("ADOPT_SHARES", "DeterminationAttestationDeemed"): _LAST,
    ("ADOPT_SHARES", "DeterminationAttested"): _LAST,
    ("START_PROJECT", "ProjectApproved"): _LAST,
    ("TAKE_UP_OPPORTUNITY", "OpportunityReviewed"): _LAST,
    ("AGREE_TO_BACKGROUND", "BackgroundAgreed"): _JOINED,
    ("EXECUTE_TRANSFER", "TransferConsentGiven"): _OWN,
    ("EXECUTE_TRANSFER", "TransferConsentGiven, TransferConsented"): _OWN,
    ("GRANT_LICENCE", "LicenceConsentGiven"): _OWN,
    ("HEAR_CONTRIBUTOR", "ContributionAttested, ContributionConfirmed, InventionContributionCounted"): _BY_TERMS,
    ("ANSWER_CONTRIBUTOR", "ContributorContested"): _BY_TERMS,
    ("GRANT_LICENCE", "LicenceDrafted"): _OWN,
    ("ATTEST_CONTRIBUTION", "ContributionContested"): "whoever contests is asked from then on, and knows what it said",
}
