"""Letters that come gathered in one: each alert in one digest, none lost, and never what has weight in law."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.mail.digests.store import DigestStore
from services.notifications.mail.holding import Hold, hold_of
from services.notifications.mail.letters.digest import MOST_LISTED
from services.notifications.mail.preferences import Digest, Preferences, QuietHours
from services.notifications.mail.recipients import digest_message_id
from services.notifications.mail.store import Due, MailStore
from services.notifications.mail.taking import sort
from services.notifications.mail.wishes import Wish, is_wanted
from shared.calendar import WEEKDAYS
from shared.database import Pool
from shared.testing import MigratedDatabase, wait_until
from tests.notifications.letters.controls import ALERT, text_of
from tests.notifications.mail.conftest import PLAIN, QUICK, Sending
from tests.notifications.mail.letterbox import none_waits, noted, outcomes
from tests.notifications.mail.sink import Sink
from tests.notifications.mail.test_local_time import INSTANTS, utc
from tests.notifications.mail.test_preferences import PATH, WISHES, wanting, wish
from tests.notifications.mail.test_quiet_hours import put, sent
from tests.notifications.mail.test_recipients import alert
from tests.notifications.test_explaining import explained

DAILY = Preferences(digest=Digest(every="DAILY", hour=8))
WEEKLY = Preferences(digest=Digest(every="WEEKLY", weekday="FRI", hour=8))
AT_NIGHT = Preferences(digest=Digest(every="DAILY", hour=3), quiet_hours=QuietHours(from_="22:00", to="07:00"))
# Noon in Hong Kong, on a Sunday.
NOON = utc("2025-06-01T04:00")
HOURS = st.integers(0, 23)
ANY_PREFERENCES = st.builds(
    Preferences,
    wishes=st.lists(WISHES, max_size=4).map(tuple),
    time_zone=st.sampled_from(["Asia/Hong_Kong", "America/New_York", "Pacific/Apia", "No/Where"]),
    quiet_hours=st.none() | st.builds(QuietHours, from_=st.just("22:00"), to=st.sampled_from(["07:00", "21:59"])),
    digest=st.builds(
        Digest,
        every=st.sampled_from(["NONE", "DAILY", "WEEKLY"]),
        weekday=st.none() | st.sampled_from(WEEKDAYS),
        hour=st.none() | HOURS,
    ),
)

# -- what waits for a digest, and until when ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferences", "changed", "expected"),
    [
        (DAILY, {}, Hold("DIGEST", utc("2025-06-02T00:00"))),
        (WEEKLY, {}, Hold("DIGEST", utc("2025-06-06T00:00"))),
        # It would come at night: when that is over.
        (AT_NIGHT, {}, Hold("DIGEST", utc("2025-06-01T23:00"))),
        (DAILY, {"class_": "legal-critical"}, None),
        # It counts until midnight of that day.
        (DAILY, {"due_on": date(2025, 6, 1)}, None),
        (DAILY, {"due_on": date(2025, 6, 2)}, Hold("DIGEST", utc("2025-06-02T00:00"))),
        (WEEKLY, {"due_on": date(2025, 6, 5)}, None),
        (WEEKLY, {"due_on": date(2025, 6, 6)}, Hold("DIGEST", utc("2025-06-06T00:00"))),
        (Preferences(), {}, None),
    ],
    ids=str,
)
def test_what_waits_for_the_next_digest(preferences: Preferences, changed: dict[str, Any], expected: Hold | None):
    """All that may, but what would come after the last day on which it counts."""
    assert expected == hold_of(alert(**{"class_": "reminder", "due_on": None, **changed}), preferences, NOON)


def test_what_would_be_late_in_the_digest_waits_for_the_morning_at_most():
    """A week is too long for it, a night is not."""
    night = Preferences(digest=WEEKLY.digest, quiet_hours=AT_NIGHT.quiet_hours)
    urgent = alert(class_="reminder", due_on=date(2025, 6, 3))

    assert Hold("QUIET_HOURS", utc("2025-06-01T23:00")) == hold_of(urgent, night, utc("2025-06-01T15:00"))
    assert hold_of(urgent, night, utc("2025-06-01T23:00"), "QUIET_HOURS") is None


def test_a_digest_that_has_come_is_waited_for_no_more():
    """But for the end of the night, where nobody sent it before."""
    reminder = alert(class_="reminder", due_on=None)

    assert hold_of(reminder, DAILY, NOON, "DIGEST") is None
    assert Hold("DIGEST", utc("2025-06-01T23:00")) == hold_of(reminder, AT_NIGHT, utc("2025-06-01T15:00"), "DIGEST")


@given(ANY_PREFERENCES, INSTANTS, st.none() | st.just(ALERT.recorded_at), st.sampled_from([None, "DIGEST"]))
def test_what_has_weight_in_law_is_sent_at_once(
    preferences: Preferences, now: datetime, muted_at: datetime | None, waited_for: Any
):
    """Whatever anybody prefers: neither muted, nor put off, nor gathered."""
    critical = alert(class_="legal-critical", due_on=None)
    due = Due(critical, now, "ann", "id", 0, now, waited_for)
    said = Wish("token", muted_at, preferences)

    assert is_wanted(critical, said)
    assert hold_of(critical, preferences, now, waited_for) is None
    assert ([due], [], set(), []) == sort([due], {due.reader: said})


@given(ANY_PREFERENCES, INSTANTS, st.dates(date(2005, 1, 1), date(2037, 12, 31)))
def test_whatever_waits_comes_later_and_in_time(preferences: Preferences, now: datetime, due_on: date):
    """Of any class: after now, in nine days at most."""
    hold = hold_of(alert(class_="action", due_on=due_on), preferences, now)

    assert hold is None or now < hold.until <= now + timedelta(days=10)


# -- sent --------------------------------------------------------------------------------------------------------------

_IT_IS_TIME = "UPDATE delivery SET not_before = now(), held_until = now() WHERE held_for = 'DIGEST' AND digest IS NULL"
_IN_DIGESTS = "SELECT alert, digest, outcome FROM delivery ORDER BY alert"


async def wait_for_digest(
    pool: Pool, owner: Pool, sending: Sending, sink: Sink, *people: str, more: bool = False
) -> None:
    """Note a reminder for each, have them wait for their digests, and have the time for these come."""
    for person in sorted({*people}):
        await MailStore(pool).prefer("HUT", person, DAILY)
    settled = len([row for row in await outcomes(pool) if row[1] is not None])
    await noted(pool, *people, class_="reminder", more=more)
    await sent(pool, sending, sink, letters=settled)
    await owner.fetch(_IT_IS_TIME)


async def all_sent(pool: Pool, sending: Sending, sink: Sink, **pace: Any) -> None:
    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(**pace)):
        await wait_until(lambda: none_waits(pool), 30, "not everything was sent")


def listed(sink: Sink) -> list[tuple[str, list[str]]]:
    """What was taken: each digest's name, and the alerts that are in it, by what they are about."""
    read = [(each.message_id, message_from_bytes(each.content, policy=SMTP)) for each in sink.taken()]
    return [
        (name, [line.removeprefix("* ") for line in text_of(message).splitlines() if line.startswith("* ")])
        for name, message in read
    ]


