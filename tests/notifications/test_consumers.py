"""A party's consumers: asked for over HTTP, made on its stream, and pulled from."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry

from services.notifications.consumers.filters import MOST_SUBJECTS
from services.notifications.going_back import take_consumers_back
from services.notifications.streams.relay import Mirroring, MirrorMetrics
from shared.database import Database, Pool
from shared.log.parties import MOST_CONSUMERS, stream_of
from tests.notifications.feeding import Feeds
from tests.notifications.test_streams import mirror_now, running

PATH = "/v1/feed/consumers"
OTHER = "moiety.v1._.party.PartyRegistered"

Headers = dict[str, Any]


@pytest.fixture
def mirroring(pool: Pool, feeds_client: Client) -> Mirroring:
    """What makes consumers, when told to."""
    return Mirroring(pool, feeds_client, MirrorMetrics(CollectorRegistry()))


@pytest.fixture
async def made(feeds: Feeds, database: Database, pool: Pool, feeds_client: Client) -> AsyncIterator[Feeds]:
    """Feeds of five events each that somebody mirrors."""
    await feeds.give("HUT", "ATRC", events=5)
    async with running(database, pool, feeds_client, MirrorMetrics(CollectorRegistry())):
        yield feeds


async def put(client: httpx.AsyncClient, headers: Headers, name: str, **body: Any) -> dict[str, Any]:
    answer = await client.put(f"{PATH}/{name}", headers=headers, json=body)
    assert 200 == answer.status_code, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def refused(client: httpx.AsyncClient, headers: Headers, name: str, **body: Any) -> tuple[int, str]:
    answer = await client.put(f"{PATH}/{name}", headers=headers, json=body)
    return answer.status_code, answer.json()["code"]


async def on_server(client: Client, party: str) -> dict[str, Any]:
    return {each.name: each for each in await client.jetstream().consumers_info(stream_of(party))}


async def test_a_consumer_is_there_when_the_answer_comes(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """Whoever asked can pull at once."""
    shown = await put(client, hut_system, "reporting", after=2)

    assert {
        "name": "reporting",
        "stream": "PARTY_HUT",
        "filter": {"agreements": [], "entities": [], "events": []},
        "after": 2,
        "acknowledged": 2,
        "ready": True,
    } == shown
    assert [0, 3] == [
        (info := (await on_server(feeds_client, "HUT"))["reporting"]).delivered.consumer_seq,
        info.num_pending,
    ]


async def test_the_same_again_changes_nothing(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """Whatever order its lists have; the consumer is the one that was made first."""
    first = await put(client, hut_system, "reporting", filter={"agreements": ["AGR-1", "AGR-2"]}, after=2)
    created = (await on_server(feeds_client, "HUT"))["reporting"].created
    again = await put(client, hut_system, "reporting", filter={"agreements": ["AGR-2", "AGR-1", "AGR-1"]}, after=2)
    without = await put(client, hut_system, "reporting", filter={"agreements": ["AGR-2", "AGR-1"]})

    assert first == again == without
    assert created == (await on_server(feeds_client, "HUT"))["reporting"].created


async def test_a_filter_is_told_of_what_it_names(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """Agreements, kinds of things and names of events, each of them or any."""
    await made.give("HUT", subject=OTHER)
    wanted = {
        "all": ({}, 6),
        "one-agreement": ({"agreements": ["AGR-1"]}, 5),
        "none": ({"agreements": ["_"]}, 1),
        "kind": ({"entities": ["party", "licence"]}, 1),
        "by-name": ({"events": ["DeterminationAdopted"]}, 5),
        "nothing-yet": ({"agreements": ["AGR-9"], "entities": ["invention"], "events": ["PartyRegistered"]}, 0),
    }
    for name, (filtered, _) in wanted.items():
        await put(client, hut_system, name, filter=filtered)
    there = await on_server(feeds_client, "HUT")

    assert {name: count for name, (_, count) in wanted.items()} == {name: there[name].num_pending for name in wanted}


async def test_another_filter_leaves_a_consumer_where_it_is(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """It is the same consumer, told of less from now on, and of everything again."""
    await put(client, hut_system, "reporting", after=3)
    created = (await on_server(feeds_client, "HUT"))["reporting"].created
    await put(client, hut_system, "reporting", filter={"entities": ["party"]})
    less = (await on_server(feeds_client, "HUT"))["reporting"]
    shown = await put(client, hut_system, "reporting")
    more = (await on_server(feeds_client, "HUT"))["reporting"]

    assert (created, created) == (less.created, more.created)
    assert (0, 2) == (less.num_pending, more.num_pending)
    assert (3, True) == (shown["after"], shown["ready"])


async def test_another_number_makes_a_consumer_anew(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """Backward or forward."""
    pending = []
    for after in (4, 1, 5, 0):
        await put(client, hut_system, "reporting", after=after)
        pending.append((await on_server(feeds_client, "HUT"))["reporting"].num_pending)

    assert [1, 4, 0, 5] == pending


async def test_main_is_always_there(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """Nobody has to ask for it, it can begin elsewhere, and it cannot be removed."""
    await put(client, hut_system, "reporting")  # by then it is there
    listed = (await client.get(PATH, headers=hut_system)).json()
    moved = await put(client, hut_system, "main", after=4)
    refusal = await client.delete(f"{PATH}/main", headers=hut_system)

    assert ["main", "reporting"] == [each["name"] for each in listed]
    assert 4 == moved["after"]
    assert (409, "CONSUMER_STAYS") == (refusal.status_code, refusal.json()["code"])
    assert {"main", "reporting"} == set(await on_server(feeds_client, "HUT"))


async def test_a_removed_consumer_is_gone(
    client: httpx.AsyncClient, hut_system: Headers, feeds: Feeds, mirroring: Mirroring, feeds_client: Client
) -> None:
    """From the list, and from the stream; its name may be used again, from the beginning."""
    await put(client, hut_system, "reporting", after=0)
    await mirror_now(mirroring)
    gone = await client.delete(f"{PATH}/reporting", headers=hut_system)
    again = await client.delete(f"{PATH}/reporting", headers=hut_system)
    mirroring._woken.consumer("HUT")  # as the notification does, which nobody listens to here
    await mirror_now(mirroring)

    assert (204, 404, "CONSUMER_NOT_FOUND") == (gone.status_code, again.status_code, again.json()["code"])
    assert 404 == (await client.get(f"{PATH}/reporting", headers=hut_system)).status_code
    assert {"main"} == set(await on_server(feeds_client, "HUT"))


async def test_what_nobody_asked_for_is_removed(
    client: httpx.AsyncClient, feeds: Feeds, pool: Pool, mirroring: Mirroring, feeds_client: Client
) -> None:
    """The table says which consumers there are, whoever made another."""
    await mirror_now(mirroring)
    await feeds_client.jetstream().add_consumer(stream_of("HUT"), name="stray", durable_name="stray")
    await mirror_now(Mirroring(pool, feeds_client, MirrorMetrics(CollectorRegistry())))

    assert {"main"} == set(await on_server(feeds_client, "HUT"))


async def test_there_are_at_most_ten(
    client: httpx.AsyncClient, hut_system: Headers, atrc_system: Headers, made: Feeds
) -> None:
    """`main` is one of them; however many ask at once, and whatever another party has."""
    asked = [client.put(f"{PATH}/c-{number}", headers=hut_system, json={}) for number in range(MOST_CONSUMERS + 2)]
    answers = await asyncio.gather(*asked)
    listed = (await client.get(PATH, headers=hut_system)).json()

    assert MOST_CONSUMERS == len(listed)
    assert MOST_CONSUMERS - 1 == sum(answer.status_code == 200 for answer in answers)
    assert {(409, "TOO_MANY_CONSUMERS")} == {
        (answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 200
    }
    await put(client, atrc_system, "another")
    there = next(each["name"] for each in listed if each["name"] != "main")
    await put(client, hut_system, there, after=1)  # one of those there are may still change


async def test_while_nobody_makes_it_the_answer_says_so(
    client: httpx.AsyncClient, hut_system: Headers, feeds: Feeds, mirroring: Mirroring
) -> None:
    """It is kept, and made as soon as somebody does."""
    shown = await put(client, hut_system, "reporting")
    await mirror_now(mirroring)
    later = (await client.get(f"{PATH}/reporting", headers=hut_system)).json()

    assert (False, True) == (shown["ready"], later["ready"])


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("Reporting", {}, (400, "PARAMETER_MISTYPED")),
        ("1st", {}, (400, "PARAMETER_MISTYPED")),
        ("a" * 33, {}, (400, "PARAMETER_MISTYPED")),
        ("a.b", {}, (400, "PARAMETER_MISTYPED")),
        ("reporting", {"after": 6}, (409, "NUMBER_NOT_REACHED")),
        ("reporting", {"after": -1}, (400, "BODY_MISTYPED")),
        ("reporting", {"durable": True}, (400, "BODY_MISTYPED")),
        ("reporting", {"filter": {"subjects": [">"]}}, (400, "BODY_MISTYPED")),
        ("reporting", {"filter": {"agreements": [">"]}}, (422, "NOTHING_TO_FILTER")),
        ("reporting", {"filter": {"agreements": ["*"]}}, (422, "NOTHING_TO_FILTER")),
        ("reporting", {"filter": {"agreements": ["A.B"]}}, (422, "NOTHING_TO_FILTER")),
        ("reporting", {"filter": {"agreements": ["A\0"]}}, (422, "NOTHING_TO_FILTER")),
        ("reporting", {"filter": {"entities": ["unicorn"]}}, (422, "NOTHING_TO_FILTER")),
        ("reporting", {"filter": {"events": ["DeterminationAdopted.>"]}}, (422, "NOTHING_TO_FILTER")),
        (
            "reporting",
            {"filter": {"agreements": [f"A-{n}" for n in range(MOST_SUBJECTS // 2 + 1)], "entities": ["party", "log"]}},
            (422, "FILTER_TOO_WIDE"),
        ),
    ],
)
async def test_what_no_consumer_can_be_is_refused(
    client: httpx.AsyncClient, hut_system: Headers, made: Feeds, name: str, body: Any, expected: tuple[int, str]
) -> None:
    """Before anything is made: a name or a filter is a token of a subject, and nothing that reaches beyond."""
    assert expected == await refused(client, hut_system, name, **body)
    assert name not in [each["name"] for each in (await client.get(PATH, headers=hut_system)).json()]


async def test_who_has_no_feed_has_no_consumers(client: httpx.AsyncClient, issuer: Any, feeds: Feeds) -> None:
    """Its token may be good: nobody has registered its party yet."""
    stranger = {"Authorization": f"Bearer {issuer.mint('stranger', party='NOBODY', roles=['partner'])}"}

    assert (404, "FEED_NOT_FOUND") == await refused(client, stranger, "reporting")
    assert [] == (await client.get(PATH, headers=stranger)).json()


async def test_each_party_sees_and_changes_its_own(
    client: httpx.AsyncClient, hut_system: Headers, atrc_system: Headers, made: Feeds, feeds_client: Client
) -> None:
    """The same name is another consumer to another party."""
    await put(client, hut_system, "reporting", after=1)
    await put(client, atrc_system, "reporting", after=4)
    removed = await client.delete(f"{PATH}/reporting", headers=atrc_system)

    assert 204 == removed.status_code
    assert 1 == (await client.get(f"{PATH}/reporting", headers=hut_system)).json()["after"]
    assert 404 == (await client.get(f"{PATH}/reporting", headers=atrc_system)).status_code


@pytest.mark.parametrize("role", ["hut", "operator", "auditor"])
async def test_only_a_partys_system_has_consumers(
    client: httpx.AsyncClient, role: str, request: pytest.FixtureRequest, feeds: Feeds
) -> None:
    """A person reads what concerns the party elsewhere."""
    headers = request.getfixturevalue(role)
    answers = [
        await client.get(PATH, headers=headers),
        await client.get(f"{PATH}/main", headers=headers),
        await client.put(f"{PATH}/main", headers=headers, json={}),
        await client.delete(f"{PATH}/other", headers=headers),
    ]

    assert {(403, "ROLE_MISSING")} == {(answer.status_code, answer.json()["code"]) for answer in answers}


async def test_a_taken_back_feed_takes_its_consumers_back(
    client: httpx.AsyncClient,
    hut_system: Headers,
    feeds: Feeds,
    mirroring: Mirroring,
    owner: Pool,
    pool: Pool,
    feeds_client: Client,
) -> None:
    """Whatever was acknowledged of events that are no longer there: what takes their numbers is told all the same."""
    await feeds.give("HUT", events=5)
    await put(client, hut_system, "reporting", after=5)
    await mirror_now(mirroring)
    await feeds.cut("HUT", 3)
    async with owner.transaction() as connection:
        await take_consumers_back(connection)
    await feeds.give("HUT", events=4)
    await mirror_now(mirroring, times=4)

    assert 4 == (await on_server(feeds_client, "HUT"))["reporting"].num_pending
