"""The index of lists: kept by following the log, made anew from it, and never answered from while it is far behind."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import pytest

from services.agreements.finding import MOST_LOOKED_AT, list_under
from services.agreements.headings import EVERYBODY, Heading, ListsBehind, Located
from services.agreements.indexing.keeping import IndexKeeper
from services.agreements.indexing.store import MOST_BEHIND, ListIndex
from services.agreements.parties.errors import PartyNotFound
from services.agreements.parties.model import Party
from services.agreements.parties.views import PARTIES
from services.agreements.requests import ListRequest
from services.agreements.scheduler.store import DueStore
from shared.log.handle import Handler, Reader
from shared.log.memory import MemoryEventStore
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from shared.web.auth import Caller
from shared.web.pages import PageRequest
from tests.agreements.test_lists import behind, rows
from tests.log.controls import an_append

HEADINGS: Final = "SELECT * FROM heading ORDER BY entity, scope, name, value, position"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Known:
    """An index of things that are named here, and of none that anything happened to since."""

    def __init__(self, things: int) -> None:
        self.things = [Located(number, f"party:P-{number}") for number in range(1, things + 1)]

    async def touched(self, entity: str, *, agreements: Sequence[str] | None) -> list[Located]:
        return []

    async def under(self, entity: str, headings: Any, *, after: int, limit: int) -> list[Located]:
        return [each for each in self.things if each.position > after][:limit]


async def test_a_page_looks_at_so_many_things_and_no_more():
    """Whoever may see none of very many is answered as soon as whoever sees them all, and told where to go on."""
    looked_at: list[str] = []

    async def unseen(_reader: Reader, identifier: str) -> Party:
        looked_at.append(identifier)
        raise PartyNotFound(party=identifier)

    after, pages = None, 0
    while pages == 0 or after is not None:
        page = PageRequest("/v1/parties", (), 50, after)
        asked = ListRequest(Handler(MemoryEventStore()), Caller("REP", "HUT"), page, Known(1_000), NOW)
        answer = await list_under(asked, PARTIES, [Heading(EVERYBODY)], unseen, {})
        pages += 1
        assert [] == answer.content.items
        assert len(looked_at) <= pages * MOST_LOOKED_AT
        after = None if answer.content.next is None else (int(looked_at[-1].removeprefix("P-")),)

    assert (3, [f"P-{number}" for number in range(1, 1_001)]) == (pages, looked_at)


async def test_what_is_far_behind_is_not_answered_from(log_database: MigratedDatabase):
    """What would leave out things recorded long ago is refused instead; what is a little behind is looked at."""
    async with (
        PostgresEventStore.open(log_database.dsn, password=log_database.password) as log,
        log_database.reached(LogUnavailable).pool(most=1) as pool,
    ):
        index = ListIndex(pool)
        await asyncio.gather(*(log.append(an_append(f"jar:{number}", 1)) for number in range(MOST_BEHIND)))
        touched = await index.touched("jar", agreements=None)
        assert MOST_BEHIND == len(touched)
        assert {*range(1, MOST_BEHIND + 1)} == {each.position for each in touched}
        await log.append(an_append("jar:0", 2))

        with pytest.raises(ListsBehind):
            await index.touched("jar", agreements=None)


async def test_a_list_that_was_lost_is_made_anew(determined_invention: str, log_database: MigratedDatabase):
    """Emptied and followed from the start again it is what it was, whatever it was kept by in between."""
    await wait_until(lambda: behind(log_database) == 0, 10, "all of it is in the index")
    before = rows(log_database, HEADINGS)
    with psycopg.connect(log_database.owner_dsn, password=log_database.owner_password) as owner:
        owner.execute("DELETE FROM heading")
        owner.execute("UPDATE heading_progress SET rules = 'others'")
    connection = await log_database.reached(LogUnavailable).connect()
    try:
        async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
            store = DueStore(connection)
            keeper = IndexKeeper(Handler(log), store.index, store)
            await keeper.resume()
            await keeper.follow(store.touched)
    finally:
        connection.terminate()

    assert before
    assert before == rows(log_database, HEADINGS)
