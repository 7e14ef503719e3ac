"""What the one alerting process knows without asking: what the tables say, until somebody may have changed them."""

import pytest

from services.notifications.alerts import needed
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import ProgressMoved
from services.notifications.feeds.writing import needed_to_feed
from services.notifications.going_back import go_back
from services.notifications.kept import Kept
from services.notifications.meaning import tell
from services.notifications.remembered import State
from services.notifications.store import AlertStore, sole_writer
from shared.database import Database, Pool
from shared.errors import Unavailable
from shared.log.envelope import decode
from shared.testing import MigratedDatabase
from tests.notifications.controls import published
from tests.notifications.feeds.test_feeds import recorded
from tests.notifications.test_consumer import history
from tests.notifications.test_going_back import BEGINNING, asked

AGREEMENT = "agreement:AGR-1"


class Away(Unavailable):
    """The database does not answer."""


async def the_tables_say_the_same(alerting: Alerting, pool: Pool) -> None:
    store, kept = alerting._store, alerting._kept
    names = [row["name"] for row in await pool.fetch("SELECT name FROM remembered")]
    heads = await store.heads(None)
    assert names
    assert heads
    assert await store.remembered(names) == await kept.remembered(names)
    assert heads == await kept.heads([*heads, "P-NOBODY"])


@pytest.mark.parametrize("at_once", [1, 2, 7])
async def test_what_is_kept_is_what_the_tables_say(alerting: Alerting, pool: Pool, at_once: int):
    """After each batch, however many events are in it."""
    messages = history()
    for first in range(0, len(messages), at_once):
        await alerting.take(messages[first : first + at_once])

        await the_tables_say_the_same(alerting, pool)


@pytest.mark.parametrize("number", range(6))
async def test_of_what_begins_nothing_is_remembered(number: int):
    """So nobody is asked for it: its first event is the first that says anything under its name."""
    states: dict[str, State] = {}
    begun = set[str]()
    for message in await recorded(number):
        envelope = decode(message.body)
        if envelope.version == 1:
            begun.add(envelope.stream)
            assert envelope.stream not in states
        states |= tell([(message.position, envelope)], states, {*needed(envelope), *needed_to_feed(envelope)})[1]

    assert len(begun & states.keys()) > 3, "of what begins much is remembered from then on"


async def test_what_is_kept_is_not_asked_for_again(alerting: Alerting, database: Database, owner: Pool):
    """Neither what there is nor what there is not; until all of it is forgotten."""
    await alerting.take(history())
    async with database.connected() as connection:
        kept = Kept(AlertStore(connection))
        states, heads = await kept.remembered([AGREEMENT, "nothing"]), await kept.heads(["HUT", "P-NOBODY"])
        assert ([AGREEMENT], ["HUT"]) == ([*states], [*heads])

        await owner.fetch("DELETE FROM remembered")
        await owner.fetch("UPDATE feed SET number = number + 1")
        assert states == await kept.remembered([AGREEMENT, "nothing"])
        assert heads == await kept.heads(["HUT", "P-NOBODY"])

        kept.forget()
        assert {} == await kept.remembered([AGREEMENT, "nothing"])
        assert heads != await kept.heads(["HUT", "P-NOBODY"])


async def test_no_more_is_kept_than_there_is_room_for(alerting: Alerting, database: Database):
    """It is asked for again then."""
    await alerting.take(history())
    async with database.connected() as connection:
        kept = Kept(AlertStore(connection), most=1)
        before = await kept.remembered([AGREEMENT, "nothing"])
        assert 2 == len(kept._states)

        kept.make_room()
        assert 0 == len(kept._states)
        assert before == await kept.remembered([AGREEMENT, "nothing"])


async def test_whoever_alerts_while_somebody_goes_back_writes_nothing_by_what_it_knew(
    alerting: Alerting, pool: Pool, notifications_database: MigratedDatabase, metrics: ConsumerMetrics
):
    """Its batch is refused whole; resumed, it knows what the tables say now."""
    before, further = published([*BEGINNING, asked("ATRC")]), published([*BEGINNING, asked("HUT"), asked("ATRC")])
    await alerting.take(before)
    async with notifications_database.reached_by_owner(Away).connected() as connection:
        await go_back(connection, len(BEGINNING))

    with pytest.raises(ProgressMoved):
        await alerting.take(further[len(before) :])
    assert 0 == await alerting.resume()
    await alerting.take(further)

    await the_tables_say_the_same(alerting, pool)
    entries = await pool.fetch("SELECT party, number FROM feed_entry ORDER BY party, number")
    for party, head in (await alerting._store.heads(None)).items():
        assert [*range(1, head.number + 1)] == [row["number"] for row in entries if row["party"] == party]


async def test_a_batch_that_fails_leaves_nothing_known(database: Database, metrics: ConsumerMetrics, pool: Pool):
    """Whether it was written before its connection was lost, nobody can say."""
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics)
        await alerting.resume()
        await alerting.take(history()[:3])
        await pool.fetch("SELECT pg_terminate_backend($1)", store.connection.get_server_pid())

        with pytest.raises(Unavailable):
            await alerting.take(history()[3:4])
        assert {} == alerting._kept._states
