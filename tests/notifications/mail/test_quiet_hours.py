"""Letters that wait for the end of quiet hours: all but what has weight in law, or would come too late."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.mail.holding import Hold, hold_of
from services.notifications.mail.preferences import Preferences, QuietHours
from services.notifications.mail.store import Held, MailStore
from shared.calendar import legal_day
from shared.database import Pool
from shared.testing import MigratedDatabase, wait_until
from tests.notifications.mail.conftest import PLAIN, Sending
from tests.notifications.mail.letterbox import noted, outcomes
from tests.notifications.mail.sink import Sink
from tests.notifications.mail.test_local_time import INSTANTS, utc
from tests.notifications.mail.test_preferences import PATH
from tests.notifications.mail.test_recipients import alert
from tests.notifications.test_explaining import explained

NIGHT = QuietHours(from_="22:00", to="07:00")
QUIET = Preferences(quiet_hours=NIGHT, time_zone="Asia/Hong_Kong")
ALL_DAY = {"quiet_hours": {"from": "00:00", "to": "23:59"}}
IN_THE_NIGHT, MORNING = utc("2025-06-01T15:00"), utc("2025-06-01T23:00")

# -- what waits, and until when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"class_": "reminder"}, Hold("QUIET_HOURS", MORNING)),
        ({"class_": "action"}, Hold("QUIET_HOURS", MORNING)),
        ({"class_": "legal-critical"}, None),
        # It is the first of June until midnight, and morning on the second.
        ({"class_": "reminder", "due_on": date(2025, 6, 1)}, None),
        ({"class_": "reminder", "due_on": date(2025, 6, 2)}, Hold("QUIET_HOURS", MORNING)),
        ({"class_": "reminder", "due_on": date(2025, 5, 31)}, Hold("QUIET_HOURS", MORNING)),
    ],
    ids=str,
)
def test_what_waits_for_the_morning(changed: dict[str, Any], expected: Hold | None):
    """All that may, but what counts only until midnight; whose last day is over already is in no hurry."""
    assert expected == hold_of(alert(**{"due_on": None, **changed}), QUIET, IN_THE_NIGHT)
    assert hold_of(alert(**{"due_on": None, **changed}), QUIET, MORNING) is None


@given(INSTANTS, st.none() | st.dates(date(2005, 1, 1), date(2037, 12, 31)))
def test_nothing_waits_beyond_the_last_day_on_which_it_counts(now: datetime, due_on: date | None):
    """Whenever that is."""
    hold = hold_of(alert(class_="reminder", due_on=due_on), QUIET, now)

    assert hold is None or due_on is None or due_on < legal_day(now) or legal_day(hold.until) <= due_on


# -- sent --------------------------------------------------------------------------------------------------------------


def now_quiet(*, before: int = 1, after: int = 2) -> dict[str, Any]:
    """Preferences by which it is quiet now, for a while."""
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=before), now + timedelta(hours=after)
    return {"time_zone": "UTC", "quiet_hours": {"from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}}


async def put(client: httpx.AsyncClient, headers: dict[str, Any], said: dict[str, Any]) -> Any:
    answer = await client.put(PATH, headers=headers, json=said)
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def sent(pool: Pool, sending: Sending, sink: Sink, *, letters: int) -> None:
    """Send what is due, until so many letters are settled."""

    async def settled() -> bool:
        return letters == len([row for row in await outcomes(pool) if row[1] is not None])

    async with sending(PLAIN._replace(port=sink.port)):
        await wait_until(settled, 30, "not everything was sent")
        await wait_until(lambda: all_else_waits(pool), 30, "something waits for nothing")


async def all_else_waits(pool: Pool) -> bool:
    return not await pool.fetch("SELECT FROM delivery WHERE outcome IS NULL AND held_for IS NULL")


async def test_in_quiet_hours_only_what_has_weight_in_law_is_sent(
    pool: Pool,
    sink: Sink,
    sending: Sending,
    client: httpx.AsyncClient,
    hut: dict[str, Any],
    notifications_database: MigratedDatabase,
):
    """The rest waits, and keeps nobody else's back; whoever asks is told until when."""
    await put(client, hut, now_quiet())
    await noted(pool, "hut-1", class_="reminder")
    await noted(pool, "hut-1", "ann", class_="legal-critical", more=True)
    await noted(pool, "bob", class_="reminder", more=True)

    await sent(pool, sending, sink, letters=3)

    assert [("hut-1", None)] == [row[:2] for row in await outcomes(pool) if row[1] is None]
    assert 3 == len(sink.taken())
    [delivery] = (await client.get("/v1/inbox/alr-0/deliveries", headers=hut)).json()["deliveries"]
    assert ("QUIET_HOURS", None, 0) == (delivery["waits_for"], delivery["outcome"], delivery["attempts"])
    until = datetime.fromisoformat(delivery["waits_until"])
    assert timedelta(hours=1, minutes=58) < until - datetime.now(UTC) <= timedelta(hours=2)
    assert f"letter to hut-1: quiet until {until.isoformat()}" in await explained(notifications_database, "alr-0")
    assert (0, 0.0) == tuple(await MailStore(pool).waiting())


