"""Reminders reach inboxes once each, whatever is asked again, moved or started anew."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.consumer import Alerting
from services.notifications.errors import DeadlinesUnavailable
from services.notifications.inbox.store import Inbox
from services.notifications.reminders.model import TYPE, Deadline
from services.notifications.reminders.reminding import DeadlinePage, Reminding
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

    async def feed(self, cursor: str | None) -> DeadlinePage:
        if self.silent:
            raise DeadlinesUnavailable(reason="silent")
        start = int(cursor or 0)
        listed = [self._told(stream, *due) for stream, due in sorted(self.deadlines.items())]
        return DeadlinePage(tuple(listed[start : start + 2]), str(start + 2) if start + 2 < len(listed) else None)

    def _told(self, stream: str, last_day: date, asked: tuple[str, ...]) -> Deadline:
        now = datetime.combine(self.today, datetime.min.time(), UTC)
        return Deadline(
            stream=stream,
            agreement="AGR-1",
            last_day=last_day,
            told_at=datetime(2024, 1, 15, tzinfo=UTC),
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
        yield Reminding(store, agreements.feed)


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
        await Reminding(store, agreements.feed).look()

    assert [("contribution:C1", LAST_DAY)] == await reminded(inbox, "ATRC")


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
            await Reminding(store, agreements.feed, writes=True).look()

    assert ["ATRC-1"] == [row["person"] for row in await pool.fetch("SELECT person FROM delivery")]
