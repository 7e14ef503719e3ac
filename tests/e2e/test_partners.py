"""What a party's systems get, followed as its developers do."""

import json

from shared.testing import Stack
from tests.e2e.truth import run


def followed(stack: Stack, party: str, *options: str) -> list[str]:
    ran = run(stack, "partner", "follow", "--party", party, "--once", *options)
    assert 0 == ran.returncode, ran.stderr
    return ran.stdout.splitlines()


def test_a_feed_is_shown_in_lines_for_people(stack: Stack) -> None:
    """What somebody follows to see what its system would get: number, time, agreement, event, and about what."""
    first, *_ = followed(stack, "NLN", "--after", "0")

    assert ["1", "2024-01-15", "01:15", "_", "PartyRegistered", "party:NLN"] == first.split()
    assert 10 == len(followed(stack, "HUT"))


def test_a_feed_is_shown_as_it_is_answered(stack: Stack) -> None:
    """With --json, to be piped: every number from 1 on, each with its bytes and its chain."""
    events = [json.loads(line) for line in followed(stack, "HUT", "--after", "0", "--json")]

    assert [*range(1, len(events) + 1)] == [event["number"] for event in events]
    assert {"number", "position", "log", "type", "subject", "body", "chain"} == events[0].keys()
