"""What it costs to ask who owned an asset on a day, as known at an instant; as the ledger and the asset grow, too."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from services.ledger.errors import LedgerUnavailable
from services.ledger.read.answers.ownership import ownership_of
from services.ledger.read.answers.reading import EVERYTHING, PLANS, Reading
from services.ledger.tree.note import Signer
from services.ledger.write.rebuild import rebuild
from services.ledger.write.store import sole_writer
from services.ledger.write.writer import Writer
from shared.known import AsKnown
from shared.testing import MigratedDatabase, Servers
from tests.bench.measure import Result, compare
from tests.ledger.published import Published
from tests.ledger.story import CONCEIVED, Story

EVENTS, FEWER_EVENTS = 100_000, 10_000
ASSETS = 20
TRANSFERS, FEWER_TRANSFERS = 1_000, 10
QUESTIONS = 3_000
BATCH = 1_000
Question = Callable[[], Awaitable[None]]
BY_KEY = "SELECT body FROM entry WHERE position = $1"


class Percentiles(NamedTuple):
    """Of how long questions took, in microseconds: half of them no longer than this, 99 of 100 no longer than that."""

    half: float
    most: float


class Asked:
    """A ledger that holds a story, and what may be asked of it."""

    def __init__(self, reading: Reading, story: Story, database: MigratedDatabase, signer: Signer) -> None:
        self._reading = reading
        self._story = story
        self._database = database
        self._signer = signer
        self._chance = Random(1)

    async def by_key(self) -> None:
        """Read one entry by its number: as little as anything can be."""
        await self._reading.fetch(BY_KEY, self._chance.randint(1, self._story.position))

    async def about_any(self) -> None:
        """Ask about an asset on a day after conception, as known at some instant since all were disclosed."""
        envelope = self._story.envelopes[self._chance.randint(self._story.position // 2, self._story.position - 2)]
        await self._about(f"INV-{self._chance.randrange(ASSETS)}", date(2025, 1, 1), envelope.time)

    async def after_any_transfer(self, asset: str, transfers: int) -> None:
        """Ask about one asset on a day after any of its transfers, as known now."""
        day = CONCEIVED + timedelta(days=self._chance.randint(0, transfers + 1))
        await self._about(asset, day, self._story.envelopes[-2].time)

    async def rebuilt(self) -> None:
        """Make the ledger anew."""
        owner = self._database.reached_by_owner(LedgerUnavailable)
        await rebuild(owner, Published(self._story.messages, BATCH), self._signer.verifier)

    async def _about(self, asset: str, effective: date, known: datetime) -> None:
        await ownership_of(self._reading, asset, effective, AsKnown(instant=known), party=EVERYTHING)


def told(events: int, **transferred: int) -> Story:
    """Tell of some assets with few transfers each, of others with as many as said, and of much else."""
    story = Story()
    story.agree()
    for person, employer in {"PI": "HUT", "SE": "ATRC"}.items():
        story.engage(person, employer)
    for asset, transfers in (_assets() | transferred).items():
        story.disclose(asset, E1="1/1")
        for person in ("PI", "SE"):
            story.contribute(person, "E1", "1/1", invention=asset)
        story.adopt(story.propose(invention=asset))
        for number in range(transfers):
            day, (source, to) = CONCEIVED + timedelta(days=1 + number), ("HUT", "ATRC")[:: 1 if number % 2 else -1]
            story.transfer(source, to, day.isoformat(), f"XFR-{asset}-{number}", invention=asset, of_whole="1/1000")
    while story.position < events:
        story.register(f"P-{story.position}")
    return story


def _assets() -> dict[str, int]:
    return {f"INV-{number}": number % 3 for number in range(ASSETS)}


@asynccontextmanager
async def holding(servers: Servers, story: Story) -> AsyncIterator[Asked]:
    """Enter a story into a fresh ledger."""
    database, signer = servers.create("ledger"), Signer.generate("ledger.example/moiety")
    address = database.reached(LedgerUnavailable)
    async with sole_writer(address) as store:
        writer = Writer(store, signer)
        await writer.resume()
        for start in range(0, story.position, BATCH):
            await writer.enter(story.messages[start : start + BATCH])
    async with address.pool(settings=PLANS) as readers:
        yield Asked(Reading(readers), story, database, signer)
    servers.drop(database)


async def as_of(servers: Servers) -> list[Result]:
    """A question on both clocks against a look-up by primary key, in a ledger as it grew and in one just rebuilt."""
    async with holding(servers, told(EVENTS)) as asked:
        grown = await _against_a_key("as_of", asked)
        await asked.rebuilt()
        return [*grown, *await _against_a_key("as_of_rebuilt", asked)]


async def growth_as_of(servers: Servers) -> list[Result]:
    """The same question in a large ledger against a small one, and about an asset that passed often or seldom."""
    transferred = {"INV-FEW": FEWER_TRANSFERS, "INV-MANY": TRANSFERS}
    async with holding(servers, told(EVENTS, **transferred)) as large, holding(servers, told(FEWER_EVENTS)) as small:
        many, few = await _one_by_one(large.about_any, small.about_any)
        often, seldom = await _one_by_one(
            lambda: large.after_any_transfer("INV-MANY", TRANSFERS),
            lambda: large.after_any_transfer("INV-FEW", FEWER_TRANSFERS),
        )
    return [
        _compared("growth_as_of", many.half, few.half, f"the same at {FEWER_EVENTS:,} events", goal=1.3),
        _compared(
            "growth_as_of_transfers",
            often.half,
            seldom.half,
            f"the same of an asset with {FEWER_TRANSFERS} transfers, not {TRANSFERS:,}",
            goal=3,
        ),
    ]


async def _against_a_key(name: str, asked: Asked) -> list[Result]:
    mine, theirs = await _one_by_one(asked.about_any, asked.by_key)
    peer = "a look-up by primary key"
    return [
        _compared(name, mine.half, theirs.half, f"{peer}, p50", goal=2.5),
        _compared(f"{name}_p99", mine.most, theirs.most, f"{peer}, p99", goal=3),
    ]


async def _one_by_one(ours: Question, peer: Question) -> tuple[Percentiles, Percentiles]:
    """Ask one and the other in turn, question by question: neighbours disturb both alike."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(QUESTIONS):
        for taken, question in zip(seconds, (ours, peer), strict=True):
            started = perf_counter()
            await question()
            taken.append(perf_counter() - started)
    # The first ones find everything cold.
    mine, theirs = (_percentiles(taken[QUESTIONS // 10 :]) for taken in seconds)
    return mine, theirs


def _compared(name: str, mine: float, theirs: float, peer_name: str, *, goal: float) -> Result:
    note = f"{EVENTS:,} events"
    return compare(name, [mine], [theirs], peer_name=peer_name, goal=goal, unit="µs", better="lower", note=note)


def _percentiles(seconds: Sequence[float]) -> Percentiles:
    return Percentiles(median(seconds) * 1e6, quantiles(seconds, n=100)[-1] * 1e6)