async def test_what_waits_comes_in_one_letter(
    pool: Pool,
    owner: Pool,
    sink: Sink,
    sending: Sending,
    client: httpx.AsyncClient,
    hut: dict[str, Any],
    notifications_database: MigratedDatabase,
):
    """Of one reader's all that is due, under one id; what has weight in law came before, and by itself."""
    await put(client, hut, {"digest": {"every": "DAILY", "hour": 8}})
    await noted(pool, "hut-1", "hut-1", "hut-1", class_="reminder")
    [critical] = await noted(pool, "hut-1", class_="legal-critical", more=True)
    await sent(pool, sending, sink, letters=1)
    assert [critical] == [each.message_id for each in sink.taken()]
    [delivery] = (await client.get("/v1/inbox/alr-0/deliveries", headers=hut)).json()["deliveries"]
    assert ("DIGEST", None) == (delivery["waits_for"], delivery["gathered_at"])
    assert timedelta() < datetime.fromisoformat(delivery["waits_until"]) - datetime.now(UTC) <= timedelta(days=1)
    assert "letter to hut-1: waits for the digest until" in await explained(notifications_database, "alr-0")

    await owner.fetch(_IT_IS_TIME)
    await all_sent(pool, sending, sink)

    [_, (name, alerts)] = listed(sink)
    assert 3 == len(alerts)
    assert f"<{digest_message_id('alr-0', 'hut-1')}@moiety.example>" == name
    message = message_from_bytes(sink.taken()[-1].content, policy=SMTP)
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert "3 alerts for you" in str(message["Subject"])
    assert ["SENT"] * 4 == [row[1] for row in await outcomes(pool)]
    assert 2 == len({row["sent_hash"] for row in await pool.fetch("SELECT sent_hash FROM delivery")})
    [delivery] = (await client.get("/v1/inbox/alr-2/deliveries", headers=hut)).json()["deliveries"]
    assert (None, True) == (delivery["waits_for"], delivery["gathered_at"] is not None)
    told = await explained(notifications_database, "alr-2")
    assert "letter to hut-1, in a digest put together at" in told
    assert ": SENT at" in told


