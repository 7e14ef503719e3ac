"""What is sent, and when: everything once it is taken, again until then, and nothing to whoever did not ask for it."""

import asyncio
import time
from collections import Counter
from hashlib import sha256

import msgspec
import pytest
from structlog.testing import capture_logs

from services.notifications.errors import InboxUnavailable
from services.notifications.going_back import go_back
from services.notifications.inbox.store import Inbox
from services.notifications.webhooks.store import DeliveryStore
from shared.database import Pool
from shared.log.chain import leaf_hash, tree_text
from shared.testing import MigratedDatabase, wait_until
from tests.notifications.controls import contribution_recorded, project_created
from tests.notifications.feeding import feed
from tests.notifications.webhooks.conftest import QUICK, Portal, Sending
from tests.notifications.webhooks.receiver import OK, Got, Receiver, Said, receiving


async def everything_taken(portal: Portal, number: int, name: str = "main") -> None:
    """Wait until nothing waits any more up to a number."""

    async def taken() -> bool:
        shown = await portal.shown(name)
        return (shown["reached"], shown["waiting"]) == (number, 0)

    await wait_until(taken, 30, lambda: f"{name} has not reached {number}")


def numbers(receiver: Receiver) -> list[int]:
    return [each.number for each in receiver.events]


async def test_every_event_is_sent_once(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """What was there before and what comes, to whoever takes it: each once, under an id of its own."""
    await feed(pool, "HUT", 100)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 100)
        await feed(pool, "HUT", 20)
        await everything_taken(portal, 120)

    assert list(range(1, 121)) == sorted(numbers(receiver))
    assert len({each.headers["webhook-id"] for each in receiver.events}) == 120


async def test_what_nobody_foresaw_ends_no_sending(
    portal: Portal, pool: Pool, owner: Pool, receiver: Receiver, sending: Sending
):
    """A right that was taken away comes back: nobody has to start anything anew."""
    await feed(pool, "HUT", 1)
    await portal.active(receiver.url)
    await owner.fetch("REVOKE SELECT ON webhook_delivery FROM notifications")

    async def failed() -> bool:
        return "sending-failed" in {line["action"] for line in logs}

    with capture_logs() as logs:
        async with sending():
            await wait_until(failed, 30, "nothing fails")
            await owner.fetch("GRANT SELECT ON webhook_delivery TO notifications")
            await everything_taken(portal, 1)


async def test_in_full_it_is_what_was_published(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """The same bytes as in the feed: their leaf is the ledger's, and the chain follows from them."""
    bodies = await feed(pool, "HUT", 2)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 2)

    first, second = sorted(receiver.events, key=lambda each: each.number)
    assert (bodies, "/moiety?of=hut") == ([first.body, second.body], first.path)
    assert "application/cloudevents+json" == first.headers["content-type"]
    chain = sha256(bytes.fromhex(first.headers["moiety-chain"].removeprefix("sha256:")) + leaf_hash(second.body))
    assert f"sha256:{chain.hexdigest()}" == second.headers["moiety-chain"]


async def test_thin_it_says_where_to_read(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Ids, the leaf and a link, by which the party reads the event itself with its token; nothing of what it says."""
    [body] = await feed(pool, "HUT", 1)
    await portal.active(receiver.url, payload="THIN")
    async with sending():
        await everything_taken(portal, 1)

    [got] = receiver.events
    thin = msgspec.json.decode(got.body)
    event = msgspec.json.decode(body)
    assert (event["type"], event["time"]) == (thin["type"], thin["timestamp"])
    assert {"number": 1, "position": 1, "id": event["id"], "leaf_hash": tree_text(leaf_hash(body))}.items() <= thin[
        "data"
    ].items()
    read = (await portal.client.get(thin["data"]["link"], headers=portal.headers)).json()["events"]
    assert [body] == [each["body"].encode() for each in read]


async def test_what_is_refused_is_sent_again(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Under the same id, with another time, until it is taken; each attempt is remembered."""
    attempts: Counter[int] = Counter()

    def twice_in_vain(got: Got) -> Said:
        attempts[got.number] += 1
        return OK if attempts[got.number] == 3 else (500, b"", b"not now")

    receiver.answers = twice_in_vain
    await feed(pool, "HUT", 30)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 30)

    assert dict.fromkeys(range(1, 31), 3) == attempts
    assert len({(each.number, each.headers["webhook-id"]) for each in receiver.events}) == 30
    made = (await portal.done("GET", "/main/attempts?limit=200"))["items"]
    of_one = sorted((each for each in made if each["number"] == 7), key=lambda each: each["attempt"])
    assert [(1, "REFUSED", 500, "not now"), (2, "REFUSED", 500, "not now"), (3, "DELIVERED", 200, "")] == [
        (each["attempt"], each["outcome"], each["status"], each["answer"]) for each in of_one
    ]


