"""Registering a party."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from services.agreements.errors import IdentifierTaken
from services.agreements.parties.decisions import register_party
from services.agreements.parties.errors import PartyIdDiffersInCase
from services.agreements.parties.handling import namesake_of
from services.agreements.parties.model import PARTY
from shared.events.party import PartyRegistered
from shared.log.context import CommandContext
from shared.log.handle import Decided, Handler, Outcome, Reader, Work
from shared.log.postgres import PostgresEventStore
from shared.testing import MigratedDatabase
from tests.agreements.controls import registering
from tests.agreements.desk import Desk, registered
from tests.told import refuses


def test_an_organisation_is_registered():
    """What the operator says of an organisation is what is recorded of it."""
    (event,) = register_party(None, registering(ror="https://ror.org/03yrm5c26"))

    assert isinstance(event, PartyRegistered)
    assert ("HUT", "https://ror.org/03yrm5c26") == (event.party, event.ror)


def test_a_taken_id_is_refused():
    """One id names one organisation."""
    known = PARTY.fold(None, register_party(None, registering()))

    with refuses(IdentifierTaken):
        register_party(known, registering(legal_name="Another university"))


def test_an_id_that_differs_in_case_alone_is_refused_when_new():
    """Nobody should have to tell HUT from Hut; whoever was registered so before stays so."""
    known = PARTY.fold(None, register_party(None, registering()))

    with refuses(PartyIdDiffersInCase) as refused:
        register_party(None, registering(party="Hut"), namesake="HUT")
    assert ("HUT", "Hut") == (refused.value.expected, refused.value.got)
    assert () == register_party(known, registering(), namesake="Hut")


async def test_a_namesake_is_found_among_all_parties():
    """Whatever the order of registration, and nobody is its own."""
    desk = Desk()
    for party in ("A", "HUT", "Z"):
        await desk.does(registered(party=party))

    assert ["HUT", "HUT", None, None] == [
        await namesake_of(desk.store, party) for party in ("hut", "Hut", "HUT", "HUT-2")
    ]


def test_registering_it_again_changes_nothing():
    """The same organisation, sent twice, is registered once."""
    known = PARTY.fold(None, register_party(None, registering()))

    assert () == register_party(known, registering())


async def test_of_two_organisations_that_want_one_id_one_gets_it():
    """Two registrations at once cannot both have the id."""
    desk = Desk()

    with refuses(IdentifierTaken):
        await desk.interrupted(registered(legal_name="Late university"), meanwhile=registered())
    assert ["PartyRegistered"] == await desk.names("party:HUT")


@asynccontextmanager
async def two_processes(database: MigratedDatabase) -> AsyncIterator[tuple[Handler, Handler]]:
    """Two that know nothing of each other but what is in one log."""
    async with (
        PostgresEventStore.open(database.dsn, password=database.password) as one,
        PostgresEventStore.open(database.dsn, password=database.password) as other,
    ):
        yield Handler(one), Handler(other)


async def does(handler: Handler, work: Work) -> Outcome:
    context = CommandContext(actor="OP", actor_party=None, now=datetime.now(UTC), correlation_id="race")
    return await handler.handle(work, context, represent=lambda *_: b"{}")


async def test_of_two_processes_that_register_what_differs_in_case_one_does(log_database: MigratedDatabase):
    """Whoever looked before the other had recorded is refused by name all the same, and those beside it are not."""
    async with two_processes(log_database) as (here, there):
        waiting = [registered("HUT")]

        async def late(reader: Reader) -> Decided:
            decided = await registered("Hut")(reader)
            if waiting:
                await does(there, waiting.pop())
            return decided

        with pytest.raises(PartyIdDiffersInCase) as refused:
            await does(here, late)
        beside = await asyncio.gather(*(does(here, registered(f"P-{each}")) for each in range(5)))

    assert ("HUT", "Hut") == (refused.value.expected, refused.value.got)
    assert all(outcome.position for outcome in beside)


async def test_ids_that_differ_in_case_are_raced(log_database: MigratedDatabase):
    """Over and over: each time exactly one of them is registered, and whatever shares its batch is, too."""
    async with two_processes(log_database) as (here, there):
        for each in range(20):
            racing = [(here, f"Race-{each}"), (there, f"RACE-{each}"), (here, f"race-{each}"), (here, f"OTHER-{each}")]
            came = await asyncio.gather(
                *(does(handler, registered(party)) for handler, party in racing), return_exceptions=True
            )

            assert [Outcome] + 2 * [PartyIdDiffersInCase] == sorted(map(type, came[:3]), key=lambda kind: kind.__name__)
            assert isinstance(came[3], Outcome)
