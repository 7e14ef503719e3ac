"""What a party receives is what the one function says, over each way that needs no NATS."""

from random import Random

import httpx
import pytest

from services.notifications.consumer import Alerting
from shared.database import Pool
from shared.log.chain import chain_text
from shared.web.issuer import LocalIssuer
from tests.notifications.feeds.test_feeds import Feeds, expected, fed, recorded
from tests.notifications.webhooks.conftest import Portal, Sending
from tests.notifications.webhooks.receiver import receiving
from tests.notifications.webhooks.test_delivering import everything_taken


def portal_of(client: httpx.AsyncClient, issuer: LocalIssuer, party: str) -> Portal:
    token = issuer.mint(f"{party}-machine", party=party, roles=["partner"])
    return Portal(client, {"Authorization": f"Bearer {token}"})


async def read_in_pages(portal: Portal) -> list[tuple[int, int, str]]:
    """All of a feed, some at a time, as its party's system reads it."""
    rows: list[tuple[int, int, str]] = []
    while True:
        after = rows[-1][0] if rows else 0
        answer = await portal.client.get(f"/v1/feed?after={after}&limit=50", headers=portal.headers)
        events = answer.raise_for_status().json()["events"]
        if not events:
            return rows
        rows += [(event["number"], event["position"], event["chain"]) for event in events]


def in_text(feeds: Feeds) -> dict[str, list[tuple[int, int, str]]]:
    return {party: [(*row[:2], chain_text(row[2])) for row in rows] for party, rows in feeds.items()}


@pytest.mark.parametrize("number", [0, 3])
async def test_it_is_exactly_what_concerns_it(  # each party of a story or a random walk, asked and sent to
    client: httpx.AsyncClient, issuer: LocalIssuer, alerting: Alerting, pool: Pool, sending: Sending, number: int
):
    """In pages and by webhook, whole and in the same history, for every party; and nothing of another's."""
    messages = await recorded(number)
    await fed(alerting, messages, Random(number))
    told = in_text(expected(messages))

    assert told
    for party, rows in told.items():
        portal = portal_of(client, issuer, party)
        assert rows == await read_in_pages(portal)
        async with receiving() as receiver, sending():
            await portal.active(receiver.url)
            await everything_taken(portal, len(rows))
            await portal.done("DELETE", "/main")
        got = sorted(
            (each.number, int(each.headers["moiety-position"]), each.headers["moiety-chain"])
            for each in receiver.events
        )
        assert rows == got