async def test_once_they_are_over_it_is_sent(
    pool: Pool, owner: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient, hut: dict[str, Any]
):
    """Once, under the id that it always had; nobody has said anything else meanwhile."""
    await put(client, hut, now_quiet())
    [identifier] = await noted(pool, "hut-1", class_="reminder")
    await sent(pool, sending, sink, letters=0)
    over = "UPDATE mail_wish SET preferences = jsonb_set(preferences, '{quiet_hours}', 'null')"
    await owner.fetch(over)
    assert 0 == len(sink.taken())

    await owner.fetch("UPDATE delivery SET not_before = now(), held_until = now()")
    await sent(pool, sending, sink, letters=1)

    assert [identifier] == [each.message_id for each in sink.taken()]
    assert [("hut-1", "SENT", 1, 250, None)] == await outcomes(pool)


@pytest.mark.parametrize("said", [{}, {"wishes": [{"channel": "EMAIL", "wanted": False}]}], ids=["none", "muted"])
async def test_what_is_said_otherwise_counts_for_what_waits(
    pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient, hut: dict[str, Any], said: dict[str, Any]
):
    """Without quiet hours it goes out at once; not wanted any more, not at all."""
    await put(client, hut, now_quiet())
    await noted(pool, "hut-1", class_="reminder")
    await sent(pool, sending, sink, letters=0)

    await put(client, hut, said)
    await sent(pool, sending, sink, letters=1)

    assert ["MUTED" if said else "SENT"] == [row[1] for row in await outcomes(pool)]
    assert (not said) == bool(sink.taken())


async def test_nothing_waits_by_what_was_said_before(pool: Pool):
    """Whoever has taken a letter may have asked just before something else was said: it is looked at anew."""
    await noted(pool, "ann", class_="reminder")
    store = MailStore(pool)
    wish = await store.prefer("HUT", "ann", QUIET)
    [due] = await store.take(1, lease_seconds=60)
    held = Held(due, wish, Hold("QUIET_HOURS", datetime.now(UTC) + timedelta(days=1)))

    async with pool.transaction() as connection:
        # As somebody does who says something at this very moment.
        await connection.execute("UPDATE mail_wish SET revision = revision + 1")
        holding = asyncio.create_task(store.hold([held]))
        await wait_until(lambda: somebody_waits(pool), 30, "it did not wait for what is being said")
    await holding

    [again] = await store.take(1, lease_seconds=60)
    assert due.alert == again.alert


async def somebody_waits(pool: Pool) -> bool:
    return bool(await pool.fetch("SELECT FROM pg_locks WHERE NOT granted"))


async def test_what_is_under_way_is_not_taken_twice(pool: Pool):
    """Whatever is said while a letter is being sent, nobody else takes it up."""
    await noted(pool, "ann", class_="reminder")
    store = MailStore(pool)
    wish = await store.prefer("HUT", "ann", QUIET)
    [due] = await store.take(1, lease_seconds=60)
    await store.hold([Held(due, wish, Hold("QUIET_HOURS", datetime.now(UTC)))])
    assert 1 == len(await store.take(1, lease_seconds=60))

    await store.prefer("HUT", "ann", Preferences())

    assert [] == await store.take(1, lease_seconds=60)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"time_zone": "Asia/Hongkong"}, ["TIME_ZONE_UNKNOWN"]),
        ({"quiet_hours": {"from": "22:00", "to": "22:00"}}, ["QUIET_HOURS_TOO_LONG"]),
        ({"quiet_hours": {"from": "22:00", "to": "18:01"}}, ["QUIET_HOURS_TOO_LONG"]),
        (
            {**ALL_DAY, "time_zone": "Nowhere", "wishes": [{"channel": "INBOX", "wanted": False}]},
            ["INBOX_STAYS", "TIME_ZONE_UNKNOWN", "QUIET_HOURS_TOO_LONG"],
        ),
    ],
    ids=str,
)
async def test_what_nobody_can_keep_is_refused(
    client: httpx.AsyncClient, hut: dict[str, Any], said: dict[str, Any], codes: list[str]
):
    """By name, all at once."""
    refused = await client.put(PATH, headers=hut, json=said)

    assert 422 == refused.status_code
    assert codes == [refused.json()["code"], *(each["code"] for each in refused.json().get("also", []))]


@pytest.mark.parametrize("at", ["7:00", "24:00", "07:60", "07:00:00", "", 7])
async def test_a_time_that_is_none_is_refused_where_it_stands(client: httpx.AsyncClient, hut: dict[str, Any], at: Any):
    """Whatever a clock does not show."""
    refused = await client.put(PATH, headers=hut, json={"quiet_hours": {"from": at, "to": "07:00"}})

    assert (400, ["/quiet_hours/from"]) == (refused.status_code, [each["pointer"] for each in refused.json()["errors"]])


async def test_to_four_hours_of_the_day_it_may_be_quiet(client: httpx.AsyncClient, hut: dict[str, Any]):
    """And what was said is shown as it was said."""
    said = {"time_zone": "America/New_York", "quiet_hours": {"from": "22:00", "to": "18:00"}}

    assert said.items() <= (await put(client, hut, said)).items()
    assert said.items() <= (await client.get(PATH, headers=hut)).json().items()
