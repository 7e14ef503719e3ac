"""A party's feed as its systems read it over HTTP, without NATS."""

import asyncio
import time
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from services.notifications.feeds.api import FeedEvent
from services.notifications.feeds.checkpoints import FRESH_SECONDS
from shared.database import Pool
from shared.log.chain import chain_text, feed_seed, read_chain
from shared.testing import wait_until
from shared.web.issuer import LocalIssuer
from tests.notifications.conftest import Ledger
from tests.notifications.feeding import fed_later, feed


async def read(client: httpx.AsyncClient, headers: dict[str, Any], query: str = "") -> list[FeedEvent]:
    answer = await client.get(f"/v1/feed{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return msgspec.convert(answer.json()["events"], list[FeedEvent])


async def test_a_party_reads_its_feed_in_order(client, pool: Pool, hut_system):
    """Page after page, each event once, by its number."""
    await feed(pool, "HUT", 5)

    first = await read(client, hut_system, "?limit=3")
    second = await read(client, hut_system, f"?after={first[-1].number}")

    assert [1, 2, 3, 4, 5] == [event.number for event in (*first, *second)]
    assert {("agreements.ContributionRecorded.v1", "0")} == {(event.type, event.log) for event in first}


async def test_what_is_read_can_be_proven(client, pool: Pool, hut):
    """The bytes are those that were published, so that their leaves are the ledger's, and the chain follows."""
    bodies = await feed(pool, "HUT", 3)

    events = await read(client, hut)

    assert bodies == [event.body.encode() for event in events]
    chain = feed_seed("HUT")
    for event in events:
        chain = sha256(chain + sha256(b"\x00" + event.body.encode()).digest()).digest()
        assert chain_text(chain) == event.chain


async def test_a_feed_holds_nothing_of_other_parties(client, pool: Pool, hut, atrc):
    """Neither events nor numbers, nor where another's ends."""
    await feed(pool, "HUT", 2)
    await feed(pool, "ATRC", 1)

    assert ([1, 2], [3]) == (
        [event.position for event in await read(client, hut) if event.number in {1, 2}],
        [event.position for event in await read(client, atrc)],
    )


async def test_a_number_not_reached_is_refused(client, pool: Pool, hut):
    """Whoever counts further than we do followed another feed; to wait would be to miss what comes below it."""
    await feed(pool, "HUT", 2)

    for address in ("/v1/feed", "/v1/feed/stream"):
        answer = await client.get(address, params={"after": 3}, headers=hut)
        assert (409, "NUMBER_NOT_REACHED") == (answer.status_code, answer.json()["code"])
    assert [] == await read(client, hut, "?after=2")


async def test_an_event_is_waited_for(client, pool: Pool, hut):
    """Whoever waits gets it as it comes, and not when the time is over."""
    began = time.monotonic()

    waiting, _ = await asyncio.gather(read(client, hut, "?wait=20"), fed_later(pool, "HUT", 1, 0.3))

    assert [1] == [event.number for event in waiting]
    assert time.monotonic() - began < 10


async def test_waiting_ends_with_nothing(client, pool: Pool, hut):
    """Where nothing comes, that is the answer: the same number is asked about again."""
    await feed(pool, "HUT", 1)

    assert [] == await read(client, hut, "?after=1&wait=1")


async def test_few_wait_at_a_time(client, pool: Pool, hut, atrc):
    """Waiting is an open stream; one too many is refused, another party's is not, nor who does not wait."""
    waiting = {asyncio.create_task(client.get("/v1/feed?wait=20", headers=hut)) for _ in range(23)}
    refused: set[asyncio.Task[httpx.Response]] = set()
    while len(refused) < 3:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused |= done

    assert {"TOO_MANY_STREAMS"} == {answer.result().json()["code"] for answer in refused}
    assert (200, 200) == (
        (await client.get("/v1/feed", headers=hut)).status_code,
        (await client.get("/v1/feed?wait=1", headers=atrc)).status_code,
    )
    await feed(pool, "HUT", 1)
    assert {200} == {answer.status_code for answer in await asyncio.gather(*waiting)}


@pytest.mark.parametrize("role", ["auditor", "operator", "service"])
async def test_a_feed_is_its_partys_alone(client, issuer: LocalIssuer, role: str):
    """Whoever speaks for no party has none."""
    headers = {"Authorization": f"Bearer {issuer.mint('somebody', party='HUT', roles=[role])}"}

    for address in ("/v1/feed", "/v1/feed/stream", "/v1/feed/head"):
        assert "ROLE_MISSING" == (await client.get(address, headers=headers)).json()["code"]


async def test_a_partner_system_reads_no_inbox(client, hut_system):
    """Alerts are for people."""
    assert "ROLE_MISSING" == (await client.get("/v1/inbox", headers=hut_system)).json()["code"]


async def test_the_head_says_where_a_feed_ends(client, pool: Pool, ledger: Ledger, hut_system):
    """Number, position and chain of its last event, and a checkpoint of the ledger that covers it."""
    await feed(pool, "ATRC", 4)
    await feed(pool, "HUT", 2)
    ledger.size = 6

    head = (await client.get("/v1/feed/head", headers=hut_system)).json()

    last = (await read(client, hut_system))[-1]
    assert (2, 6, last.chain, ledger.note) == (head["number"], head["position"], head["chain"], head["checkpoint"])


async def test_a_feed_of_nothing_ends_at_its_seed(client, ledger: Ledger, hut):
    """Before its first event a feed has the chain that everybody can compute."""
    head = (await client.get("/v1/feed/head", headers=hut)).json()

    assert (0, 0, feed_seed("HUT")) == (head["number"], head["position"], read_chain(head["chain"]))
    assert ledger.note == head["checkpoint"]


async def test_a_ledger_behind_covers_nothing_yet(client, pool: Pool, ledger: Ledger, hut):
    """While it has not entered the last event, or does not answer, there is no checkpoint; the rest is told."""
    await feed(pool, "HUT", 3)
    for size in (None, 2):
        ledger.size, asked = size, ledger.asked

        async def asked_again(asked: int = asked) -> bool:
            head = (await client.get("/v1/feed/head", headers=hut)).json()
            assert (3, None) == (head["number"], head["checkpoint"])
            return ledger.asked > asked + 1  # the last answer was given by what it said then

        await wait_until(asked_again, 10, "the ledger is not asked")

    ledger.size = 3

    async def covered() -> bool:
        return (await client.get("/v1/feed/head", headers=hut)).json()["checkpoint"] is not None

    await wait_until(covered, 10, "no checkpoint")


async def test_what_is_being_brought_is_covered_by_what_comes_with_it(
    client, pool: Pool, owner: Pool, ledger: Ledger, hut
):
    """The last event so far may be an early one: the checkpoint holds those before it in the feed all the same."""
    await feed(pool, "HUT", 3)
    await owner.fetch("UPDATE feed_entry SET came_with = 9 WHERE number = 3")
    ledger.size = 8

    assert (await client.get("/v1/feed/head", headers=hut)).json()["checkpoint"] is None
    ledger.size = 9

    async def covered() -> bool:
        return bool((await client.get("/v1/feed/head", headers=hut)).json()["checkpoint"] == ledger.note)

    await wait_until(covered, 10, "no checkpoint")


async def test_the_ledger_is_asked_seldom(client, pool: Pool, ledger: Ledger, hut):
    """However many ask for what it does not have, it is asked once in a while; what covers is not asked for again."""
    await feed(pool, "HUT", 3)
    began = time.monotonic()
    await asyncio.gather(*(client.get("/v1/feed/head", headers=hut) for _ in range(50)))

    assert ledger.asked <= 1 + (time.monotonic() - began) / FRESH_SECONDS


async def test_a_body_is_the_text_of_its_bytes(client, pool: Pool, hut):
    """JSON within JSON: what is unpacked once is what was hashed, and unpacked twice the event."""
    [body] = await feed(pool, "HUT", 1)
    answer = (await client.get("/v1/feed", headers=hut)).json()["events"][0]

    assert msgspec.json.decode(body) == msgspec.json.decode(answer["body"])
