import asyncio

import asyncpg
import pytest

from services.notifications.batch import Batch, Progress
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import PositionSkipped, ProgressMoved
from services.notifications.inbox.store import Inbox
from services.notifications.store import sole_writer
from shared.bus.consumer import StreamMessage
from shared.database import Database, Pool
from shared.log.chain import START
from shared.testing import wait_until
from tests.notifications.controls import (
    activated,
    adopted,
    contribution_recorded,
    drafted,
    project_created,
    published,
    said,
    terms_drafted,
)

SHARES = {"ATRC": "37/72", "HUT": "35/72"}


def history() -> list[StreamMessage]:
    """Seven events: of the agreement's draft, its terms, its effect, a project, two contributions and the shares."""
    return published(
        [
            said(drafted()),
            said(terms_drafted()),
            said(activated()),
            said(project_created()),
            said(contribution_recorded()),
            said(contribution_recorded(attesting_parties=("HUT",)), by="ATRC"),
            said(adopted(SHARES)),
        ]
    )


EXPECTED = {
    "ATRC": [(3, "info"), (4, "action"), (5, "action"), (6, "info"), (7, "legal-critical")],
    "EGU": [(3, "info"), (4, "action")],
    "HUT": [(3, "info"), (4, "action"), (5, "info"), (6, "action"), (7, "legal-critical")],
}


async def alerted(inbox: Inbox) -> dict[str, list[tuple[int, str]]]:
    """What each party was alerted of, in the order of its own numbers."""
    found = {party: await inbox.after(party, 0, limit=1000) for party in EXPECTED}
    for alerts in found.values():
        assert list(range(1, len(alerts) + 1)) == [alert.sequence for alert in alerts]
    return {party: [(alert.position, alert.class_) for alert in alerts] for party, alerts in found.items()}


def malformed(position: int, body: bytes = b'{"specversion":"1.0"}') -> StreamMessage:
    return StreamMessage(position, "moiety.v1.AGR-1.contribution.ContributionRecorded", body, None, START.chain)


async def test_every_recipient_is_alerted_once(alerting: Alerting, inbox: Inbox):
    """A batch of events becomes one alert for each party that each event concerns."""
    await alerting.take(history())

    assert await alerted(inbox) == EXPECTED


async def test_every_recipient_is_alerted_once_though_every_message_comes_twice(alerting: Alerting, inbox: Inbox):
    """A repeat is known by its number, whether the same batch comes again or one that goes on from within it."""
    messages = history()
    for first in range(len(messages)):
        await alerting.take(messages[first : first + 2])
        await alerting.take(messages[: first + 1])
    await alerting.take(messages)

    assert await alerted(inbox) == EXPECTED


async def test_alerting_goes_on_where_it_ended(database: Database, metrics: ConsumerMetrics, inbox: Inbox):
    """A process that starts anew, after any number of events, knows how far the alerts have come and what was said."""
    for message in history():
        async with sole_writer(database) as store:
            alerting = Alerting(store, metrics)
            assert message.position - 1 == await alerting.resume()
            await alerting.take([message])

    assert await alerted(inbox) == EXPECTED


async def test_a_missing_event_stops_alerting_before_it(alerting: Alerting, inbox: Inbox):
    """What would lose an alert for ever is refused, and leaves nothing behind."""
    messages = history()
    await alerting.take(messages[:3])

    with pytest.raises(PositionSkipped):
        await alerting.take(messages[4:])

    assert {"ATRC": [(3, "info")], "EGU": [(3, "info")], "HUT": [(3, "info")]} == await alerted(inbox)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"specversion":"1.0"}',
        b"[" * 100_000,
        published([said(contribution_recorded())])[0].body.replace(b"ContributionRecorded.v1", b"NeverHeardOf.v1"),
        published([said(contribution_recorded())])[0].body.replace(b'"INVENTIVE"', b'"\\u0000"'),
    ],
    ids=["empty", "no text", "no event", "too deep", "unknown type", "a character that text cannot hold"],
)
async def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(
    alerting: Alerting, inbox: Inbox, owner: Pool, metrics: ConsumerMetrics, body: bytes
):
    """A malformed message is kept byte for byte with its position and a reason, and keeps nobody's alerts back."""
    events = history()
    messages = [*events[:4], malformed(5, body), *[later._replace(position=later.position + 1) for later in events[4:]]]

    await alerting.take(messages)

    [aside] = await inbox.quarantine(after=0, limit=10)
    assert (5, len(body)) == (aside.position, aside.bytes)
    assert aside.reason
    assert [body] == [row["body"] for row in await owner.fetch("SELECT body FROM quarantine")]
    told = [(3, "info"), (4, "action"), (6, "action"), (7, "info"), (8, "legal-critical")]
    assert told == (await alerted(inbox))["ATRC"]
    assert metrics.quarantined._value.get() == 1


async def test_what_cannot_be_stored_is_put_aside_alone(alerting: Alerting, inbox: Inbox):
    """An event whose values no table can hold is put aside, and its neighbours in the batch are told."""
    poisoned = said(contribution_recorded(), id="evt-\0")
    repeated = said(contribution_recorded(), id="evt-again")
    messages = published([repeated, poisoned, repeated, said(adopted(SHARES))])

    await alerting.take(messages)

    assert [2, 3] == [aside.position for aside in await inbox.quarantine(after=0, limit=10)]
    assert [(1, "action"), (4, "legal-critical")] == (await alerted(inbox))["ATRC"]
    assert alerting.position == 4


async def test_only_one_process_alerts_and_the_next_takes_over(database: Database, pool: Pool, inbox: Inbox):
    """A second process stands by until the first is gone, and only then finds out where to go on."""
    order: list[str] = []

    async def stand_by() -> None:
        async with sole_writer(database):
            order.append("second")

    async with sole_writer(database):
        waiting = asyncio.create_task(stand_by())
        # It has connected and asked for the lock at least once.
        await wait_until(lambda: _connections(pool, at_least=2), 10, "the second never connected")
        order.append("first")
    await waiting

    assert ["first", "second"] == order


async def _connections(pool: Pool, *, at_least: int) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"
    )
    [row] = await pool.fetch(query)
    return bool(row[0] >= at_least)


async def test_a_writer_that_was_overtaken_writes_nothing(database: Database, owner: Pool, inbox: Inbox):
    """Where the progress is not the one a batch follows, neither its alerts nor anything else of it appears."""
    async with sole_writer(database) as store:
        await owner.fetch("UPDATE progress SET position = 5")
        with pytest.raises(ProgressMoved):
            await store.record(Progress(0, 0, START.chain), Batch(7, START.chain, quarantined=[]))

        assert await store.position() == 5


async def test_the_service_may_neither_delete_nor_rewrite(pool: Pool, alerting: Alerting):
    """Alerts are evidence: the service's own role cannot remove one, change one or take an acknowledgement back."""
    await alerting.take(history())

    for statement in (
        "DELETE FROM alert",
        "UPDATE alert SET class = 'info'",
        "UPDATE alert SET recipient = 'EGU'",
        "DELETE FROM quarantine",
        "DELETE FROM inbox",
        "TRUNCATE alert",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetch(statement)
