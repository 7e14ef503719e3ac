"""Whoever follows the log decides on states at least as new as what it was told, and reads each of them once."""

import pytest

from shared.log.handle import Handler
from shared.log.latest import Latest
from shared.log.memory import MemoryEventStore
from tests.log.controls import JAR, NoSuchJar, context, dropping, opening, represent


class CountingStore(MemoryEventStore):
    """Counts the streams that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read_stream(self, stream: str, *, after_version: int = 0):
        self.reads += 1
        return await super().read_stream(stream, after_version=after_version)


@pytest.fixture
async def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
async def follower(store: CountingStore) -> Handler:
    """A process that remembers an open jar in which another one has dropped five since."""
    follower, other = Handler(store), Handler(store)
    await follower.handle(opening("A"), context(), represent=represent)
    await other.handle(dropping("A", 5), context(), represent=represent)
    store.reads = 0
    return follower


@pytest.mark.parametrize("told", [{JAR.stream("A"): 2}, {}])
async def test_what_is_remembered_from_before_is_not_believed(follower: Handler, told: dict[str, int]) -> None:
    """Neither of a stream that is told to have gone on, nor of one of which nothing was told."""
    latest = Latest(follower, told)

    assert (5, 2) == ((await latest(JAR, "A")).total, await latest.version(JAR, "A"))


async def test_what_is_remembered_is_not_read_again(follower: Handler, store: CountingStore) -> None:
    """Where it is as new as what was told; and what had to be read is read once."""
    await Latest(follower, {})(JAR, "A")
    assert 1 == store.reads

    latest = Latest(follower, {JAR.stream("A"): 2})
    assert 5 == (await latest(JAR, "A")).total
    assert 1 == store.reads

    of_others = Latest(follower, {})
    for _ in range(3):
        await of_others(JAR, "A")
    assert 2 == store.reads


async def test_what_is_not_there_is_named(follower: Handler) -> None:
    """As everywhere, by the aggregate's own refusal."""
    with pytest.raises(NoSuchJar):
        await Latest(follower, {})(JAR, "B")