async def test_a_digest_that_is_put_off_stays_what_it_is(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """Put off twice, taken then: under its id, and what has come meanwhile is in the next."""
    await wait_for_digest(pool, owner, sending, sink, "later", "later")
    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(retries_seconds=(3600,))):
        await wait_until(lambda: has_failed(pool), 30, "it was not tried")
    await wait_for_digest(pool, owner, sending, sink, "later", more=True)
    await owner.fetch("UPDATE delivery SET not_before = now() WHERE digest = alert")
    await all_sent(pool, sending, sink)

    assert {"alr-0": "alr-0", "alr-1": "alr-0", "alr-2": "alr-2"} == {
        row["alert"]: row["digest"] for row in await pool.fetch(_IN_DIGESTS)
    }
    assert [1, 2] == sorted(len(alerts) for _, alerts in listed(sink))
    assert ["SENT"] * 3 == [row[1] for row in await outcomes(pool)]


async def has_failed(pool: Pool) -> bool:
    return bool(await pool.fetch("SELECT FROM delivery WHERE attempts > 0"))


async def test_a_digest_that_is_refused_is_so_for_all_in_it(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """Each says it, with the server's status."""
    await wait_for_digest(pool, owner, sending, sink, "bounce", "bounce")

    await all_sent(pool, sending, sink)

    assert [("bounce", "BOUNCED", 1, 550, "5.1.1")] * 2 == await outcomes(pool)


async def test_each_alert_is_in_one_digest_whoever_sends(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """Of several processes whoever comes first gathers for a reader, and the others find nothing left."""
    people = [f"p{number}" for number in range(12) for _ in range(5)]
    await wait_for_digest(pool, owner, sending, sink, *people)

    async with sending(PLAIN._replace(port=sink.port)), sending(PLAIN._replace(port=sink.port)):
        await wait_until(lambda: none_waits(pool), 30, "not everything was sent")

    assert 12 == len(sink.taken()) == len({name for name, _ in listed(sink)})
    assert [5] * 12 == [len(alerts) for _, alerts in listed(sink)]
    digests = Counter(row["digest"] for row in await pool.fetch(_IN_DIGESTS))
    assert [5] * 12 == [*digests.values()]


async def test_who_gathers_at_the_same_time_finds_nothing_left(pool: Pool, owner: Pool, sending: Sending, sink: Sink):
    """All of it is in the one digest, and its lease is one."""
    await wait_for_digest(pool, owner, sending, sink, "ann", "ann", "ann")
    said = (await MailStore(pool).wishes([("HUT", "ann")]))["HUT", "ann"]

    gathered = await asyncio.gather(
        *(DigestStore(pool).gather(("HUT", "ann"), said, lease_seconds=60) for _ in range(4))
    )

    assert ["alr-0", None, None, None] == sorted(gathered, key=lambda each: each or "z")
    assert 3 == len(await DigestStore(pool).members("alr-0", "ann"))
    assert [] == await MailStore(pool).take(9, lease_seconds=60)


async def test_nothing_is_gathered_by_what_was_said_before(pool: Pool, owner: Pool, sending: Sending, sink: Sink):
    """Who wants no digest any more just as it is put together gets letters, and is looked at anew."""
    await wait_for_digest(pool, owner, sending, sink, "ann", "ann")
    store = MailStore(pool)
    said = (await store.wishes([("HUT", "ann")]))["HUT", "ann"]
    taken = await store.take(1, lease_seconds=60)
    await store.prefer("HUT", "ann", Preferences())

    assert await DigestStore(pool).gather(("HUT", "ann"), said, lease_seconds=60) is None

    await all_sent(pool, sending, sink)
    assert 1 == len(taken)
    assert 2 == len(sink.taken())
    assert [None, None] == [row["digest"] for row in await pool.fetch(_IN_DIGESTS)]


async def test_nothing_is_ever_in_two_digests(pool: Pool, owner: Pool, sending: Sending, sink: Sink):
    """The table itself refuses it."""
    await wait_for_digest(pool, owner, sending, sink, "ann")
    await all_sent(pool, sending, sink)

    with pytest.raises(asyncpg.RaiseError, match="in no other"):
        await owner.fetch("UPDATE delivery SET digest = 'alr-9'")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wanting(wish("reminder")), {"MUTED": 2}),
        (wanting(wish("reminder", "OTHER")), {"MUTED": 1, "SENT": 1}),
    ],
    ids=["none", "one"],
)
async def test_what_is_wanted_no_more_is_left_out_of_a_digest_that_was_put_off(  # what it takes to try
    pool: Pool, owner: Pool, sink: Sink, sending: Sending, said: Preferences, expected: dict[str, int]
):
    """Also where it leads it: then nobody is sent anything, or the rest alone."""
    await wait_for_digest(pool, owner, sending, sink, "later", "later")
    await owner.fetch("UPDATE alert SET agreement = 'OTHER' WHERE id = 'alr-0'")
    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(retries_seconds=(3600,))):
        await wait_until(lambda: has_failed(pool), 30, "it was not tried")

    await MailStore(pool).prefer("HUT", "later", said)
    await owner.fetch("UPDATE delivery SET not_before = now() WHERE digest = alert")
    await all_sent(pool, sending, sink)

    rows = await pool.fetch(_IN_DIGESTS)
    assert expected == Counter(row["outcome"] for row in rows)
    assert "MUTED" == rows[0]["outcome"]
    assert [1] * expected.get("SENT", 0) == [len(alerts) for _, alerts in listed(sink)]


