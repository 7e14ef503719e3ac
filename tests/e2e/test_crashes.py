"""kill -9 at any moment, of anything: what was acknowledged stays, and nothing happens twice."""

import os
import random

import pytest

from shared.testing import Stack
from tests.e2e.load import Load, under_load
from tests.e2e.truth import settled

# Give the seed that a failure printed to see the same moment again.
SEED = int(os.environ.get("MOIETY_TEST_SEED") or random.SystemRandom().getrandbits(32))

NEEDED_TO_RECORD = {"agreements", "postgres"}


def await_a_moment(load: Load, moments: random.Random) -> None:
    """Wait for a moment that nobody chose: late enough for everything to be busy, early enough to be soon."""
    load.await_more(moments.randint(20, 200))


@pytest.mark.parametrize("victim", ["agreements", "relay", "ledger", "notifications", "nats", "postgres"])
def test_killed_under_load_nothing_is_lost_or_done_twice(stack: Stack, victim: str):
    """A process killed and started again costs time and nothing else: no event, no entry, no alert, none twice."""
    print(f"MOIETY_TEST_SEED={SEED}")  # noqa: T201  # pytest shows it beside a failure
    moments = random.Random(f"{SEED} {victim}")
    with under_load(stack, f"load-{victim}") as load:
        await_a_moment(load, moments)
        stack.kill(victim)
        if victim in NEEDED_TO_RECORD:
            load.await_retries()
        else:
            await_a_moment(load, moments)
        stack.start_process(victim)
        stack.wait_ready()
        await_a_moment(load, moments)

    settled(stack, load)


def test_a_deleted_store_heals_under_the_same_numbers(stack: Stack):
    """The stream's files are deleted under the running server: what comes back is the same, number by number."""
    with under_load(stack, "load-store") as load:
        load.await_more(50)
        stack.home.nats.lose_store()
        load.await_more(50)
        stack.restart("nats")
        load.await_more(50)

    settled(stack, load)


def test_everything_killed_at_once_comes_back_whole(stack: Stack):
    """The power fails: every process is gone in one moment, and what was acknowledged is there afterwards."""
    everything = ["agreements", "relay", "ledger", "notifications", "nats", "postgres"]
    with under_load(stack, "load-all") as load:
        load.await_more(100)
        for name in everything:
            stack.kill(name)
        for name in reversed(everything):
            stack.start_process(name)
        stack.wait_ready()
        load.await_more(50)

    settled(stack, load)
