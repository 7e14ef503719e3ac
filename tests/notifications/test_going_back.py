"""Where the log goes on without what was published, alerting goes back, and says what is lost of what it told."""

from datetime import timedelta

import asyncpg
import pytest

from services.notifications.alarms.model import Alarm, alerts_of
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import NothingBeyond
from services.notifications.going_back import TYPE, GoneBack, go_back
from services.notifications.inbox.store import Inbox
from services.notifications.reminders.model import Deadline, reminders_of
from shared.bus.consumer import StreamMessage
from shared.errors import Unavailable
from shared.log.envelope import Envelope
from shared.testing import MigratedDatabase
from tests.notifications.controls import (
    RECORDED_AT,
    activated,
    contribution_recorded,
    drafted,
    published,
    said,
    terms_drafted,
)

COMMON = 4


class Away(Unavailable):
    """The database does not answer."""


def asked(party: str) -> Envelope:
    """An event that asks a party to attest."""
    return said(contribution_recorded(attesting_parties=(party,)), by="EGU")


BEGINNING = [said(drafted()), said(terms_drafted()), said(activated()), asked("ATRC")]


@pytest.fixture
async def parted(alerting: Alerting) -> list[StreamMessage]:
    """Everybody was alerted of four events, and of two more that were lost."""
    messages = published([*BEGINNING, asked("ATRC"), asked("HUT")])
    await alerting.take(messages)
    return messages


async def gone_back(database: MigratedDatabase, last: int = COMMON) -> GoneBack:
    async with database.reached_by_owner(Away).connected() as connection:
        return await go_back(connection, last)


async def alerts_in(inbox: Inbox, party: str) -> list[tuple[int, str, str]]:
    found = await inbox.after(party, 0, limit=100)
    assert list(range(1, len(found) + 1)) == [each.sequence for each in found]
    return [(each.position, each.type.split(".")[1], each.class_) for each in found]


async def test_whoever_was_told_of_a_lost_event_is_told_so(
    parted: list[StreamMessage], inbox: Inbox, notifications_database: MigratedDatabase
):
    """And nobody else; what was told stays, and the inbox counts on."""
    before = await alerts_in(inbox, "ATRC")

    assert (6, COMMON, 4) == (await gone_back(notifications_database))

    assert [*before, (5, "EventLost", "info")] == await alerts_in(inbox, "ATRC")
    assert (6, "EventLost", "info") == (await alerts_in(inbox, "HUT"))[-1]
    # What EGU recorded itself: it had the receipts.
    assert [5, 6] == [position for position, kind, _ in await alerts_in(inbox, "EGU") if kind == "EventLost"]
    told = [each for each in await inbox.after("ATRC", 0, limit=100) if each.position == 5]
    assert [f"lost-{told[0].event_id}"] == [each.event_id for each in told if each.type == TYPE]


async def test_what_is_of_no_event_is_not_lost(
    parted: list[StreamMessage], inbox: Inbox, alerting: Alerting, notifications_database: MigratedDatabase
):
    """A reminder that was given when the log had come further: its day is what it was."""
    deadline = Deadline(
        stream="agreement:AGR-1",
        agreement="AGR-1",
        last_day=RECORDED_AT.date(),
        told_at=RECORDED_AT - timedelta(days=90),
        asked=("NLN",),
        today=RECORDED_AT.date(),
        as_of=RECORDED_AT,
    )
    await alerting._store.add(reminders_of([deadline], {}, position=6))

    await gone_back(notifications_database)

    assert [(6, "DeadlineNear", "reminder")] == await alerts_in(inbox, "NLN")


async def test_what_the_log_has_there_is_alerted_of(
    parted: list[StreamMessage],
    inbox: Inbox,
    notifications_database: MigratedDatabase,
    alerting: Alerting,
    metrics: ConsumerMetrics,
):
    """Under the same positions: what came before is learned again, and nobody is alerted of that twice."""
    await gone_back(notifications_database)
    before = {party: await alerts_in(inbox, party) for party in ("HUT", "ATRC")}
    again = await relieved(alerting, metrics)

    assert 0 == again.position
    await again.take(published([*BEGINNING, asked("HUT"), asked("ATRC")]))

    assert [*before["HUT"], (5, "ContributionRecorded", "action")] == await alerts_in(inbox, "HUT")
    assert [*before["ATRC"], (6, "ContributionRecorded", "action")] == await alerts_in(inbox, "ATRC")


async def relieved(alerting: Alerting, metrics: ConsumerMetrics) -> Alerting:
    again = Alerting(alerting._store, metrics)
    await again.resume()
    return again


async def test_an_alarm_concerns_those_of_the_history_that_counts(
    parted: list[StreamMessage], notifications_database: MigratedDatabase, alerting: Alerting, metrics: ConsumerMetrics
):
    """At a position that two events had, whoever was told of the lost one is not concerned."""
    await gone_back(notifications_database)
    again = await relieved(alerting, metrics)
    await again.take(published([*BEGINNING, asked("EGU")]))

    told = await alerting._store.told_of([5])

    alarm = Alarm(id="alarm-1", position=5, kind="TitleGapDetected", asset="INV-1", recorded_at=RECORDED_AT)
    assert {"EGU"} == {alert.recipient for alert in alerts_of(alarm, told, {}, alerted=5)}


async def test_going_back_twice_tells_once(
    parted: list[StreamMessage], inbox: Inbox, notifications_database: MigratedDatabase
):
    """A second time there is nothing beyond; farther back, only what was not lost before is."""
    await gone_back(notifications_database)

    with pytest.raises(NothingBeyond):
        await gone_back(notifications_database)
    assert (COMMON, 3, 2) == (await gone_back(notifications_database, 3))
    assert [5, 4] == [position for position, kind, _ in await alerts_in(inbox, "ATRC") if kind == "EventLost"]


async def test_the_service_itself_cannot_go_back(parted: list[StreamMessage], alerting: Alerting):
    """Only the owner may: what was told is never untold by a mistake."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await go_back(alerting._store._connection, COMMON)
