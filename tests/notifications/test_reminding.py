"""Reminders reach inboxes once each, whatever is asked again, moved or started anew."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, get

from services.notifications.consumer import Alerting
from services.notifications.errors import DeadlinesUnavailable
from services.notifications.inbox.store import Inbox
from services.notifications.looking import Today
from services.notifications.reminders.model import TYPE, Deadline
from services.notifications.reminders.reminding import DeadlinePage, Reminding, deadlines_from
from services.notifications.store import REMINDER_LOCK, sole_writer
from shared.database import Database, Pool
from tests.notifications.controls import activated, drafted, published, said
from tests.notifications.mail.test_recipients import appointed

LAST_DAY = date(2024, 6, 30)


class Agreements:
    """A list of deadlines, as agreements tell it: a few to a page, by the day that it is there."""

    def __init__(self) -> None:
        self.today = LAST_DAY - timedelta(days=40)
        self.deadlines: dict[str, tuple[date, tuple[str, ...]]] = {}
        self.silent = False
        self.told: dict[str, date] = {}

    async def feed(self, cursor: str | None) -> DeadlinePage:
        if self.silent:
            raise DeadlinesUnavailable(reason="silent")
        start = int(cursor or 0)
        listed = [self._told(stream, *due) for stream, due in sorted(self.deadlines.items())]
        return DeadlinePage(tuple(listed[start : start + 2]), str(start + 2) if start + 2 < len(listed) else None)

    async def now(self) -> Today:
        return Today(self.today, datetime.combine(self.today, datetime.min.time(), UTC))

    def _told(self, stream: str, last_day: date, asked: tuple[str, ...]) -> Deadline:
        now = datetime.combine(self.today, datetime.min.time(), UTC)
        return Deadline(
            stream=stream,
            agreement="AGR-1",
            last_day=last_day,
            told_at=datetime.combine(self.told.get(stream, date(2024, 1, 15)), datetime.min.time(), UTC),
            asked=asked,
            today=self.today,
            as_of=now,
        )


@pytest.fixture
def agreements() -> Agreements:
    return Agreements()


@pytest.fixture
async def reminding(database: Database, agreements: Agreements, alerting: Alerting) -> AsyncIterator[Reminding]:
    """What reminds, where the parties of an agreement are known."""
    await alerting.take(published([said(drafted()), said(activated())]))
    async with sole_writer(database, lock=REMINDER_LOCK) as store:
        yield Reminding(store, agreements.feed, agreements.now)


async def reminded(inbox: Inbox, party: str) -> Sequence[tuple[str, date | None]]:
    alerts = await inbox.after(party, 0, limit=1000)
    assert list(range(1, len(alerts) + 1)) == [alert.sequence for alert in alerts]
    return [(alert.subject, alert.due_on) for alert in alerts if alert.type == TYPE]


async def test_each_day_brings_its_own_once(reminding: Reminding, agreements: Agreements, inbox: Inbox):
    """Thirty, seven and one day before; looked at as often as one likes."""
    agreements.deadlines["contribution:C1"] = (LAST_DAY, ("ATRC",))
    counts = []
    for left in (31, 30, 30, 12, 7, 6, 1, 0):
        agreements.today = LAST_DAY - timedelta(days=left)
        await reminding.look()
        counts.append(len(await reminded(inbox, "ATRC")))

    assert [0, 1, 1, 1, 2, 2, 3, 3] == counts
    assert [] == await reminded(inbox, "HUT")


async def test_a_process_that_begins_anew_repeats_none(
    reminding: Reminding, agreements: Agreements, database: Database, inbox: Inbox
):
    """What was given is in the inboxes, and nowhere else."""
    agreements.deadlines["contribution:C1"] = (LAST_DAY, ("ATRC",))
    agreements.today = LAST_DAY - timedelta(days=7)
    await reminding.look()
    async with sole_writer(database, lock=REMINDER_LOCK + 100) as store:
        await Reminding(store, agreements.feed, agreements.now).look()

    assert [("contribution:C1", LAST_DAY)] == await reminded(inbox, "ATRC")


@pytest.mark.parametrize("days", [-3, 3])
async def test_a_deadline_that_moves_is_reminded_of_by_its_new_day(
    reminding: Reminding, agreements: Agreements, inbox: Inbox, days: int
):
    """Earlier or later: who was told of the move that day is reminded next, and nobody of the day that is none."""
    agreements.deadlines["agreement:AGR-1"] = (LAST_DAY, ())
    agreements.today = LAST_DAY - timedelta(days=30)
    await reminding.look()
    agreements.today = LAST_DAY - timedelta(days=8)
    moved = LAST_DAY + timedelta(days=days)
    agreements.deadlines["agreement:AGR-1"] = (moved, ())
    agreements.told["agreement:AGR-1"] = agreements.today
    for left in range(8, -6, -1):
        agreements.today = LAST_DAY - timedelta(days=left)
        if agreements.today > moved:
            agreements.deadlines.clear()
        await reminding.look()

    # Told of it eight days before the old day: within the last seven before the earlier one, and not of the later.
    expected = [moved, moved] if days > 0 else [moved]
    assert [LAST_DAY, *expected] == [due_on for _, due_on in await reminded(inbox, "HUT")]


async def test_a_deadline_that_moves_reminds_anew(reminding: Reminding, agreements: Agreements, inbox: Inbox):
    """The same day: what moved it made another deadline of it."""
    agreements.today = LAST_DAY - timedelta(days=7)
    agreements.deadlines["agreement:AGR-1"] = (LAST_DAY, ())
    await reminding.look()
    moved = LAST_DAY + timedelta(days=20)
    agreements.deadlines["agreement:AGR-1"] = (moved, ())
    await reminding.look()

    assert [("agreement:AGR-1", LAST_DAY), ("agreement:AGR-1", moved)] == await reminded(inbox, "HUT")


async def test_however_many_there_are_none_is_passed_over(reminding: Reminding, agreements: Agreements, inbox: Inbox):
    """A new day has all pages read."""
    streams = [f"contribution:C{number}" for number in range(7)]
    agreements.deadlines |= dict.fromkeys(streams, (LAST_DAY, ("ATRC", "HUT")))
    agreements.today = LAST_DAY - timedelta(days=30)
    await reminding.look()

    assert streams == [stream for stream, _ in await reminded(inbox, "ATRC")]
    assert streams == [stream for stream, _ in await reminded(inbox, "HUT")]


async def test_both_lists_of_agreements_are_read_to_their_ends(
    database: Database, alerting: Alerting, agreements: Agreements, inbox: Inbox
):
    """What is due, and what is announced: also where nothing is due, and a new day has both read anew."""
    await alerting.take(published([said(drafted()), said(activated())]))
    asked: list[tuple[str, str | None]] = []
    due: list[list[str]] = [[]]
    announced: list[list[str]] = [["licence:LIC-1"], [], ["licence:LIC-2"]]

    def page_of(pages: list[list[str]], request: Request[Any, Any, Any]) -> Response[bytes]:
        cursor = request.query_params.get("cursor")
        asked.append((request.url.path, cursor))
        number = int(cursor or 0)
        found = tuple(agreements._told(stream, LAST_DAY, ("ATRC",)) for stream in pages[number])
        page = DeadlinePage(found, str(number + 1) if number + 1 < len(pages) else None)
        return Response(msgspec.json.encode(page), media_type="application/json")

    @get("/v1/deadlines", sync_to_thread=False)
    def list_due(request: Request[Any, Any, Any]) -> Response[bytes]:
        return page_of(due, request)

    @get("/v1/deadlines/announced", sync_to_thread=False)
    def list_announced(request: Request[Any, Any, Any]) -> Response[bytes]:
        return page_of(announced, request)

    transport = httpx.ASGITransport(Litestar([list_due, list_announced]))  # type: ignore[arg-type]  # two libraries' words
    async with sole_writer(database, lock=REMINDER_LOCK) as store, httpx.AsyncClient(transport=transport) as http:
        reminding = Reminding(store, deadlines_from(http, "http://agreements", "token"), agreements.now)
        for left in (31, 31, 30):
            agreements.today = LAST_DAY - timedelta(days=left)
            await reminding.look()

    whole = [("/v1/deadlines", None), *(("/v1/deadlines/announced", cursor) for cursor in (None, "1", "2"))]
    assert [*whole, whole[0], *whole] == asked
    assert ["licence:LIC-1", "licence:LIC-2"] == [stream for stream, _ in await reminded(inbox, "ATRC")]


async def test_while_the_log_is_learned_again_nobody_is_reminded(
    reminding: Reminding, agreements: Agreements, owner: Pool, inbox: Inbox
):
    """Who has left since is not known then; the day is made up for."""
    agreements.deadlines["agreement:AGR-1"] = (LAST_DAY, ())
    agreements.today = LAST_DAY - timedelta(days=7)
    await owner.fetch("UPDATE progress SET remembered = 1")
    await reminding.look()
    before = await reminded(inbox, "HUT")
    await owner.fetch("UPDATE progress SET remembered = position")
    await reminding.look()

    assert ([], [("agreement:AGR-1", LAST_DAY)]) == (before, await reminded(inbox, "HUT"))


async def test_while_nobody_answers_nothing_is_lost(reminding: Reminding, agreements: Agreements, inbox: Inbox):
    """The day is made up for."""
    agreements.deadlines["contribution:C1"] = (LAST_DAY, ("ATRC",))
    agreements.today, agreements.silent = LAST_DAY - timedelta(days=7), True
    with pytest.raises(DeadlinesUnavailable):
        await reminding.look()
    agreements.today, agreements.silent = LAST_DAY - timedelta(days=5), False
    await reminding.look()

    assert [("contribution:C1", LAST_DAY)] == await reminded(inbox, "ATRC")


async def test_whoever_is_reminded_is_written_to(
    reminding: Reminding, agreements: Agreements, alerting: Alerting, database: Database, pool: Pool
):
    """Where letters are sent at all: those who may act for the party, once for each reminder."""
    await alerting.take(published([said(drafted()), said(activated()), said(appointed("ATRC", "ATRC-1", "ATTEST"))]))
    agreements.deadlines["contribution:C1"] = (LAST_DAY, ("ATRC",))
    agreements.today = LAST_DAY - timedelta(days=7)
    async with sole_writer(database, lock=REMINDER_LOCK + 100) as store:
        for _ in range(2):
            await Reminding(store, agreements.feed, agreements.now, writes=True).look()

    assert ["ATRC-1"] == [row["person"] for row in await pool.fetch("SELECT person FROM delivery")]
