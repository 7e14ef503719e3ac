"""One way for every command: decided on what is there, recorded once, or refused by name."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from shared.log.handle import (
    Handler,
    IdempotencyKeyReused,
    IfMatch,
    KeptChanging,
    Outcome,
    VersionMismatch,
    Work,
)
from shared.log.keys import StoredKeys, TooManyKeys
from shared.log.memory import MemoryEventStore
from shared.log.snapshots import SNAPSHOT_EVERY_VERSIONS, SnapshotSeal
from shared.log.store import Append, Snapshot
from tests.log.controls import JAR, JarFull, NoSuchJar, an_append, context, dropping, keyed, opening, represent
from tests.told import refuses

SEAL = SnapshotSeal(b"a secret that no database holds")


class CountingStore(MemoryEventStore):
    """Counts reads, and lets another process get in before an append."""

    def __init__(self) -> None:
        super().__init__()
        self.stream_reads: list[str] = []
        self.after_versions: list[int] = []
        self.before_append: list[Append] = []

    async def read_stream(self, stream: str, *, after_version: int = 0) -> Sequence[StoredEvent]:
        self.stream_reads.append(stream)
        self.after_versions.append(after_version)
        return await super().read_stream(stream, after_version=after_version)

    async def append(self, append: Append) -> Sequence[int]:
        if self.before_append:
            await super().append(self.before_append.pop(0))
        return await super().append(append)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def handler(store: CountingStore) -> Handler:
    return Handler(store, seal=SEAL)


async def handle(handler: Handler, work: Work, **options: object) -> Outcome:
    key = options.pop("key", None)
    asked = context(idempotency=key)
    return await handler.handle(work, asked, represent=represent, **options)  # type: ignore[arg-type]  # keywords of handle


async def test_a_command_is_recorded_and_answered(handler: Handler) -> None:
    """The answer shows the state after the events, its version and their position."""
    await handle(handler, opening("A"))

    outcome = await handle(handler, dropping("A", 5))

    assert {"jar": "A", "total": 5, "version": 2} == msgspec.json.decode(outcome.answer)
    assert (2, 2, False) == (outcome.version, outcome.position, outcome.replayed)


async def test_a_warm_command_reads_nothing(handler: Handler, store: CountingStore) -> None:
    """The process remembers the states it made; the append checks that they still hold."""
    await handle(handler, opening("A"))
    await handle(handler, dropping("A"))

    assert [] == store.stream_reads


async def test_what_another_process_recorded_is_noticed(handler: Handler, store: CountingStore) -> None:
    """A remembered state that is out of date costs one more decision, not a wrong one."""
    await handle(handler, opening("A", limit=10))
    await handle(Handler(store), dropping("A", 4))

    outcome = await handle(handler, dropping("A", 5))

    assert 9 == msgspec.json.decode(outcome.answer)["total"]


async def test_a_refusal_is_never_decided_on_what_is_only_remembered(handler: Handler, store: CountingStore) -> None:
    """Remembered as absent, created elsewhere: the command must find it."""
    await handle(handler, opening("A", limit=3))
    await handle(handler, dropping("A", 3))
    full = Handler(store)
    with pytest.raises(JarFull):
        await handle(full, dropping("A", 1))

    outcome = await handle(handler, opening("A", limit=9))

    assert (3, 2) == (msgspec.json.decode(outcome.answer)["total"], outcome.version)
    assert outcome.position is None


async def test_a_refusal_leaves_no_trace(handler: Handler, store: CountingStore) -> None:
    """Refused by name, with what was expected and what came; nothing recorded."""
    await handle(handler, opening("A", limit=3))

    with pytest.raises(JarFull) as refused:
        await handle(handler, dropping("A", 4))

    assert ("at most 3", 4, {"jar": "A"}) == (refused.value.expected, refused.value.got, refused.value.ids)
    assert 1 == (await store.head()).position


async def test_what_does_not_exist_is_not_found(handler: Handler) -> None:
    """The refusal is the aggregate's own."""
    with pytest.raises(NoSuchJar):
        await handle(handler, dropping("B"))


async def test_a_command_that_finds_it_already_so_records_nothing(handler: Handler, store: CountingStore) -> None:
    """Opening an open jar: the same answer, no event."""
    await handle(handler, opening("A"))

    outcome = await handle(Handler(store), opening("A"))

    assert (1, None) == (outcome.version, outcome.position)
    assert 1 == (await store.head()).position


async def test_a_command_overtaken_is_decided_again(handler: Handler, store: CountingStore) -> None:
    """Another process gets in between decision and append; the second decision counts its coin."""
    await handle(handler, opening("A", limit=10))
    store.before_append = [an_append("jar:A", 2, state=await a_coin())]

    outcome = await handle(handler, dropping("A", 5))

    assert (6, 3) == (msgspec.json.decode(outcome.answer)["total"], outcome.version)


