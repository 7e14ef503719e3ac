"""Whoever follows what is published takes all of it, once and in order, whatever becomes unavailable on the way."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, Gauge

from shared.bus.catch_up import FeedUnavailable
from shared.bus.consumer import StreamMessage
from shared.bus.follow import Following, Turn, between_services, follow_forever, published
from shared.bus.relay import Relay
from shared.embedded.nats import EmbeddedNats
from shared.errors import Unavailable
from shared.log.chain import START, Head, HistoryDiverged
from shared.log.postgres import PostgresEventStore
from shared.parts import end_all
from shared.settings import Settings
from shared.testing import wait_until
from tests.bus.conftest import publish_all, record

SECONDS: Final = 10
LAST: Final = 7


class Away(Unavailable):
    """This part of the world is away."""


class World:
    """A stream, a place that what follows it keeps, and an order of turns; each part can fail once."""

    def __init__(self, *, position: int = 0, failing: str = "", error: Exception | None = None) -> None:
        self.position = position
        self.taken: list[int] = []
        self.turns = 0
        self.open: list[str] = []
        # The log is another one, or does not answer; the stream is another one from a position on.
        self.other: HistoryDiverged | None = None
        self.log_is_away = False
        self.unanswered = 0
        self.forked_at: int | None = None
        # How often nobody can be told of another history.
        self.unheard = 0
        self.shown_between_turns: list[float] = []
        self._failing = failing
        self._error = error or Away()
        registry = CollectorRegistry()
        self.diverged: list[HistoryDiverged] = []
        self.agreed = 0
        self.metrics = Following(
            "following",
            Gauge("a", "active", registry=registry),
            Gauge("p", "position", registry=registry),
            self._diverged,
            self._agreed,
        )

    @property
    def active(self) -> float:
        return shown(self.metrics.active)

    @property
    def check_seconds(self) -> float:
        return 0.05

    def follow(self) -> "asyncio.Task[None]":
        return asyncio.create_task(follow_forever(self, self.turn, self.metrics))

    async def all_is_taken(self) -> None:
        await wait_until(lambda: self.position == LAST, SECONDS, lambda: f"position {LAST}, seen {self.taken}")

    # -- what is followed, and by whom --------------------------------------------------------------------------

    async def check(self, followed: Head) -> None:
        """Tell whether the log is the history that was followed."""
        if self.log_is_away:
            self.unanswered += 1
            raise FeedUnavailable
        if self.other is not None:
            raise self.other

    async def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        position = followed.position
        with self._in_use("feed"):
            for first in range(position + 1, LAST + 1, 2):
                self._fail("feed")
                if self.forked_at == first:
                    raise HistoryDiverged(first, expected="sha256:aa", got="sha256:bb")
                yield [message(number) for number in range(first, min(first + 2, LAST + 1))]
            await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        self.turns += 1
        self.shown_between_turns.append(self.active)
        self._fail("turn")
        with self._in_use("turn"):
            yield Turn(self.resume, self.take)

    async def resume(self) -> Head:
        self._fail("resume")
        return Head(self.position, START.chain)

    async def take(self, messages: Sequence[StreamMessage]) -> None:
        assert self.active == 1
        if messages[0].position > 2:
            self._fail("take")
        self.taken += [each.position for each in messages]
        self.position = messages[-1].position

    async def _diverged(self, found: HistoryDiverged) -> None:
        if self.unheard:
            self.unheard -= 1
            raise Away
        self.diverged.append(found)

    async def _agreed(self) -> None:
        self.agreed += 1

    def _fail(self, part: str) -> None:
        if self._failing == part:
            self._failing = ""
            raise self._error

    @contextlib.contextmanager
    def _in_use(self, part: str) -> Iterator[None]:
        self.open.append(part)
        try:
            yield
        finally:
            self.open.remove(part)


def message(position: int) -> StreamMessage:
    return StreamMessage(position, "moiety.v1._.jar.JarOpened", b"{}", None, START.chain)


def shown(gauge: Gauge) -> float:
    [metric] = gauge.collect()
    return metric.samples[0].value


async def stopped(following: "asyncio.Task[None]") -> None:
    await end_all([following])


async def test_what_follows_is_taken_in_order_and_shown() -> None:
    """From where the last one had come to, which is shown before anything is taken."""
    world = World(position=3)
    following = world.follow()
    await world.all_is_taken()

    assert [4, 5, 6, 7] == world.taken
    await wait_until(lambda: shown(world.metrics.position) == LAST, SECONDS, "its position is shown")
    assert world.active == 1
    await stopped(following)


async def test_where_nothing_follows_the_position_is_shown_all_the_same() -> None:
    """A process that has just begun is not behind: it has come as far as the last one."""
    world = World(position=LAST)
    following = world.follow()

    await wait_until(lambda: shown(world.metrics.position) == LAST, SECONDS, "its position is shown")
    await stopped(following)


@pytest.mark.parametrize("failing", ["turn", "resume", "feed", "take"])
async def test_what_is_unavailable_is_waited_for(failing: str) -> None:
    """Whichever part it is: another turn begins where the effects are, and nothing is left out or taken twice."""
    world = World(failing=failing)
    following = world.follow()
    await world.all_is_taken()

    assert list(range(1, LAST + 1)) == world.taken
    assert world.turns == 2
    # While it pauses, this is not the process that follows; it may be another's turn by now.
    assert [0, 0] == world.shown_between_turns
    assert not following.done()
    await stopped(following)


@pytest.mark.parametrize("failing", ["turn", "resume", "feed", "take"])
async def test_what_is_not_unavailable_ends_it(failing: str) -> None:
    """Halting is whoever takes the events' own choice; the turn is given back, and metrics say that nobody follows."""
    world = World(failing=failing, error=RuntimeError("no event of ours"))
    following = world.follow()

    with pytest.raises(RuntimeError, match="no event of ours"):
        async with asyncio.timeout(SECONDS):
            await following

    assert [] == world.open
    assert world.active == 0