async def test_one_click_ends_digests_too(
    pool: Pool, owner: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient
):
    """By the link that is in each."""
    await wait_for_digest(pool, owner, sending, sink, "ann", "ann")
    await all_sent(pool, sending, sink)
    link = str(message_from_bytes(sink.taken()[0].content, policy=SMTP)["List-Unsubscribe"]).strip("<>")
    await wait_for_digest(pool, owner, sending, sink, "ann", more=True)

    await client.post(link.removeprefix("https://notifications.example"))
    await all_sent(pool, sending, sink)

    assert ["SENT", "SENT", "MUTED"] == [row["outcome"] for row in await pool.fetch(_IN_DIGESTS)]
    assert 1 == len(sink.taken())


async def test_what_is_beyond_a_letter_is_counted(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """It is in the digest all the same, and its reader is told how much more there is."""
    await wait_for_digest(pool, owner, sending, sink, *["ann"] * (MOST_LISTED + 7))

    await all_sent(pool, sending, sink)

    [(_, alerts)] = listed(sink)
    assert MOST_LISTED == len(alerts)
    assert "There are 7 more in your inbox." in text_of(message_from_bytes(sink.taken()[0].content, policy=SMTP))
    assert {"SENT": MOST_LISTED + 7} == Counter(row["outcome"] for row in await pool.fetch(_IN_DIGESTS))


async def test_a_digest_at_night_waits_for_the_morning(pool: Pool, owner: Pool, sink: Sink, sending: Sending):
    """It is put together before, and nothing of it is late."""
    await wait_for_digest(pool, owner, sending, sink, "later", "later")
    async with sending(PLAIN._replace(port=sink.port), QUICK._replace(retries_seconds=(0.05,) * 9, rest_seconds=0.1)):
        await wait_until(lambda: has_failed(pool), 30, "it was not tried")
        await MailStore(pool).prefer("HUT", "later", quiet_now())
        await wait_until(lambda: waits_for_morning(pool), 30, "it did not wait")

    assert (0, 0.0) == tuple(await MailStore(pool).waiting())
    await MailStore(pool).prefer("HUT", "later", DAILY)
    await all_sent(pool, sending, sink)
    assert [2] == [len(alerts) for _, alerts in listed(sink)]


def quiet_now() -> Preferences:
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=1), now + timedelta(hours=2)
    quiet = QuietHours(from_=f"{begin:%H:%M}", to=f"{end:%H:%M}")
    return Preferences(digest=DAILY.digest, quiet_hours=quiet, time_zone="UTC")


async def waits_for_morning(pool: Pool) -> bool:
    return bool(await pool.fetch("SELECT FROM delivery WHERE held_for = 'QUIET_HOURS' AND not_before = held_until"))


# -- what may be said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "digest",
    [
        {"every": "DAILY"},
        {"every": "DAILY", "hour": 8, "weekday": "MON"},
        {"every": "WEEKLY", "hour": 8},
        {"every": "WEEKLY", "weekday": "MON"},
        {"hour": 8},
    ],
    ids=str,
)
async def test_a_digest_that_nobody_can_send_is_refused(
    client: httpx.AsyncClient, hut: dict[str, Any], digest: dict[str, Any]
):
    """By name, with whatever else may not be."""
    said = {"digest": digest, "wishes": [{"channel": "INBOX", "wanted": False}]}
    refused = await client.put(PATH, headers=hut, json=said)

    assert (422, "INBOX_STAYS") == (refused.status_code, refused.json()["code"])
    assert ["DIGEST_UNCLEAR"] == [each["code"] for each in refused.json()["also"]]


async def test_what_was_said_is_shown(client: httpx.AsyncClient, hut: dict[str, Any]):
    """As it was said; who said nothing gets each letter by itself."""
    nothing = (await client.get(PATH, headers=hut)).json()
    weekly = {"every": "WEEKLY", "weekday": "FRI", "hour": 8}

    assert {"every": "NONE", "weekday": None, "hour": None} == nothing["digest"]
    assert weekly == (await put(client, hut, {"digest": weekly}))["digest"]