async def a_coin() -> bytes:
    """Return the bytes of a coin dropped, as another process would record them."""
    aside = MemoryEventStore()
    other = Handler(aside)
    await handle(other, opening("A"))
    await handle(other, dropping("A", 1))
    return (await aside.read_stream("jar:A"))[1].state


async def test_a_command_overtaken_every_time_gives_up_by_name(handler: Handler, store: CountingStore) -> None:
    """Three decisions and no more."""
    await handle(handler, opening("A", limit=10))
    coin = await a_coin()
    store.before_append = [an_append("jar:A", version, state=coin) for version in (2, 3, 4)]

    with refuses(KeptChanging):
        await handle(handler, dropping("A", 1))


async def test_a_guard_that_moved_is_decided_again(handler: Handler, store: CountingStore) -> None:
    """What a command only read is part of its decision."""
    await handle(handler, opening("A"))
    await handle(handler, opening("B"))
    store.before_append = [an_append("jar:B", 2, state=await a_coin())]

    outcome = await handle(handler, dropping("A", 1, if_open="B"))

    assert outcome.position == 4


async def test_commands_on_one_stream_queue_instead_of_conflicting(handler: Handler, store: CountingStore) -> None:
    """Fifty at once on one jar: all are recorded."""
    await handle(handler, opening("A"))

    await asyncio.gather(*(handle(handler, dropping("A"), target="jar:A") for _ in range(50)))

    jar, version = await handler.read(JAR, "A")
    assert (50, 51) == (jar.total, version)


async def test_a_version_that_has_passed_is_refused(handler: Handler) -> None:
    """If-Match names the version the caller decided on."""
    await handle(handler, opening("A"))
    await handle(handler, dropping("A"), if_match=IfMatch("jar:A", frozenset({1})))

    with refuses(VersionMismatch) as refused:
        await handle(handler, dropping("A"), if_match=IfMatch("jar:A", frozenset({1})))

    assert (2, 1, {"jar": "A"}) == (refused.value.expected, refused.value.got, refused.value.ids)


@pytest.mark.parametrize("versions", [None, frozenset({1, 2})])
async def test_any_version_that_the_caller_names_will_do(handler: Handler, versions) -> None:
    """A caller may have decided on several, or on whatever stands."""
    await handle(handler, opening("A"))
    await handle(handler, dropping("A"))

    assert 3 == (await handle(handler, dropping("A"), if_match=IfMatch("jar:A", versions))).version


async def test_none_of_several_versions_is_refused(handler: Handler) -> None:
    """Where none of them stands, all are named."""
    await handle(handler, opening("A"))

    with refuses(VersionMismatch) as refused:
        await handle(handler, dropping("A"), if_match=IfMatch("jar:A", frozenset({3, 2})))

    assert (1, [2, 3]) == (refused.value.expected, refused.value.got)


async def test_who_decided_on_another_state_hears_that_first(handler: Handler) -> None:
    """The jar is full by now, but the caller has not seen how it came to that."""
    await handle(handler, opening("A", limit=1))
    await handle(handler, dropping("A"))

    with refuses(VersionMismatch):
        await handle(handler, dropping("A"), if_match=IfMatch("jar:A", frozenset({1})))
    with pytest.raises(JarFull):
        await handle(handler, dropping("A"), if_match=IfMatch("jar:A", frozenset({2})))


async def test_what_is_so_already_needs_no_version(handler: Handler) -> None:
    """Somebody else, or the day that came, may have done what is asked for: then there is nothing left to refuse."""
    await handle(handler, opening("A"))
    await handle(handler, dropping("A"))

    outcome = await handle(handler, opening("A"), if_match=IfMatch("jar:A", frozenset({1})))

    assert (2, None) == (outcome.version, outcome.position)


async def test_a_repeated_key_gets_the_first_answer(handler: Handler, store: CountingStore) -> None:
    """The same request again, after more has happened: the first answer, nothing recorded, whatever If-Match says."""
    await handle(handler, opening("A"))
    first = await handle(handler, dropping("A"), key=keyed("k1"), if_match=IfMatch("jar:A", frozenset({1})))
    await handle(handler, dropping("A"))

    again = await handle(handler, dropping("A"), key=keyed("k1"), if_match=IfMatch("jar:A", frozenset({1})))

    assert (first.answer, first.version, True) == (again.answer, again.version, again.replayed)
    assert 3 == (await store.head()).position


async def test_a_repeated_key_is_answered_where_no_new_one_has_room(store: CountingStore) -> None:
    """Whoever has as many as it may can still find out what came of them, and command without one."""
    handler = Handler(store, StoredKeys(store, most=1))
    first = await handle(handler, opening("A"), key=keyed("k1"))
    with refuses(TooManyKeys):
        await handle(handler, dropping("A"), key=keyed("k2"))

    assert first.answer == (await handle(handler, opening("A"), key=keyed("k1"))).answer
    assert 2 == (await handle(handler, dropping("A"))).version


