"""What a party may read of what happened is one answer, whichever service it asks: by the one function of concern."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

import httpx

from services.cli.standing import Standing
from shared.events.party import PartyRegistered
from shared.log.envelope import decode
from shared.testing import Stack
from tests.e2e.following import ask, feed_of
from tests.e2e.truth import settled
from tests.events.everything import everything_of

SAMPLE: Final = 199
OTHERS: Final = 60


def test_every_service_tells_a_party_the_same_events(stack: Stack) -> None:
    """Of the sample scenario, each party: its feed, the log as it reads it, and the ledger's entries, one by one."""
    settled(stack)
    with Standing(stack.home) as standing:
        events = [(position, decode(body)) for position, body in enumerate(standing.log(), 1)]
    parties = [envelope.data.party for _, envelope in events if isinstance(envelope.data, PartyRegistered)]

    assert len(parties) > 4
    for party in parties:
        expected = everything_of(party, events)
        assert (party, expected) == (party, sorted(position for _, position, _ in feed_of(stack, party)))
        assert (party, expected) == (party, list(_read_in_the_log(stack, party)))
        asked = _asked_one_by_one(len(events))
        read = list(_read_in_the_ledger(stack, party, asked))
        assert (party, [position for position in expected if position in asked]) == (party, read)


def _read_in_the_log(stack: Stack, party: str) -> Iterator[int]:
    after, last = 0, 1
    while after < last:
        page = ask(stack, party, "agreements", "/v1/events", after=after)
        yield from (event["position"] for event in page["events"])
        after, last = page["read_to"], page["last_position"]


def _asked_one_by_one(size: int) -> list[int]:
    """Return where to ask: throughout the sample scenario, and here and there in what other tests recorded after it."""
    later = range(SAMPLE + 1, size + 1)
    return sorted([*range(1, min(SAMPLE, size) + 1), *Random(size).sample(later, min(len(later), OTHERS))])


def _read_in_the_ledger(stack: Stack, party: str, positions: Iterable[int]) -> Iterator[int]:
    headers = {"Authorization": f"Bearer {stack.token('partner', party=party)}"}
    with httpx.Client(base_url=stack.url("ledger"), headers=headers, trust_env=False, timeout=30) as ledger:
        for position in positions:
            answer = ledger.get(f"/v1/entries/{position}")
            assert answer.status_code in {200, 404}, answer.text
            if answer.status_code == 200:
                yield position
