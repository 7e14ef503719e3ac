"""Whatever the database says when it cannot, the inbox says that it is unavailable: everywhere, and never a 500."""

from typing import Any

import httpx

from services.notifications.batch import Batch, Progress
from services.notifications.consumer import Alerting
from services.notifications.consumers.filters import Filter as Subjects
from services.notifications.consumers.store import Consumer, ConsumerStore
from services.notifications.errors import InboxUnavailable
from services.notifications.feeds.store import FeedReader
from services.notifications.store import ALARM_LOCK, AlertStore, sole_writer
from services.notifications.streams.store import FeedTables, PartyFeed
from services.notifications.webhooks.endpoints import Destination, Filter
from services.notifications.webhooks.register import Register, Setup
from services.notifications.webhooks.schedule import Answer, Following
from services.notifications.webhooks.signing import Key
from services.notifications.webhooks.store import DeliveryStore, Made
from shared.database import Database, Pool
from shared.events.concerned import EDITION
from shared.log.chain import START
from shared.testing import MigratedDatabase
from tests.notifications.controls import activated, drafted, published, said, terms_drafted
from tests.refusing import Door, Question, not_told_to_come_again, public_coroutines, refusing, told_otherwise


async def test_every_door_of_what_alerts_says_so(
    database: Database, alerting: Alerting, notifications_database: MigratedDatabase
) -> None:
    """It pauses then, and takes up where it was; no event is put aside as unreadable for it."""
    events = published([said(drafted()), said(terms_drafted()), said(activated())])
    async with sole_writer(database, lock=ALARM_LOCK) as store:
        doors: dict[str, Door] = {
            "take": lambda: alerting.take(events),
            "position": store.position,
            "progress": store.progress,
            "remembered": lambda: store.remembered(["agreement:AGR-1"]),
            "record": lambda: store.record(Progress(0, 0, START.chain), Batch(1, START.chain)),
            "keep_chain": lambda: store.keep_chain(1, START.chain),
            "begin_after": lambda: store.begin_after(1),
            "told_of": lambda: store.told_of([1]),
            "add": lambda: store.add([]),
            "put_aside": lambda: store.put_aside(after=0, reading="", limit=1),
            "take_up": lambda: store.take_up([1], [1], reading="all"),
            "wanted": store.wanted,
            "count_aside": store.count_aside,
            "agree_on": lambda: store.agree_on(EDITION),
            "heads": lambda: store.heads(["HUT"]),
            "bring": lambda: store.bring("HUT", ["agreement:AGR-1"], before=1),
        }
        assert public_coroutines(AlertStore) <= set(doors)

        async with refusing(notifications_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, InboxUnavailable)
    assert alerting.position == 0


async def test_every_door_of_the_feeds_says_so(pool: Pool, notifications_database: MigratedDatabase) -> None:
    """Whoever follows one asks again."""
    reader = FeedReader(pool)
    doors: dict[str, Door] = {
        "after": lambda: reader.after("HUT", 0, limit=1),
        "head": lambda: reader.head("HUT"),
        "parties": reader.parties,
    }
    assert public_coroutines(FeedReader) <= set(doors)

    async with refusing(notifications_database) as refuse:
        assert [] == await told_otherwise(refuse, doors, InboxUnavailable)


async def test_every_door_of_the_parties_streams_says_so(pool: Pool, notifications_database: MigratedDatabase) -> None:
    """Whoever fills them looks again, and whoever asks for a consumer is told to come again."""
    store, tables, feed = ConsumerStore(pool), FeedTables(pool), PartyFeed(FeedReader(pool), "HUT")
    consumer = Consumer("main", Subjects(), 0, 0, 1, 0)
    doors: dict[str, Door] = {
        "of": lambda: store.of("HUT"),
        "find": lambda: store.find("HUT", "main"),
        "put": lambda: store.put("HUT", "main", Subjects(), None),
        "remove": lambda: store.remove("HUT", "main"),
        "wanted": lambda: store.wanted("HUT", at=1),
        "made": lambda: store.made("HUT", consumer),
        "reached": lambda: store.reached("HUT", consumer, 1),
        "ends": tables.ends,
        "cut": tables.cut,
        "mended": lambda: tables.mended("HUT"),
        "read_log": lambda: feed.read_log(after=0, limit=1),
        "head": feed.head,
    }
    assert set(doors) == set().union(*map(public_coroutines, (ConsumerStore, FeedTables, PartyFeed)))

    async with refusing(notifications_database) as refuse:
        assert [] == await told_otherwise(refuse, doors, InboxUnavailable)


