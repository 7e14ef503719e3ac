"""What waits for somebody is a task of it, and what can be done is said: held against all commands in all states."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import pytest
from litestar.routes import HTTPRoute

from services.agreements.acknowledgements.decisions import Acknowledge
from services.agreements.affiliations import decisions as affiliations
from services.agreements.affiliations import declarations
from services.agreements.app import ROUTES
from services.agreements.background.access import GiveUpAccess, RequestAccess
from services.agreements.background.decisions import (
    DeclareBackground,
    RestrictBackground,
    WithdrawBackground,
)
from services.agreements.commands import Command
from services.agreements.contracts import amendments, decisions, ending
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions import decisions as contributions
from services.agreements.contributions import voices
from services.agreements.disputes import decisions as disputes
from services.agreements.disputes import resolving
from services.agreements.indexing.listings import BY_ITSELF, LISTINGS
from services.agreements.inventions import decisions as inventions
from services.agreements.inventions import determinations
from services.agreements.inventions.model import INVENTION
from services.agreements.licences import decisions as licences
from services.agreements.notices.decisions import RecordNotice
from services.agreements.opportunities import decisions as opportunities
from services.agreements.participants import decisions as participants
from services.agreements.parties import decisions as parties
from services.agreements.people.handling import SeeToPeople
from services.agreements.progress import decisions as progress
from services.agreements.projects import decisions as projects
from services.agreements.responses import CommandResponses
from services.agreements.retirement import decisions as retirement
from services.agreements.scheduler.registry import ADVANCING
from services.agreements.tasks.asking import Around, Awaited
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.handling import Tasks, possible
from services.agreements.tasks.keeping import keys_of
from services.agreements.tasks.places import PLACES, act_of
from services.agreements.tasks.store import Listed
from services.agreements.tasks.views import TaskView
from services.agreements.tasks.ways import WAYS
from services.agreements.transfers import decisions as transfers
from services.agreements.transfers import executing
from shared.errors import Invalid
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Reader
from shared.log.latest import Latest
from shared.web.auth import Caller
from tests.agreements import desk as at
from tests.agreements.controls import period
from tests.agreements.desk import Desk
from tests.agreements.machine.table import Cell, Table, as_act
from tests.agreements.machine.tables import TABLES
from tests.docs.drawings import commands

THINGS: Final = {
    **{name: each.thing for name, each in LISTINGS.items()},
    **{name: thing for name, (thing, _) in BY_ITSELF.items()},
}
ADVANCED: Final = {each.aggregate.name: each for each in ADVANCING}
# Whom a state names, by its members.
NAMED: Final = ("parties", "named", "taking_part", "attesting_parties", "ends")
# In a person's place in a project the project's parties take no part.
OTHERS: Final = ("participant", "parties")
NOW: Final = datetime(2025, 6, 1, 4, tzinfo=UTC)
_DIRECTORY: Final = "operators and parties keep the directory"
_BEGINS: Final = "begins something that then waits for others"
_OWN: Final = "is about what is the party's own, and nobody waits for it"
_REPORTS: Final = "reports what has happened"
# Every command that answers nobody, and why nobody waits for it.
NO_TASK: Final[dict[type[Any], str]] = {
    parties.RegisterParty: _DIRECTORY,
    parties.VerifyParty: _DIRECTORY,
    parties.DeactivateParty: _DIRECTORY,
    parties.ReactivateParty: _DIRECTORY,
    parties.AppointRepresentative: _DIRECTORY,
    parties.RevokeRepresentative: _DIRECTORY,
    affiliations.DeclareAffiliation: _DIRECTORY,
    affiliations.EndAffiliation: _DIRECTORY,
    declarations.MakeDeclaration: _BEGINS,
    declarations.WithdrawDeclaration: _OWN,
    declarations.EndDeclaration: _OWN,
    SeeToPeople: _OWN,
    decisions.DraftAgreement: _BEGINS,
    decisions.SetTerms: "anybody may go on drafting, and nobody has to",
    decisions.ProposeAgreement: _BEGINS,
    decisions.ActivateAgreement: "happens by itself on its day",
    amendments.ProposeAmendment: _BEGINS,
    amendments.RetractAmendment: _OWN,
    ending.LeaveAgreement: _OWN,
    ending.SuspendAgreement: _BEGINS,
    ending.ResumeAgreement: _OWN,
    ending.TerminateAgreement: _BEGINS,
    DeclareBackground: _BEGINS,
    RestrictBackground: _OWN,
    WithdrawBackground: _OWN,
    RequestAccess: _BEGINS,
    GiveUpAccess: _OWN,
    opportunities.IdentifyOpportunity: _BEGINS,
    opportunities.ShareOpportunity: _BEGINS,
    projects.CreateProject: _BEGINS,
    projects.PauseProject: _REPORTS,
    projects.ResumeProject: _REPORTS,
    projects.CompleteProject: _REPORTS,
    progress.CommitResource: _REPORTS,
    progress.ReachMilestone: _REPORTS,
    progress.AcceptDeliverable: "no deliverable is handed over in a way that is recorded",
    progress.RecordScreening: _REPORTS,
    participants.EngageParticipant: _REPORTS,
    participants.RecordIpInstrument: _REPORTS,
    participants.RecordStudentConditions: _REPORTS,
    participants.LeaveProject: _REPORTS,
    contributions.RecordContribution: _BEGINS,
    voices.ConfirmAsContributor: "is said by the person named, by a link, and by no party",
    voices.ContestAsContributor: "is said by the person named, by a link, and by no party",
    inventions.DiscloseInvention: _BEGINS,
    inventions.DefineElements: "may be done by anybody, and anew",
    determinations.ProposeDetermination: _BEGINS,
    retirement.ProposeRetirement: _BEGINS,
    transfers.ProposeTransfer: _BEGINS,
    executing.RescindTransfer: _OWN,
    executing.FileRecordal: _REPORTS,
    executing.ConfirmRecordal: "an office answers, and whoever hears of it reports it",
    RecordNotice: "is said by whoever delivers",
    Acknowledge: "is said by systems, to whatever they get",
    disputes.OpenDispute: _BEGINS,
    disputes.WithdrawDispute: _OWN,
    resolving.ProposeResolution: _BEGINS,
    resolving.WithdrawResolution: _OWN,
    licences.DraftLicence: _BEGINS,
}


class Given(NamedTuple):
    """A situation of a table: the desk, and every command there with what comes of it."""

    table: Table
    name: str
    desk: Desk
    commands: list[tuple[str, Any, Cell]]

    @property
    def entity(self) -> str:
        return self.table.drawing.aggregate.name

    @property
    def stream(self) -> str:
        return self.table.drawing.aggregate.stream(self.table.thing)

    async def state(self) -> Any:
        return (await self.desk.handler.load(self.table.drawing.aggregate, self.stream)).state

    async def tasks(self, party: str) -> list[TaskView]:
        """Return what the thing asks of a party that the party can answer."""
        state = await self.state()
        if state is None or self.entity not in WAITING_FOR:
            return []
        waiting = WAITING_FOR[self.entity]
        assets = [await self.desk.state(INVENTION, asset) for asset in waiting.assets(state)]
        keys = sorted(keys_of(waiting, state, Around(assets)))
        tasks = Tasks(self.desk.handler, party, NOW)
        listed = [Listed.of(key, NOW, self.stream, state.agreement) for key in keys if key[0] == party]
        return [view for each in listed if (view := await tasks.shown(each))]

    async def can(self, person: str, party: str) -> tuple[str, ...]:
        reader = Reader(self.desk.handler, trusting=False)
        caller = Caller(person, party, frozenset({"representative"}))
        aggregate = self.table.drawing.aggregate
        return await possible(reader, caller, NOW, aggregate, self.table.thing, await self.state())

    def acts(self, command: Any) -> set[str]:
        """Return by what a command is named where it is done, whatever part of the thing it is about."""
        place = PLACES[self.entity]
        ways = [way for way in WAYS[self.entity] if _command_of(way.route) is type(command)]
        parts = {"no": "?", "access_id": "?", "determination": "?", "person": "?"}
        return {act_of(way.route, place, parts) for way in ways}


@pytest.fixture(scope="module")
async def situations() -> list[Given]:
    """Everything the tables know, but what happens to the directory of affiliations."""
    return [each async for each in _situations()]


async def _situations() -> AsyncIterator[Given]:
    for table in TABLES:
        if table.drawing.aggregate.name not in WAYS:
            continue
        for name, begin in table.situations.items():
            desk = await begin()
            found = []
            for (row, situation), cell in table.says.items():
                work = await as_act(table.rows[row][0])(desk)
                command = work.keywords.get("command") if isinstance(work, partial) else None
                if situation == name and isinstance(command, Command):
                    found.append((row, command, cell))
            yield Given(table, name, desk, found)


def test_every_command_answers_something_or_is_named_here() -> None:
    """A new command is a task of whoever is asked for it, or somebody says why nobody is."""
    answering = {_command_of(route) for each in _awaited() for route in each.answers}

    assert set() == answering & NO_TASK.keys()
    assert commands() == answering | NO_TASK.keys()


def test_tasks_have_names_of_their_own() -> None:
    """A portal tells them apart by these."""
    names = [each.name for each in _awaited()]

    assert sorted(set(names)) == sorted(names)


def test_whatever_is_done_with_a_thing_is_tried() -> None:
    """A new route under the address of a thing is among its ways, or nobody is told that it can be used."""
    tried = {way.route.fn for ways in WAYS.values() for way in ways}
    places = [f"{place.template}/" for place in PLACES.values()]
    done = {
        handler.fn
        for router in ROUTES
        for route in router.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if isinstance(handler.responses, CommandResponses) and any(route.path.startswith(place) for place in places)
    }

    assert len(done) > len(WAYS)
    assert done == tried


async def test_whatever_can_be_answered_is_a_task(situations: list[Given]) -> None:
    """Where an answer leads somewhere, it is among the tasks of whoever can give it, unless it has answered already."""
    missing = []
    for given in situations:
        answers = {_command_of(route) for each in _awaited(given.entity) for route in each.answers[:1]}
        for row, command, cell in given.commands:
            if isinstance(cell, str) and type(command) in answers:
                tasks = await given.tasks(command.by.party)
                offered = {_plain(answer.act) for task in tasks for answer in task.answers}
                if not offered & {_plain(act) for act in given.acts(command)}:
                    missing.append((given.entity, given.name.partition(",")[0], row))

    assert {*NOT_ASKED} == {*missing}


async def test_what_is_a_task_can_be_done(situations: list[Given]) -> None:
    """Nobody is asked for what it would be refused: each answer that is offered is among what the party can do."""
    asked = 0
    for given in situations:
        for party in ("HUT", "ATRC", "EGU", "NLN"):
            tasks = await given.tasks(party)
            if tasks:
                can = await given.can("ANYBODY", party)
                asked += len(tasks)
                assert {answer.act for task in tasks for answer in task.answers} <= {*can}, (given.entity, given.name)

    assert asked > 100


async def test_whatever_leads_somewhere_can_be_done(situations: list[Given]) -> None:
    """A command that is recorded is among what its giver can do, by the name of where it is done."""
    for given in situations:
        for row, command, cell in given.commands:
            acts = given.acts(command)
            known = await given.state() is not None and row not in LATER and not _confirms(given, row)
            if isinstance(cell, str) and acts and known:
                can = {_plain(act) for act in await given.can(command.by.person, command.by.party)}
                assert can & {_plain(act) for act in acts}, (given.entity, given.name, row, can)


async def test_what_is_refused_whatever_is_said_can_not_be_done(situations: list[Given]) -> None:
    """Where every form of a command is refused by how things stand, it is not offered."""
    offered = []
    for given in situations:
        by_act: dict[tuple[str, str, str], list[Cell]] = {}
        for _, command, cell in given.commands:
            for act in given.acts(command):
                by_act.setdefault((_plain(act), command.by.person, command.by.party), []).append(cell)
        if await given.state() is None:
            continue
        for (act, person, party), cells in by_act.items():
            # What is wrong with what was said can be said otherwise.
            refused = all(isinstance(cell, type) and not issubclass(cell, Invalid) for cell in cells)
            if refused and act in {_plain(each) for each in await given.can(person, party)}:
                offered.append((given.entity, given.name, act, party))

    assert [] == offered


async def test_when_a_last_day_is_over_nobody_owes_anything(situations: list[Given]) -> None:
    """Time does on the day after what comes of silence; where nothing does, silence has let pass what was announced.

    So of no task anybody is late, and nobody is reminded of a day that is over. A new one of which that is not so fails
    here: whoever is asked then, and to whom it is owed, has to hear of it (docs/decisions/0057).
    """
    by_time, passing = set[tuple[str, str]](), set[tuple[str, str]]()
    for given in situations:
        state = await given.state()
        if state is None or given.entity not in WAITING_FOR:
            continue
        waiting, latest = WAITING_FOR[given.entity], Latest(given.desk.handler, {})
        advancing = ADVANCED.get(given.entity)
        state = await advancing.on_notice(latest, state) if advancing else state
        assets = [await given.desk.state(INVENTION, asset) for asset in waiting.assets(state)]
        terms = None if state.agreement == NO_AGREEMENT else (await given.desk.state(AGREEMENT, "MOU")).standing.terms
        for awaited in waiting.awaited:
            for ask in awaited.asks(state, Around(assets, terms)):
                if ask.due_on is None:
                    continue
                assert ask.silence != "NOTHING", (given.entity, given.name, awaited.name)
                acts_on = advancing.next_due(state) if advancing else None
                if acts_on is not None and acts_on <= ask.due_on + timedelta(days=1):
                    by_time.add((given.entity, awaited.name))
                else:
                    assert "PASSES" == ask.silence, (given.entity, given.name, awaited.name)
                    passing.add((given.entity, awaited.name))

    assert {("transfer", "CONSENT_TO_TRANSFER")} == passing - {("licence", "CONSENT_TO_LICENCE")}
    assert {name for _, name in by_time} == BY_TIME


async def test_whoever_is_asked_or_named_is_found_in_the_list(situations: list[Given]) -> None:
    """A list is searched by everybody who takes part in a thing, or is asked about it by its state."""
    missing, asked = set(), 0
    for given in situations:
        state = await given.state()
        found = THINGS[given.entity].found_by(state, NOW.date()) if state and given.entity in THINGS else {}
        if "party" not in found:
            continue
        asking = WAITING_FOR.get(given.entity)
        waiting = {key[0] for key in keys_of(asking, state, Around())} if asking else set()
        named = {each for name in NAMED if (given.entity, name) != OTHERS for each in getattr(state, name, ())}
        asked += len(waiting)
        missing |= {(given.entity, given.name, each) for each in waiting | named if each not in found["party"]}

    assert asked > 100
    assert set() == missing


async def test_the_last_day_there_is_keeps_nobody_from_reading() -> None:
    """What is made up to try something with may lie beyond the calendar, and then is something else."""
    desk = await at.an_agreement(period=period(date(2024, 2, 1), date.max))
    state = await desk.state(AGREEMENT, "MOU")
    caller = Caller("HUT-REP", "HUT", frozenset({"representative"}))

    assert "suspend" in await possible(Reader(desk.handler, trusting=False), caller, NOW, AGREEMENT, "MOU", state)


def _confirms(given: Given, row: str) -> bool:
    """Tell whether a row lays down the outcome that is laid down: that is to confirm it, which is said by its name."""
    return (given.entity, row) == ("dispute", "decided by a court") and "decided elsewhere" in given.name


def _plain(act: str) -> str:
    """Return an act without the names of parts in it."""
    return "/".join(each for each in act.split("/") if each == each.lower() and each[0].isalpha())


def _awaited(entity: str | None = None) -> list[Awaited]:
    return [each for name, waiting in WAITING_FOR.items() for each in waiting.awaited if entity in {None, name}]


def _command_of(route: Any) -> type[Any]:
    assert isinstance(route.responses, CommandResponses)
    return route.responses.command


# What has a last day, after which time does something by itself.
BY_TIME: Final = {
    *("CONFIRM_AFFILIATION", "SIGN_AMENDMENT", "RENEW_AGREEMENT", "REVIEW_OPPORTUNITY", "TAKE_UP_OPPORTUNITY"),
    *("ATTEST_CONTRIBUTION", "ATTEST_SHARES", "CONSENT_TO_RETIREMENT", "CONSENT_TO_TRANSFER", "ANSWER_DISPUTE"),
    # Of what one side laid down, once nobody may object any more.
    "CONFIRM_OUTCOME",
}
# Said on a later day than the others.
LATER: Final = {"refused later", "executed later"}
# What may be said as well, and is not waited for: by the status of the thing and the row of its table.
NOT_ASKED: Final[dict[tuple[str, str, str], str]] = {
    **{
        ("agreement", status, row): "nobody has agreed to a longer term yet: it begins one"
        for status in ("ACTIVE", "SUSPENDED")
        for row in ("renewed", "renewed by another")
    },
    **{
        ("contribution", status, "corrected"): "nobody contests it"
        for status in ("RECORDED", "PARTLY_ATTESTED", "CONFIRMED", "RESOLVED")
    },
    **{
        ("background", status, f"agreed{by}"): "has said so already, or has joined since"
        for status, by in (
            ("CONTESTED", ""),
            ("CONTESTED", " by a third"),
            ("CONTESTED", " by a fourth"),
            ("AGREED", " by a third"),
            ("AGREED", " by a fourth"),
            ("WITHDRAWN", ""),
        )
    },
    ("opportunity", "SHARED", "supported by whoever saw it"): "by showing it to others it has said so",
    ("opportunity", "UNDER_REVIEW", "supported by whoever saw it"): "by showing it to others it has said so",
    ("opportunity", "UNDER_REVIEW", "doubted"): "has said otherwise already",
    ("opportunity", "UNDER_REVIEW", "supported"): "has said otherwise already",
    ("contribution", "CONTESTED", "attested"): "has contested it",
    ("contribution", "CONTESTED", "attested by another"): "has contested it",
    ("invention", "UNDER_DETERMINATION", "shares attested"): "its silence has attested them",
    ("transfer", "CONSENTED", "consented"): "its silence has consented",
    ("transfer", "PROPOSED", "executed later"): "not today",
    ("transfer", "CONSENTED", "executed later"): "not today",
    ("licence", "DRAFT", "consented"): "neither holds nor licenses any of it",
}
