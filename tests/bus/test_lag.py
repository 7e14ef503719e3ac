"""How long the oldest event has waited: the age of what is stuck, whatever else goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from prometheus_client import CollectorRegistry, Gauge

from shared.bus.catch_up import FeedUnavailable
from shared.bus.follow import Source
from shared.bus.lag import _MOST, BLIND_SECONDS, TOLD_SECONDS, Lag, Pending
from shared.bus.relay import Relay
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from shared.testing import wait_until
from shared.web.health import ReadyBut
from tests.bus.conftest import publish_all, record
from tests.bus.known_log import KnownLog

SECONDS = 10


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_waits_at_the_end_of_the_log() -> None:
    """Whoever has taken everything on has no age, until it is looked at again."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(0, 0)
    pending.seen(7, 7)
    clock.now += BLIND_SECONDS

    assert (0, 0.0) == (pending.count, pending.seconds)


def test_whoever_does_not_look_any_more_grows_late() -> None:
    """Nobody knows of an end that comes after the last look, so the age is that of this knowledge."""
    clock = Clock()
    pending = Pending(clock)
    clock.now += 60
    assert 60 == pending.seconds, "never looked"

    pending.seen(7, 7)
    clock.now += 61

    assert (0, 61.0) == (pending.count, pending.seconds)


async def test_whoever_is_behind_for_a_while_is_ready_and_says_so() -> None:
    """How much waits and for how long; where nobody can look, that nobody knows how much."""
    clock = Clock()
    lag = Lag(CollectorRegistry(), of="ledger")
    lag.pending = Pending(clock)
    lag.pending.seen(4, 7)
    clock.now += TOLD_SECONDS - 1
    assert await lag.behind() is None

    clock.now += 1
    assert ReadyBut("3 events behind the log, the oldest for 10 s") == await lag.behind()
    assert isinstance(await lag.behind(), ReadyBut)

    lag.pending.seen(7, 7)
    assert await lag.behind() is None
    clock.now += BLIND_SECONDS + 5
    assert "an unknown number of events behind the log, the oldest for 15 s" == await lag.behind()


def test_what_is_known_counts_while_not_all_can_be_looked_at() -> None:
    """A known end is beyond a known position, and the age is that since none waited, by whatever is known since."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(7, 7)
    clock.now += 40
    pending.known(7, 9)
    assert (2, 40.0) == (pending.count, pending.seconds)

    clock.now += 20
    pending.known(9, 9)
    assert (0, 60.0) == (pending.count, pending.seconds)

    pending.seen(9, 9)
    assert (0, 0.0) == (pending.count, pending.seconds)


def test_whoever_was_late_before_it_could_not_look_stays_as_late() -> None:
    """What waited goes on waiting, as far as anybody knows."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(7, 8)
    clock.now += 5
    pending.seen(7, 9)
    clock.now += 60

    assert (2, 65.0) == (pending.count, pending.seconds)


def test_what_is_stuck_grows_older_whatever_comes_behind_it() -> None:
    """The newest event is young, and says nothing about the one before which everything stands still."""
    clock = Clock()
    pending = Pending(clock)
    for last in range(8, 20):
        pending.seen(7, last)
        clock.now += 5

    assert (12, 60.0) == (pending.count, pending.seconds)