async def test_every_door_of_the_webhooks_says_so(pool: Pool, notifications_database: MigratedDatabase) -> None:
    """Whoever sends pauses then, and nothing is lost; whoever sets one up is told to come again."""
    register, sending = Register(pool), DeliveryStore(pool)
    setup = Setup(url="https://hut.example/", wanted=Filter(frozenset(), frozenset()), payload="FULL", ordered=False)
    key = Key("v1", b"k" * 32)
    destination = Destination("W", setup.url, "FULL", (key,), ordered=False)
    made = Made(1, 1, Answer("DELIVERED", 1, 200), Following(None))
    doors: dict[str, Door] = {
        "of_party": lambda: register.of_party("HUT"),
        "one": lambda: register.one("HUT", "main"),
        "change": lambda: register.change("HUT", "main", setup),
        "add": lambda: register.add("HUT", "main", setup, identifier="W", after=0, key_name="first", key=key),
        "delete": lambda: register.delete("HUT", "main"),
        "destination": lambda: register.destination("HUT", "main"),
        "activate": lambda: register.activate(destination),
        "put_key": lambda: register.put_key("HUT", "main", "second", key, others_for_seconds=1),
        "delete_key": lambda: register.delete_key("HUT", "main", "first"),
        "replay": lambda: register.replay("HUT", "main", number=None, since=None),
        "attempts": lambda: register.attempts("W", before=1, limit=1),
        "busy": sending.busy,
        "take": lambda: sending.take("W", most=1, lease_seconds=1),
        "settle": lambda: sending.settle("W", [made], failing_seconds=1),
        "longest_failing_seconds": sending.longest_failing_seconds,
        "forget": sending.forget,
    }
    assert public_coroutines(Register) | public_coroutines(DeliveryStore) <= set(doors)

    async with refusing(notifications_database) as refuse:
        assert [] == await told_otherwise(refuse, doors, InboxUnavailable)


async def test_readers_are_told_to_come_again(
    client: httpx.AsyncClient,
    hut: dict[str, Any],
    hut_system: dict[str, Any],
    operator: dict[str, Any],
    notifications_database: MigratedDatabase,
) -> None:
    """Every question, and taking note: 503 with `Retry-After`, whatever it was."""
    questions: dict[str, Question] = {
        "inbox": lambda: client.get("/v1/inbox", headers=hut),
        "unread": lambda: client.get("/v1/inbox", params={"unread": True}, headers=hut),
        "count": lambda: client.get("/v1/inbox/unread-count", headers=hut),
        "counts": lambda: client.get("/v1/inbox/counts", headers=hut),
        "asset": lambda: client.get("/v1/inbox", params={"asset": "INV-1"}, headers=hut),
        "folded": lambda: client.get("/v1/inbox", params={"folded": True}, headers=hut),
        "repeats": lambda: client.get("/v1/inbox/ALERT/repeats", headers=hut),
        "read": lambda: client.post("/v1/inbox/ALERT/read", headers=hut),
        "archive": lambda: client.post("/v1/inbox/ALERT/archive", headers=hut),
        "unarchive": lambda: client.post("/v1/inbox/ALERT/unarchive", headers=hut),
        "evidence": lambda: client.get("/v1/alerts/ALERT/evidence", headers=hut),
        "acknowledge": lambda: client.post("/v1/inbox/ALERT/acknowledge", headers=hut),
        "quarantine": lambda: client.get("/v1/quarantine", headers=operator),
        "consumers": lambda: client.get("/v1/feed/consumers", headers=hut_system),
        "a consumer": lambda: client.get("/v1/feed/consumers/main", headers=hut_system),
        "have a consumer": lambda: client.put("/v1/feed/consumers/main", headers=hut_system, json={}),
        "remove a consumer": lambda: client.delete("/v1/feed/consumers/other", headers=hut_system),
        "feed": lambda: client.get("/v1/feed", headers=hut),
        "waiting": lambda: client.get("/v1/feed", params={"wait": 1}, headers=hut),
        "head": lambda: client.get("/v1/feed/head", headers=hut),
        "webhooks": lambda: client.get("/v1/webhooks", headers=hut),
        "webhook": lambda: client.get("/v1/webhooks/X", headers=hut),
        "put": lambda: client.put("/v1/webhooks/X", json={"url": "https://hut.example/"}, headers=hut),
        "delete": lambda: client.delete("/v1/webhooks/X", headers=hut),
        "verify": lambda: client.post("/v1/webhooks/X/verify", headers=hut),
        "ping": lambda: client.post("/v1/webhooks/X/ping", headers=hut),
        "replay": lambda: client.post("/v1/webhooks/X/replays", json={"failed": True}, headers=hut),
        "put key": lambda: client.put("/v1/webhooks/X/keys/K", json={}, headers=hut),
        "delete key": lambda: client.delete("/v1/webhooks/X/keys/K", headers=hut),
        "attempts": lambda: client.get("/v1/webhooks/X/attempts", headers=hut),
    }

    async with refusing(notifications_database) as refuse:
        assert [] == await not_told_to_come_again(refuse, questions)
