"""The log over HTTP tells which history it is, and whoever follows asks it."""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest

from shared.bus.catch_up import FeedUnavailable, LogFeed
from shared.bus.history import linked
from shared.log.chain import START, Head, HistoryDiverged, chain_text, chain_through
from shared.log.envelope import decode
from shared.testing import MigratedDatabase
from shared.web.issuer import LocalIssuer
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_unchanged import everything
from tests.events.everything import everything_of

__all__ = ["everything"]


@pytest.fixture
def feed(service: httpx.AsyncClient, issuer: LocalIssuer) -> LogFeed:
    """The feed as the other services read it."""
    return LogFeed(service, "", issuer.mint("ledger", roles=["service"]))


@pytest.fixture
def auditor(portal_of: Callable[..., Portal]) -> Portal:
    return portal_of(None, "auditor")


@pytest.fixture
async def head(operator: Portal, feed: LogFeed) -> Head:
    """How far somebody has followed four parties being registered."""
    bodies = [each.body for each in await feed.catch_up(0, 100)]
    return Head(len(bodies), chain_through(START.chain, bodies))


@pytest.fixture
async def owner(log_database: MigratedDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Whoever restores the log."""
    connection = await asyncpg.connect(log_database.owner_dsn, password=log_database.owner_password)
    yield connection
    await connection.close()


async def test_every_page_tells_which_history_it_is(head: Head, auditor: Portal):
    """The log by name, and the chain after the page's last event, or where there is none after it."""
    ends = {after: (await auditor.get("/v1/events", after=after, limit=2)).json() for after in (0, 2, 4, 5)}

    assert {"0"} == {page["log"] for page in ends.values()}
    assert chain_text(head.chain) == ends[2]["chain"] == ends[4]["chain"]
    assert ends[0]["chain"] not in {None, ends[2]["chain"]}
    # A log that ends below what was asked for has no chain there, and says where it ends.
    assert (None, [], 4) == (ends[5]["chain"], ends[5]["events"], ends[5]["last_position"])


async def test_pages_of_any_size_make_one_history(head: Head, feed: LogFeed):
    """Whoever catches up page by page arrives at the same chain."""
    followed = START
    while page := await feed.catch_up(followed.position, 3):
        last = linked(followed, page)[-1]
        followed = Head(last.position, last.chain)

    assert head == followed


async def test_the_same_history_is_agreed_to(head: Head, feed: LogFeed):
    """At the end of the log, before it, and before there was anything."""
    await feed.check(head)
    await feed.check(Head(2, await feed.chain_at(2)))
    await feed.check(START)


async def test_another_history_is_named_by_position_and_both_hashes(head: Head, feed: LogFeed):
    """The same position, reached over other events."""
    other = Head(3, START.chain)

    with pytest.raises(HistoryDiverged) as diverged:
        await feed.check(other)

    stated = chain_text(await feed.chain_at(3))
    assert (3, chain_text(START.chain), stated) == (
        diverged.value.position,
        diverged.value.expected,
        diverged.value.got,
    )


async def test_a_log_that_ends_below_what_was_followed_is_another_history(
    head: Head, feed: LogFeed, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """A position alone would agree as soon as anything else was recorded."""
    await owner.execute("DELETE FROM event WHERE position > 3")
    await owner.execute("UPDATE log_head SET (position, chain) = (SELECT 3, chain FROM event WHERE position = 3)")

    with pytest.raises(HistoryDiverged, match="its end at position 3"):
        await feed.check(head)
    with pytest.raises(HistoryDiverged, match="its end at position 3"):
        await feed.chain_at(head.position)


async def test_a_feed_that_refuses_is_asked_again_later(head: Head, service: httpx.AsyncClient, issuer: LocalIssuer):
    """What nobody answered says nothing about any history."""
    refused = LogFeed(service, "", issuer.mint("somebody", roles=["representative"]))

    with pytest.raises(FeedUnavailable):
        await refused.check(head)


# -- as a party -------------------------------------------------------------------------------------------------------


async def test_a_party_is_told_what_concerns_it(everything: JSON, auditor: Portal, portal_of: Callable[..., Portal]):
    """By its representative or its systems, byte for byte, and nothing else; no chain, which it could not compute."""
    whole = (await auditor.get("/v1/events")).json()
    events = [(each["position"], decode(b64decode(each["body"]))) for each in whole["events"]]
    told: dict[str, list[int]] = {}
    for party in ("HUT", "ATRC", "EGU", "NLN"):
        expected = everything_of(party, events)
        for role in ("representative", "partner"):
            page = (await portal_of(party, role).get("/v1/events")).json()
            assert [each for each in whole["events"] if each["position"] in expected] == page["events"]
            assert (whole["last_position"],) * 2 == (page["last_position"], page["read_to"])
            assert page["chain"] is None
        told[party] = expected

    kinds = {party: {type(events[at - 1][1].data).__name__ for at in expected} for party, expected in told.items()}
    assert {"PartyRegistered"} == kinds["EGU"]
    assert "OpportunityIdentified" in kinds["HUT"] - kinds["ATRC"]
    assert {"ContributionRecorded", "DeclarationMade", "DisputeOpened"} <= kinds["ATRC"]


async def test_whoever_reads_everything_reads_it_for_a_party_too(everything: JSON, portal_of: Callable[..., Portal]):
    """An auditor whose token names a party is one all the same."""
    both = (await portal_of("EGU", "auditor", "representative").get("/v1/events")).json()

    assert [*range(1, both["last_position"] + 1)] == [each["position"] for each in both["events"]]


@pytest.mark.parametrize("limit", [1, 3, 1_000])
async def test_a_party_reads_page_by_page(everything: JSON, portal_of: Callable[..., Portal], limit: int):
    """Where a page says that it was read to, the next begins, whether it had any events or none."""
    atrc = portal_of("ATRC")
    whole = (await atrc.get("/v1/events")).json()
    found: list[JSON] = []
    after = 0
    while after < whole["last_position"]:
        page = (await atrc.get("/v1/events", after=after, limit=limit)).json()
        assert len(page["events"]) <= limit
        assert after < page["read_to"]
        found, after = [*found, *page["events"]], page["read_to"]

    assert whole["events"] == found
    end = (await atrc.get("/v1/events", after=after)).json()
    assert ([], after) == (end["events"], end["read_to"])