async def test_a_key_with_another_payload_is_refused(handler: Handler) -> None:
    """A key names one request."""
    await handle(handler, opening("A"), key=keyed("k1"))

    with refuses(IdempotencyKeyReused):
        await handle(handler, opening("B"), key=keyed("k1", b"something else"))


async def test_the_same_key_of_another_caller_is_another_key(handler: Handler, store: CountingStore) -> None:
    """Keys are the caller's own."""
    await handle(handler, opening("A"), key=keyed("k1"))
    await handle(handler, opening("B"), key=keyed("k1", caller="psn-2"))

    assert 2 == (await store.head()).position


async def test_a_key_raced_is_recorded_once(handler: Handler, store: CountingStore) -> None:
    """Ten of the same request at once: one event, ten equal answers."""
    outcomes = await asyncio.gather(*(handle(handler, opening("A"), key=keyed("k1")) for _ in range(10)))

    assert 1 == len({outcome.answer for outcome in outcomes})
    assert 1 == (await store.head()).position


async def test_a_cold_stream_is_read_from_its_snapshot(handler: Handler, store: CountingStore) -> None:
    """A long stream is not folded from its beginning by the next process."""
    await handle(handler, opening("A", limit=10_000))
    for _ in range(SNAPSHOT_EVERY_VERSIONS):
        await handle(handler, dropping("A"))
    snapshot = await kept(store)
    store.after_versions.clear()
    jar, version = await Handler(store, seal=SEAL).read(JAR, "A")

    assert SNAPSHOT_EVERY_VERSIONS == snapshot.version
    assert [SNAPSHOT_EVERY_VERSIONS] == store.after_versions
    assert (SNAPSHOT_EVERY_VERSIONS, SNAPSHOT_EVERY_VERSIONS + 1) == (jar.total, version)


TRUE = Snapshot(SNAPSHOT_EVERY_VERSIONS + 1, JAR.revision, b'{"jar":"A","limit":10000,"total":7}')


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(TRUE, id="of before, or by hand, without a seal"),
        pytest.param(SnapshotSeal(b"another secret").close("jar:A", TRUE), id="under another key"),
        pytest.param(SEAL.close("jar:B", TRUE), id="of another stream"),
        pytest.param(SEAL.close("jar:A", TRUE)._replace(version=7), id="at another version"),
        pytest.param(
            SEAL.close("jar:A", TRUE._replace(revision="0:other"))._replace(revision=JAR.revision),
            id="of another shape",
        ),
        pytest.param(
            SEAL.close("jar:A", TRUE)._replace(state=SEAL.close("jar:A", TRUE).state[:-2] + b"9}"),
            id="of another state",
        ),
        pytest.param(TRUE._replace(state=b""), id="empty"),
        pytest.param(TRUE._replace(version=10**12), id="newer than all that will be"),
    ],
)
async def test_a_snapshot_put_there_by_hand_is_not_believed(store: CountingStore, planted: Snapshot) -> None:
    """Whoever may write to the table decides nothing by it: the events are folded, and a true one takes its place."""
    for each in [opening("A", limit=10_000), *[dropping("A")] * SNAPSHOT_EVERY_VERSIONS]:
        await handle(Handler(store), each)
    await store.save_snapshot("jar:A", planted)

    jar, version = await Handler(store, seal=SEAL).read(JAR, "A")

    assert (SNAPSHOT_EVERY_VERSIONS, SNAPSHOT_EVERY_VERSIONS + 1) == (jar.total, version)
    made = SEAL.open("jar:A", await kept(store))
    assert made is not None
    assert jar == msgspec.json.decode(made.state, type=type(jar))


async def test_without_a_seal_no_snapshot_is_made_or_believed(store: CountingStore) -> None:
    """A process that cannot tell who made one does without."""
    await handle(Handler(store), opening("A"))
    await store.save_snapshot("jar:A", SEAL.close("jar:A", TRUE._replace(version=1)))

    jar, _ = await Handler(store).read(JAR, "A")

    assert 0 == jar.total


async def kept(store: CountingStore) -> Snapshot:
    """Return the snapshot that a task of its own is keeping."""
    for _ in range(100):
        if snapshot := await store.load_snapshot("jar:A"):
            return snapshot
        await asyncio.sleep(0)
    raise AssertionError


async def test_a_snapshot_of_another_shape_is_not_believed(handler: Handler, store: CountingStore) -> None:
    """Code that changed the state's shape folds from the events again."""
    await handle(handler, opening("A"))
    await store.save_snapshot("jar:A", Snapshot(7, "0:something else", b"{}"))

    jar, version = await Handler(store).read(JAR, "A")

    assert (0, 1) == (jar.total, version)