async def test_only_what_was_asked_for_is_sent(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """By type and by agreement; what is left out is passed over."""
    await feed(pool, "HUT", 0, events=[contribution_recorded(), project_created()])
    await feed(pool, "HUT", 0, events=[contribution_recorded(), project_created()], agreement="AGR-2")
    types = ["agreements.ContributionRecorded.v1"]
    async with receiving() as other:
        await portal.active(receiver.url, "types", types=types)
        await portal.active(other.url, "both", types=types, agreements=["AGR-2"])
        async with sending():
            await everything_taken(portal, 4, "types")
            await everything_taken(portal, 4, "both")
        assert ([1, 3], [3]) == (sorted(numbers(receiver)), numbers(other))


async def test_a_party_is_sent_its_own_feed(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Whatever concerns others goes nowhere."""
    bodies = await feed(pool, "HUT", 2)
    await feed(pool, "ATRC", 5)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 2)
        await feed(pool, "ATRC", 5)
        bodies += await feed(pool, "HUT", 1)
        await everything_taken(portal, 3)

    assert sorted(bodies) == sorted(each.body for each in receiver.events)


async def test_in_order_one_waits_for_the_other(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Nothing overtakes an event that is not taken, and never two are under way."""
    failures = {3: 2, 7: 4, 8: 1}

    def at_times(got: Got) -> Said:
        failures[got.number] = left = failures.get(got.number, 0) - 1
        return OK if left < 0 else (503, b"", b"")

    receiver.answers = at_times
    await feed(pool, "HUT", 12)
    await portal.active(receiver.url, ordered=True)
    async with sending(), sending():
        await everything_taken(portal, 12)

    expected = [1, 2, 3, 3, 3, 4, 5, 6, 7, 7, 7, 7, 7, 8, 8, 9, 10, 11, 12]
    assert (expected, 1) == (numbers(receiver), receiver.most_under_way)


async def test_several_senders_share_the_work(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """However many processes send, what is under way with one is no other's."""
    receiver.delay_seconds = 0.01
    await feed(pool, "HUT", 400)
    await portal.active(receiver.url)
    async with sending(), sending(), sending():
        await everything_taken(portal, 400)

    assert list(range(1, 401)) == sorted(numbers(receiver))


async def test_a_slow_receiver_holds_nobody_else(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """While one lets every attempt run into its end, another gets everything at once."""
    await feed(pool, "HUT", 300)
    async with receiving() as slow:
        slow.delay_seconds = 60
        await portal.active(receiver.url, "quick")
        await portal.done("PUT", "/slow", {"url": slow.url})
        await pool.fetch("UPDATE webhook SET state = 'ACTIVE' WHERE name = 'slow'")
        async with sending(QUICK._replace(timeout_seconds=60)):
            await everything_taken(portal, 300, "quick")
            # Not one attempt has come to its end there.
            assert 0 < slow.under_way == slow.most_under_way <= QUICK.most_of_one


async def test_a_receiver_that_is_gone_is_sent_nothing_more(
    portal: Portal, pool: Pool, receiver: Receiver, sending: Sending, inbox: Inbox
):
    """410 disables the webhook, and its owner is told in its inbox; once it is verified again it goes on."""
    receiver.answers = lambda _got: (410, b"", b"")
    await feed(pool, "HUT", 3)
    await portal.active(receiver.url)
    async with sending():
        await wait_until(lambda: is_disabled(portal), 10, "still active")
        assert "GONE" == (await portal.shown())["disabled_because"]
        [alert] = await inbox.after("HUT", 0, limit=10)
        assert ("notifications.WebhookDisabled.v1", "/v1/webhooks/main") == (alert.type, alert.link)
        sent = len(receiver.events)
        await feed(pool, "HUT", 3)
        await asyncio.sleep(0.7)
        assert sent == len(receiver.events)

        receiver.answers = lambda _got: OK
        await portal.done("POST", "/main/verify")
        await everything_taken(portal, 6)
    assert set(range(1, 7)) == set(numbers(receiver))


async def is_disabled(portal: Portal) -> bool:
    return bool((await portal.shown())["state"] == "DISABLED")


async def test_who_fails_for_days_is_sent_nothing_more(
    portal: Portal, pool: Pool, receiver: Receiver, sending: Sending, inbox: Inbox
):
    """Where nothing at all was taken for so long; one success begins it anew."""
    receiver.answers = lambda got: OK if got.number == 1 else (500, b"", b"")
    await feed(pool, "HUT", 2)
    await portal.active(receiver.url)
    async with sending(QUICK._replace(failing_seconds=1, retries_seconds=(0.2,) * 30)):
        await wait_until(lambda: is_disabled(portal), 20, "still active")

    shown = await portal.shown()
    assert ("FAILING", 1) == (shown["disabled_because"], shown["waiting"])
    assert len(await inbox.after("HUT", 0, limit=10)) == 1


async def test_what_is_never_taken_is_given_up(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """After its last attempt an event has failed, and others are sent all the same; a replay tries it again."""
    receiver.answers = lambda got: OK if got.number != 2 else (400, b"", b"never")
    await feed(pool, "HUT", 3)
    await portal.active(receiver.url)
    async with sending(QUICK._replace(retries_seconds=(0.05, 0.05))):

        async def given_up() -> bool:
            shown = await portal.shown()
            return (shown["reached"], shown["waiting"], shown["failed"]) == (3, 0, 1)

        await wait_until(given_up, 20, "still tried")
        assert {1: 1, 2: 3, 3: 1} == Counter(numbers(receiver))

        receiver.answers = lambda _got: OK
        await portal.done("POST", "/main/replays", {"failed": True})
        await everything_taken(portal, 3)
        assert (4, 0) == (numbers(receiver).count(2), (await portal.shown())["failed"])


async def test_in_order_what_is_never_taken_ends_it(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Going on would break the order, so nothing follows; verified again, it goes on with that event."""
    receiver.answers = lambda got: OK if got.number != 2 else (400, b"", b"")
    await feed(pool, "HUT", 3)
    await portal.active(receiver.url, ordered=True)
    async with sending(QUICK._replace(retries_seconds=(0.05,))):
        await wait_until(lambda: is_disabled(portal), 20, "still active")
        assert ("EXHAUSTED", [1, 2, 2]) == ((await portal.shown())["disabled_because"], numbers(receiver))
        receiver.answers = lambda _got: OK
        await portal.done("POST", "/main/verify")
        await everything_taken(portal, 3)
    assert [1, 2, 2, 2, 3] == numbers(receiver)


async def test_a_receiver_says_how_long_to_wait(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """Retry-After goes before the schedule; from one that is overloaded all of its events stay away for so long."""
    times: list[float] = []

    def overloaded_at_first(_got: Got) -> Said:
        times.append(time.monotonic())
        return (429, b"Retry-After: 2\r\n", b"") if len(times) == 1 else OK

    receiver.answers = overloaded_at_first
    await feed(pool, "HUT", 3)
    await portal.active(receiver.url, ordered=True)
    async with sending():
        await everything_taken(portal, 3)

    assert 2 <= times[1] - times[0] < 5


@pytest.mark.parametrize(("replay", "again"), [({"number": 3}, [3]), ({"since": 4}, [4, 5])])
async def test_what_was_sent_is_sent_once_more(  # fixtures
    portal: Portal, pool: Pool, receiver: Receiver, sending: Sending, replay: dict[str, int], again: list[int]
):
    """One event, or all since a number: under the ids that they had."""
    await feed(pool, "HUT", 5)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 5)
        await portal.done("POST", "/main/replays", replay)
        await wait_until(lambda: len(receiver.events) == 5 + len(again), 10, "not sent again")
        await everything_taken(portal, 5)

    assert again == sorted(numbers(receiver)[5:])
    assert len({each.headers["webhook-id"] for each in receiver.events}) == 5


async def test_after_going_back_it_sends_what_is_there_now(  # as the operator does, with notifications stopped
    portal: Portal, pool: Pool, receiver: Receiver, sending: Sending, notifications_database: MigratedDatabase
):
    """Under a number that was sent before there is another event: it is sent, under an id that nobody has seen."""
    await feed(pool, "HUT", 5)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 5)
    before = list(receiver.events)
    async with notifications_database.reached_by_owner(InboxUnavailable).connected() as connection:
        await connection.execute("UPDATE progress SET position = 5")
        await go_back(connection, 3)
    assert 3 == (await portal.shown())["reached"]
    others = await feed(pool, "HUT", 2)
    async with sending():
        await everything_taken(portal, 5)

    again = sorted(receiver.events[len(before) :], key=lambda each: each.number)
    assert [(4, others[0]), (5, others[1])] == [(each.number, each.body) for each in again]
    assert not {each.headers["webhook-id"] for each in before} & {each.headers["webhook-id"] for each in again}


async def test_what_it_answers_at_length_is_left_unread(
    portal: Portal, pool: Pool, receiver: Receiver, sending: Sending
):
    """Of an answer no more is kept than its beginning, whatever it is made of."""
    receiver.answers = lambda _got: (200, b"", b"\0\xff" * 500_000)
    await feed(pool, "HUT", 2)
    await portal.active(receiver.url)
    async with sending():
        await everything_taken(portal, 2)

    for made in (await portal.done("GET", "/main/attempts"))["items"]:
        assert ("DELIVERED", 200) == (made["outcome"], len(made["answer"]))


async def test_a_redirection_is_not_followed(portal: Portal, pool: Pool, receiver: Receiver, sending: Sending):
    """It is an answer like any other that does not take the event."""
    async with receiving() as elsewhere:
        receiver.answers = lambda _got: (307, f"Location: {elsewhere.url}\r\n".encode(), b"")
        await feed(pool, "HUT", 1)
        await portal.active(receiver.url)
        async with sending(QUICK._replace(retries_seconds=(0.05,))):
            await wait_until(lambda: len(receiver.events) == 2, 10, "not tried twice")
        assert [] == elsewhere.got


async def test_nobody_waits_for_another_process_that_hands_out(portal: Portal, pool: Pool, receiver: Receiver):
    """What somebody else has in hand is passed over, a webhook and an event of one alike."""
    await feed(pool, "HUT", 2)
    await portal.active(receiver.url)
    store = DeliveryStore(pool)
    (webhook,) = [row["id"] for row in await pool.fetch("SELECT id FROM webhook")]
    async with asyncio.timeout(5):
        async with pool.transaction() as connection:
            await connection.fetchrow("SELECT FROM webhook WHERE id = $1 FOR UPDATE", webhook)
            assert await store.take(webhook, most=1, lease_seconds=60) is None
        assert await store.take(webhook, most=1, lease_seconds=0) is not None
        async with pool.transaction() as connection:
            await connection.fetchrow("SELECT FROM webhook_delivery WHERE webhook = $1 FOR UPDATE", webhook)
            taken = await store.take(webhook, most=1, lease_seconds=60)

    assert taken is not None
    assert [2] == [each.item.number for each in taken.due]


async def test_how_long_a_webhook_fails_is_seen(portal: Portal, pool: Pool, receiver: Receiver):
    """The one that has failed for longest, of those that are sent to; none does at first."""
    await portal.active(receiver.url)
    store = DeliveryStore(pool)
    assert 0 == await store.longest_failing_seconds()

    await pool.fetch("UPDATE webhook SET failing_since = now() - interval '1 hour'")
    assert 3_600 <= await store.longest_failing_seconds() < 3_700

    await pool.fetch("UPDATE webhook SET state = 'DISABLED', disabled_because = 'FAILING'")
    assert 0 == await store.longest_failing_seconds()