async def test_when_it_is_stopped_the_turn_is_given_back() -> None:
    """Another process need not wait for this one's connections to be missed."""
    world = World()
    following = world.follow()
    await world.all_is_taken()

    await stopped(following)

    assert following.cancelled()
    assert [] == world.open
    assert world.active == 0


@pytest.mark.parametrize(("user", "beside"), [("ledger", ""), ("ledger", "rebuild"), ("notifications", "")])
async def test_whoever_reads_does_so_under_a_name_it_has_a_right_to(
    log: PostgresEventStore, relay: Relay, empty_nats: EmbeddedNats, user: str, beside: str
) -> None:
    """Under another it would wait for ever: the server does not answer who may not ask."""
    await record(log, LAST)
    await publish_all(relay)
    settings = Settings(
        service=user,
        http_port=1,
        nats_url=empty_nats.url,
        nats_user=user,
        nats_password=empty_nats.passwords[user],
        agreements_url="http://127.0.0.1:1",
        service_token="not asked for",
    )

    async with (
        asyncio.timeout(SECONDS),
        between_services() as http,
        published(settings, http, beside=beside) as source,
        contextlib.aclosing(source.after(START)) as feed,
    ):
        read = await anext(feed)

    assert 1 == read[0].position


# -- another history --------------------------------------------------------------------------------------------------

OTHER: Final = HistoryDiverged(3, expected="sha256:aa", got="sha256:bb")


async def test_of_another_history_nothing_is_taken() -> None:
    """It is told as long as it is so, no event is taken, and nobody is shown as following."""
    world = World(position=3)
    world.other = OTHER
    following = world.follow()
    await wait_until(lambda: len(world.diverged) > 2, SECONDS, "it is told again and again")

    assert [OTHER] * 3 == world.diverged[:3]
    assert (0, [], 0) == (world.agreed, world.taken, world.active)
    await stopped(following)


async def test_a_history_that_is_the_same_again_is_followed_on() -> None:
    """Whatever healed it: what was taken back, or a log that was the wrong one."""
    world = World(position=3)
    world.other = OTHER
    following = world.follow()
    await wait_until(lambda: bool(world.diverged), SECONDS, "it is told")

    world.other = None
    await world.all_is_taken()

    assert [4, 5, 6, 7] == world.taken
    assert 1 == world.agreed
    await stopped(following)


async def test_another_history_is_noticed_by_the_clock() -> None:
    """Where nothing is published nothing would tell; the log is asked all the same."""
    world = World()
    following = world.follow()
    await world.all_is_taken()

    world.other = OTHER
    await wait_until(lambda: bool(world.diverged), SECONDS, "it is told")
    await wait_until(lambda: world.active == 0, SECONDS, "nobody follows")
    await stopped(following)


async def test_a_stream_that_is_not_the_logs_is_told_until_it_is_passed() -> None:
    """The log agrees with what was followed, and all the same it has not become well until the place is behind."""
    world = World()
    world.forked_at = 5
    following = world.follow()
    await wait_until(lambda: len(world.diverged) > 2, SECONDS, "it is told again and again")

    # Once at the very start, before anything was met.
    assert ([1, 2, 3, 4], 1) == (world.taken, world.agreed)
    world.forked_at = None
    await world.all_is_taken()
    await wait_until(lambda: world.agreed == 2, SECONDS, "it is told to be over")
    await stopped(following)


async def test_what_cannot_be_told_of_another_history_is_told_later() -> None:
    """The database that keeps the alarm may be away as well: the follower lives, and finds it again."""
    world = World(position=3)
    world.other = OTHER
    world.unheard = 2
    following = world.follow()
    await wait_until(lambda: bool(world.diverged), SECONDS, "it is told")

    assert not following.done()
    await stopped(following)


async def test_a_log_that_does_not_answer_is_not_waited_for() -> None:
    """The stream has its own chain: what it brings is compared with that."""
    world = World(position=3)
    world.log_is_away = True
    following = world.follow()
    await world.all_is_taken()

    assert [4, 5, 6, 7] == world.taken
    await stopped(following)


async def test_a_log_that_was_another_one_and_does_not_answer_is_waited_for() -> None:
    """Where histories differed nothing is followed before the log has said that they do not, and then that is told."""
    world = World(position=LAST)
    world.other = OTHER
    following = world.follow()
    await wait_until(lambda: bool(world.diverged), SECONDS, "it is told")

    world.log_is_away = True
    world.other = None
    await wait_until(lambda: world.unanswered > 2, SECONDS, "it is asked again and again")
    assert (0, 0) == (world.agreed, world.active)

    world.log_is_away = False
    # Nothing new has to be recorded for that.
    await wait_until(lambda: (world.agreed, world.active) == (1, 1), SECONDS, "it is told to be over")
    await stopped(following)


async def test_each_difference_is_over_by_itself_wherever_it_was_met() -> None:
    """One in the stream once what comes there is taken, and then one in the log once it is asked again."""
    world = World()
    world.forked_at = 5
    following = world.follow()
    await wait_until(lambda: bool(world.diverged), SECONDS, "it is told")
    world.forked_at = None
    await world.all_is_taken()

    await wait_until(lambda: world.agreed == 2, SECONDS, "it is told to be over")
    agreed = world.agreed
    world.other = OTHER
    await wait_until(lambda: world.active == 0, SECONDS, "nobody follows")
    world.other = None
    await wait_until(lambda: (world.agreed, world.active) == (agreed + 1, 1), SECONDS, "it is told to be over again")
    await stopped(following)
