"""What one release could not read, a later one alerts of: once, as of when it happened, and of nothing else again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from click.testing import CliRunner

from services.cli.main import program
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import NothingPutAside, StillAlerting
from services.notifications.inbox.store import Inbox
from services.notifications.inbox.views import InboxAlert
from services.notifications.store import sole_writer
from services.notifications.taking_up import what_is_read
from shared.database import Database, Pool
from shared.testing import MigratedDatabase
from tests.notifications.controls import (
    activated,
    adopted,
    contribution_recorded,
    drafted,
    published,
    said,
    terms_drafted,
)

PARTIES = ("ATRC", "EGU", "HUT")
ASIDE = 4
# Whoever holds it is named by the fourth event alone, and told of the sixth; the eighth names another.
EVENTS = published(
    [
        *(said(drafted()), said(terms_drafted()), said(activated())),
        said(adopted({"ATRC": "1/2", "EGU": "1/2"}), stream="invention:INV-1"),
        *(said(contribution_recorded(), stream="contribution:CTB-1"), said(adopted({"HUT": "1/1"}))),
    ]
)
UNREADABLE = EVENTS[ASIDE - 1]._replace(body=EVENTS[ASIDE - 1].body.replace(b"DeterminationAdopted", b"NeverHeardOf"))
BEFORE = [*EVENTS[: ASIDE - 1], UNREADABLE, *EVENTS[ASIDE:]]


@pytest.fixture
async def put_aside(alerting: Alerting) -> None:
    """A release that knows nothing of the fourth event went on without it."""
    await alerting.take(BEFORE)


Upgrade = Callable[[], Awaitable[None]]


@pytest.fixture
def upgrade(owner: Pool) -> Upgrade:
    """Have the bytes that were put aside be such as this release can read, and another have tried them last."""

    async def upgraded() -> None:
        await owner.fetch(
            "UPDATE quarantine SET body = $2, tried = 'before' WHERE position = $1", ASIDE, EVENTS[ASIDE - 1].body
        )

    return upgraded


async def everything(inbox: Inbox) -> dict[str, Sequence[InboxAlert]]:
    return {party: await inbox.after(party, 0, limit=100) for party in PARTIES}


async def begun(alerting: Alerting, metrics: ConsumerMetrics) -> Alerting:
    again = Alerting(alerting._store, metrics)
    await again.resume()
    return again


@pytest.mark.usefixtures("put_aside")
async def test_a_release_that_can_read_it_alerts_of_it_once(
    alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox, upgrade: Upgrade
):
    """At its start, to whom it concerned; nothing that was told before is told again, or has another id or number."""
    before = await everything(inbox)
    assert 1 == metrics.put_aside._value.get()
    assert not [each for alerts in before.values() for each in alerts if each.position == ASIDE]
    await upgrade()

    for size in (2, 1, 50):
        again = await begun(alerting, metrics)
        for first in range(0, len(EVENTS), size):
            await again.take(EVENTS[first : first + size])

    after = await everything(inbox)
    for party, alerts in before.items():
        assert [*alerts] == [*after[party]][: len(alerts)]
    new = {party: [*after[party]][len(alerts) :] for party, alerts in before.items()}
    assert {"ATRC": [ASIDE], "EGU": [ASIDE], "HUT": [ASIDE]} == {
        party: [each.position for each in alerts] for party, alerts in new.items()
    }
    [row] = await inbox.quarantine(after=0, limit=10)
    assert row.alerted_at is not None
    assert 0 == metrics.put_aside._value.get()


@pytest.mark.usefixtures("put_aside")
async def test_whom_it_taught_about_is_known_from_then_on(
    alerting: Alerting, metrics: ConsumerMetrics, upgrade: Upgrade
):
    """What it says of later events is learned with it."""
    await upgrade()
    unknown = await alerting._store.remembered(["invention:INV-1"])
    again = await begun(alerting, metrics)
    await again.take(EVENTS[:ASIDE])

    assert unknown != (known := await alerting._store.remembered(["invention:INV-1"]))
    assert "EGU" in str(known)


@pytest.mark.usefixtures("put_aside")
async def test_killed_at_any_moment_it_is_alerted_of_once(
    database: Database, alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox, upgrade: Upgrade
):
    """Whoever begins again after any event goes on from there."""
    await upgrade()
    counts = []
    for message in EVENTS:
        again = await begun(alerting, metrics)
        assert message.position - 1 == again.position
        await again.take([message])
        counts.append(sum(each.position == ASIDE for each in await inbox.after("HUT", 0, limit=100)))

    assert [0, 0, 0, 1, 1, 1] == counts
    assert len(EVENTS) == (await begun(alerting, metrics)).position


@pytest.mark.usefixtures("put_aside")
async def test_what_this_release_cannot_read_either_stays(
    alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox, owner: Pool
):
    """It is tried once by each release that reads other events, and the log is not read again for it."""
    before = await everything(inbox)
    for _ in range(2):
        again = await begun(alerting, metrics)
        assert len(EVENTS) == again.position

    assert before == await everything(inbox)
    [row] = await owner.fetch("SELECT tried, wanted, alerted_at FROM quarantine")
    assert (what_is_read(), False, None) == tuple(row)


async def test_what_fits_no_table_is_not_tried_at_every_start(
    alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox
):
    """It can be read, and still nobody be alerted of it: the log is read again for it once, and then no more."""
    messages = published([said(drafted()), said(contribution_recorded(), id="evt-\0"), said(adopted({"HUT": "1/1"}))])
    await alerting.take(messages)
    before = await everything(inbox)

    again = await begun(alerting, metrics)
    assert 0 == again.position
    await again.take(messages)

    assert 3 == (await begun(alerting, metrics)).position
    assert before == await everything(inbox)
    [aside] = await inbox.quarantine(after=0, limit=10)
    assert (2, None) == (aside.position, aside.alerted_at)


@pytest.mark.usefixtures("put_aside")
async def test_a_feed_keeps_its_numbers(alerting: Alerting, metrics: ConsumerMetrics, pool: Pool, upgrade: Upgrade):
    """What a feed did not have then it does not get later: under each of its numbers something was read already."""
    feeds = "SELECT party, number, position, chain FROM feed_entry ORDER BY party, number"
    before = await pool.fetch(feeds)
    assert before
    await upgrade()

    await (await begun(alerting, metrics)).take(EVENTS)

    assert before == await pool.fetch(feeds)


def replayed(database: MigratedDatabase, *arguments: str) -> str:
    environment = {"MOIETY_DATABASE_URL": database.owner_dsn, "MOIETY_DATABASE_PASSWORD": database.owner_password or ""}
    ran = CliRunner().invoke(program, ["alerts", "replay", *arguments], env=environment, catch_exceptions=False)
    assert 0 == ran.exit_code, ran.output
    return ran.output


async def test_an_operator_may_have_it_tried_again(
    database: Database, notifications_database: MigratedDatabase, owner: Pool, metrics: ConsumerMetrics, inbox: Inbox
):
    """What this release tried before is not tried by itself again; with nobody at work, it can be asked for."""
    async with sole_writer(database) as store:
        alerting = await begun(Alerting(store, metrics), metrics)
        await alerting.take(BEFORE)
        with pytest.raises(StillAlerting):
            await asyncio.to_thread(replayed, notifications_database)
    await owner.fetch("UPDATE quarantine SET body = $1, tried = $2", EVENTS[ASIDE - 1].body, what_is_read())
    async with sole_writer(database) as store:
        assert len(EVENTS) == (await begun(Alerting(store, metrics), metrics)).position

    for elsewhere in ("5", "999999"):
        with pytest.raises(NothingPutAside, match=f"nothing is put aside at {elsewhere}"):
            await asyncio.to_thread(replayed, notifications_database, elsewhere)
    assert "can be read: 1, at 4;" in await asyncio.to_thread(replayed, notifications_database, "4")

    async with sole_writer(database) as store:
        alerting = await begun(Alerting(store, metrics), metrics)
        assert 0 == alerting.position
        await alerting.take(EVENTS)
    assert [ASIDE] == [each.position for each in await inbox.after("EGU", 0, limit=100) if each.position == ASIDE]
    assert "nothing is put aside" in await asyncio.to_thread(replayed, notifications_database)
    with pytest.raises(NothingPutAside):
        await asyncio.to_thread(replayed, notifications_database, "4")