def test_whoever_goes_on_slowly_is_as_late_as_its_next_event() -> None:
    """What was taken on counts no more; the next one has its own age."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(0, 10)
    clock.now += 5
    pending.seen(0, 20)
    clock.now += 5
    pending.seen(10, 20)

    assert (10, 5.0) == (pending.count, pending.seconds)


def test_a_log_that_ends_below_makes_nobody_late() -> None:
    """It is another history; whoever compares them says so."""
    pending = Pending(Clock())
    pending.seen(9, 3)

    assert (0, 0.0) == (pending.count, pending.seconds)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_the_age_is_that_of_the_oldest(steps: list[tuple[int, int, int]]) -> None:
    """Compared with what remembers of every event when it was first seen."""
    clock, last, taken = Clock(), 0, 0
    pending = Pending(clock)
    first_seen: dict[int, float] = {}
    for recorded, done, seconds in steps:
        last += recorded
        taken = min(taken + done, last)
        for position in range(1, last + 1):
            first_seen.setdefault(position, clock.now)
        pending.seen(taken, last)
        clock.now += seconds  # less than it takes to be blind

        oldest = first_seen.get(taken + 1)
        assert (clock.now - oldest if oldest is not None else 0.0) == pending.seconds
        assert last - taken == pending.count


def test_an_outage_however_long_takes_no_more_memory() -> None:
    """What is kept is bounded, and the oldest stays as old as it is."""
    clock = Clock()
    pending = Pending(clock)
    for last in range(1, 5 * _MOST):
        pending.seen(0, last)
        clock.now += 1

    assert len(pending._ends) == _MOST
    assert pending.seconds == 5 * _MOST - 1


# -- what an operator sees --------------------------------------------------------------------------------------------


class World:
    """A log, whoever is behind it, and what the metrics say."""

    def __init__(self) -> None:
        self.last = 10
        self.taken = 3
        self.away: Exception | None = None
        self.at_a_loss: Exception | None = None
        self.looked = 0
        self.registry = CollectorRegistry()
        position = Gauge("moiety_position", "How far it has come.", registry=self.registry)
        self.lag = Lag(self.registry, of="reader", position=position)

    async def recorded(self, _known: int) -> int:
        self.looked += 1
        if self.away:
            raise self.away
        return self.last

    async def came_to(self) -> int:
        if self.at_a_loss:
            raise self.at_a_loss
        return self.taken

    def shown(self) -> dict[str, float]:
        names = ("moiety_log_position", "moiety_position", "moiety_reader_lag")
        return {name: value for name in names if (value := self.registry.get_sample_value(name)) is not None}


@contextlib.asynccontextmanager
async def watched(world: World) -> AsyncIterator[None]:
    watching = asyncio.create_task(world.lag.watch(world.came_to, world.recorded, look_seconds=0.01))
    try:
        yield
    finally:
        await end_all([watching])


async def looked_again(world: World) -> None:
    before = world.looked
    await wait_until(lambda: world.looked > before + 1, SECONDS, "it looked again")


async def test_what_is_behind_is_behind_the_log() -> None:
    """Both ends are shown, and what lies between."""
    world = World()
    async with watched(world):
        await looked_again(world)

    assert {"moiety_log_position": 10, "moiety_position": 3, "moiety_reader_lag": 7} == world.shown()


async def test_a_log_that_does_not_answer_makes_nobody_look_well() -> None:
    """What was seen to wait goes on waiting, and grows older."""
    world = World()
    async with watched(world):
        await looked_again(world)
        world.away = FeedUnavailable()
        older = world.lag.pending.seconds
        await looked_again(world)

        assert 7 == world.shown()["moiety_reader_lag"]
        assert world.lag.pending.seconds > older


async def test_where_the_log_ends_counts_though_nobody_tells_how_far_it_was_taken() -> None:
    """A database that hangs keeps what is behind from nobody's eyes."""
    world = World()
    async with watched(world):
        await looked_again(world)
        world.at_a_loss = FeedUnavailable()
        world.last = 15
        await looked_again(world)

    assert {"moiety_log_position": 15, "moiety_position": 3, "moiety_reader_lag": 12} == world.shown()


@pytest.mark.parametrize("nobody_foresaw", [asyncpg.InsufficientPrivilegeError("permission denied"), KeyError("event")])
async def test_no_failed_look_is_the_last(nobody_foresaw: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever measures outlives what it measures, and says once that it sees nothing, without anybody's words."""
    world = World()
    async with watched(world):
        for _ in range(2):
            world.at_a_loss = nobody_foresaw
            await looked_again(world)
            await looked_again(world)
            world.at_a_loss = None
            await looked_again(world)
        world.last = 4
        await looked_again(world)

    told = "".join(capfd.readouterr())
    assert 2 == told.count("lag-pauses")
    assert type(nobody_foresaw).__name__ in told
    assert "permission" not in told
    assert 1 == world.shown()["moiety_reader_lag"]


class AwayLog(KnownLog):
    """The log as long as agreements does not answer."""

    async def last_position(self, after: int) -> int:
        raise FeedUnavailable(after=after)


async def test_where_the_log_ends_is_asked_of_the_log_and_the_stream(
    log: PostgresEventStore, relay: Relay, relay_client: Client, reader_client: Client
) -> None:
    """Who does not answer is not waited for in vain, and the stream, which may stand still, is not believed alone."""
    await record(log, 3)
    await publish_all(relay)
    told = Source(reader_client, _Ends(5), "ledger")
    away = Source(reader_client, AwayLog([]), "ledger")

    assert 5 == await told.last_recorded(0)
    assert 3 == await away.last_recorded(0)
    await relay_client.close()
    await reader_client.close()
    with pytest.raises(FeedUnavailable):
        await away.last_recorded(0)


class _Ends(KnownLog):
    """A log of which only the end is asked."""

    def __init__(self, last: int) -> None:
        super().__init__([])
        self._last = last

    async def last_position(self, after: int) -> int:
        assert after <= self._last
        return self._last
