"""A log in which contributions can be recorded: an active agreement, a started project, a disclosed invention."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from services.agreements.contracts import decisions as contracts
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions import handling
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.views import CONTRIBUTIONS
from services.agreements.inventions.model import INVENTION
from services.agreements.participants.model import PARTICIPANT, participant_id
from services.agreements.parties import decisions as parties
from services.agreements.parties.model import PARTY
from services.agreements.projects import decisions as projects
from services.agreements.projects.model import PROJECT
from shared.events.contribution import ContributionRecorded
from shared.events.registry import Event
from shared.ids import new_id
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.handle import Change, Decided, Handler, Reader
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase, Servers
from tests.agreements import controls

S = TypeVar("S", bound=msgspec.Struct)

CONTEXT = CommandContext(
    actor=controls.HUT.person,
    actor_party=controls.HUT.party,
    now=datetime(2025, 6, 1, 9, 30, tzinfo=UTC),
    correlation_id="benchmark",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)
REPRESENT = CONTRIBUTIONS.represent
CONTENT: dict[str, Any] = {
    "agreement": "MOU",
    "project": "PRJ",
    "invention": "INV",
    "element": "E1",
    "contributor": "HUT-SE",
    "kind": "INVENTIVE",
    "credit_roles": (),
    "points": "7/1",
    "conceived_on": controls.CONCEIVED,
    "description_hash": controls.DIGEST,
    "evidence": (),
    "content_hash": controls.OTHER_DIGEST,
    "recorded_by_party": "HUT",
    "recorded_by": "HUT-REP",
    "attesting_parties": ("ATRC",),
}


async def seed(handler: Handler) -> None:
    """Record everything that a contribution builds on."""
    signed = controls.signed()
    active = contracts.activate_agreement(controls.agreement(signed), controls.activating())
    approved = controls.approved()
    started = projects.start_project(controls.project(approved), controls.starting())
    await _record(handler, PARTY, "HUT", parties.register_party(None, controls.registering()))
    await _record(handler, AGREEMENT, "MOU", (*signed, *active))
    await _record(handler, PROJECT, "PRJ", (*approved, *started))
    await _record(handler, PARTICIPANT, participant_id("PRJ", "HUT-SE"), controls.engaged())
    await _record(handler, INVENTION, "INV", controls.described())


@asynccontextmanager
async def seeded(servers: Servers) -> AsyncIterator[tuple[Handler, MigratedDatabase]]:
    """Give a handler over a fresh database in which that is recorded, and the database."""
    database = servers.create("agreements")
    async with PostgresEventStore.open(database.dsn, password=database.password) as store:
        handler = Handler(store)
        await seed(handler)
        yield handler, database
    servers.drop(database)


async def append_contribution(handler: Handler) -> None:
    """Record one contribution without the domain's checks: what the library does when it saves a new aggregate.

    It reads a project and an agreement, both warm, which therefore guard the append.
    """
    contribution = new_id("ctb")

    async def work(reader: Reader) -> Decided:
        await reader(PROJECT, "PRJ")
        await reader(AGREEMENT, "MOU")
        await reader.new(CONTRIBUTION, contribution)
        event = ContributionRecorded(contribution=contribution, **CONTENT)
        return Decided("MOU", (Change(CONTRIBUTION, contribution, (event,), controls.CONCEIVED),))

    await handler.handle(work, CONTEXT, represent=lambda _state, version: b'{"version":%d}' % version)


async def record_contribution(handler: Handler) -> str:
    """Record one contribution as its route does, with every rule, and return its id."""
    contribution = new_id("ctb")
    command = controls.recording(contribution=contribution)
    await handler.handle(partial(handling.record, command=command), CONTEXT, represent=REPRESENT)
    return contribution


async def correct_contribution(handler: Handler, contribution: str, number: int) -> None:
    """Correct a contribution as its route does: one more event in its stream."""
    command = controls.correcting(points=f"{number + 2}/1")
    work = partial(handling.correct, contribution=contribution, command=command)
    await handler.handle(work, CONTEXT, represent=REPRESENT, target=CONTRIBUTION.stream(contribution))


async def _record(handler: Handler, aggregate: Aggregate[S], identifier: str, events: tuple[Event, ...]) -> None:
    async def work(reader: Reader) -> Decided:
        await reader.find(aggregate, identifier)
        return Decided("MOU", (Change(aggregate, identifier, events, controls.CONCEIVED),))

    await handler.handle(work, CONTEXT, represent=lambda _state, _version: b"")
