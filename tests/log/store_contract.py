"""What every event store promises; each implementation inherits these tests."""

import asyncio
from itertools import accumulate

import pytest

from shared.log.chain import START, Head, chain_after, chain_seed
from shared.log.store import Append, EventStore, KeyTaken, Snapshot, VersionConflict
from tests.log.controls import a_name, an_append, keyed, recordable


class StoreContract:
    """Inherited by the tests of each store, which give the fixture `store`."""

    async def test_an_empty_log_ends_at_zero(self, store: EventStore) -> None:
        """Positions begin at 1, so nothing recorded is 0."""
        assert START == await store.head()
        assert [] == list(await store.read_log(after=0, limit=10))

    async def test_appended_events_are_read_back_in_order(self, store: EventStore) -> None:
        """A stream reads as it was written, byte for byte."""
        assert [1, 2, 3] == list(await store.append(an_append("jar:A", 1, 2, 3)))

        events = await store.read_stream("jar:A")

        assert [(1, b"jar:A 1"), (2, b"jar:A 2"), (3, b"jar:A 3")] == [(e.originator_version, e.state) for e in events]
        assert [3] == [event.originator_version for event in await store.read_stream("jar:A", after_version=2)]

    async def test_a_stream_is_read_with_its_positions(self, store: EventStore) -> None:
        """The same events with their numbers in the log, some at a time."""
        await store.append(an_append("jar:A", 1))
        await store.append(an_append("jar:B", 1))
        await store.append(an_append("jar:A", 2, 3))

        entries = await store.read_entries("jar:A", after_version=1, limit=10)

        assert [(3, 2), (4, 3)] == [(entry.id, entry.originator_version) for entry in entries]
        assert list(await store.read_log(after=2, limit=10)) == list(entries)
        assert [1] == [entry.id for entry in await store.read_entries("jar:A", after_version=0, limit=1)]
        assert [] == list(await store.read_entries("jar:A", after_version=0, limit=0))

    async def test_several_streams_are_read_at_once(self, store: EventStore) -> None:
        """Each from a version of its own on, all in the order of the log."""
        for stream, versions in {"jar:A": (1, 2), "jar:B": (1,), "jar:C": (1, 2)}.items():
            await store.append(an_append(stream, *versions))
        await store.append(an_append("jar:A", 3))

        entries = await store.read_streams({"jar:C": 0, "jar:A": 1, "jar:NONE": 0})

        assert [2, 4, 5, 6] == [entry.id for entry in entries]
        assert [each for each in await store.read_log(after=0, limit=10) if each in entries] == list(entries)
        assert [] == list(await store.read_streams({}))

    async def test_the_log_reads_across_streams_by_position(self, store: EventStore) -> None:
        """One order for everything: the order of commits."""
        await store.append(an_append("jar:A", 1))
        await store.append(an_append("jar:B", 1))
        await store.append(an_append("jar:A", 2))

        entries = await store.read_log(after=1, limit=5)

        assert [(2, "jar:B", 1), (3, "jar:A", 2)] == [(e.id, e.originator_id, e.originator_version) for e in entries]
        assert [1] == [entry.id for entry in await store.read_log(after=0, limit=1)]

    async def test_every_position_has_the_chain_of_all_that_led_there(self, store: EventStore) -> None:
        """Whoever has the bodies can say which history a position counts."""
        await store.append(an_append("jar:A", 1, 2))
        await asyncio.gather(*(store.append(an_append(f"jar:{name}", 1)) for name in "BCDEF"))

        entries = await store.read_log(after=0, limit=10)

        chains = list(accumulate([entry.state for entry in entries], chain_after, initial=chain_seed()))
        assert chains[1:] == [entry.chain for entry in entries]
        assert Head(7, chains[-1]) == await store.head()

    async def test_a_stream_had_a_version_at_every_position(self, store: EventStore) -> None:
        """What was known at a position is the stream up to the version it had then."""
        await store.append(an_append("jar:A", 1))
        await store.append(an_append("jar:B", 1))
        await store.append(an_append("jar:A", 2))

        assert [0, 1, 1, 2, 2] == [await store.version_at("jar:A", position) for position in range(5)]
        assert 0 == await store.version_at("jar:C", 3)

    async def test_a_stale_append_records_nothing(self, store: EventStore) -> None:
        """A decision made on an older version is refused, naming what was expected and what is."""
        await store.append(an_append("jar:A", 1, 2))

        with pytest.raises(VersionConflict) as refused:
            await store.append(an_append("jar:A", 2))

        assert ("jar:A", 1, 2) == (refused.value.stream, refused.value.expected, refused.value.got)
        assert 2 == (await store.head()).position

    async def test_an_append_beyond_the_end_is_refused(self, store: EventStore) -> None:
        """A stream has no gaps: version 3 cannot follow version 1."""
        await store.append(an_append("jar:A", 1))

        with pytest.raises(VersionConflict):
            await store.append(an_append("jar:A", 3))

    async def test_several_streams_are_written_together_or_not_at_all(self, store: EventStore) -> None:
        """One of two streams has moved, so neither is written."""
        await store.append(an_append("jar:A", 1))
        both = Append(events=[recordable("jar:A", 1), recordable("jar:B", 1)], expected={"jar:A": 0, "jar:B": 0})

        with pytest.raises(VersionConflict):
            await store.append(both)

        assert [] == list(await store.read_stream("jar:B"))

    async def test_a_guarded_stream_that_moved_stops_the_append(self, store: EventStore) -> None:
        """What was only read must still be as it was read."""
        await store.append(an_append("jar:A", 1, 2))

        with pytest.raises(VersionConflict):
            await store.append(an_append("jar:B", 1, guards={"jar:A": 1}))
        await store.append(an_append("jar:B", 1, guards={"jar:A": 2}))

        assert 3 == (await store.head()).position

    async def test_a_guard_holds_for_what_must_not_exist(self, store: EventStore) -> None:
        """Absence is a version too: 0."""
        await store.append(an_append("jar:A", 1))

        with pytest.raises(VersionConflict):
            await store.append(an_append("jar:B", 1, guards={"jar:A": 0}))

    async def test_of_two_that_decided_on_the_same_state_one_is_recorded(self, store: EventStore) -> None:
        """Appended at once, in one batch or two, exactly one wins and the other is told."""
        outcomes = await asyncio.gather(
            *(store.append(an_append("jar:A", 1)) for _ in range(10)), return_exceptions=True
        )

        assert 9 == sum(isinstance(outcome, VersionConflict) for outcome in outcomes)
        assert 1 == (await store.head()).position

    async def test_a_stale_append_does_not_take_its_neighbours_with_it(self, store: EventStore) -> None:
        """Everyone in a shared commit is judged alone."""
        await store.append(an_append("jar:A", 1))
        streams = [f"jar:{a_name()}" for _ in range(20)]

        outcomes = await asyncio.gather(
            *(store.append(an_append(stream)) for stream in streams[:10]),
            store.append(an_append("jar:A", 1)),
            *(store.append(an_append(stream)) for stream in streams[10:]),
            return_exceptions=True,
        )

        assert [10] == [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Exception)]
        assert list(range(1, 22)) == [entry.id for entry in await store.read_log(after=0, limit=100)]

    async def test_a_read_guard_and_a_write_raced_cannot_both_pass(self, store: EventStore) -> None:
        """Each guards what the other writes: serialised, the second must see the first."""
        outcomes = await asyncio.gather(
            store.append(an_append("jar:A", guards={"jar:B": 0})),
            store.append(an_append("jar:B", guards={"jar:A": 0})),
            return_exceptions=True,
        )

        assert 1 == sum(isinstance(outcome, VersionConflict) for outcome in outcomes)

    async def test_an_answer_is_stored_with_the_events_it_reports(self, store: EventStore) -> None:
        """A repeat of the request finds the first answer, and only if its events were recorded."""
        await store.append(an_append("jar:A", key=keyed("k1")))
        with pytest.raises(VersionConflict):
            await store.append(an_append("jar:A", key=keyed("k2")))

        kept = await store.find_answer("psn-1", "k1")

        assert kept is not None
        assert (b"asked", b"first answer", 1) == kept
        assert await store.find_answer("psn-1", "k2") is None
        assert await store.find_answer("psn-2", "k1") is None

    async def test_a_taken_key_records_nothing(self, store: EventStore) -> None:
        """Two requests under one key, raced: one is recorded, the other is sent to look for the answer."""
        outcomes = await asyncio.gather(
            *(store.append(an_append(f"jar:{number}", key=keyed("k1"))) for number in range(5)),
            return_exceptions=True,
        )

        assert 4 == sum(isinstance(outcome, KeyTaken) for outcome in outcomes)
        assert 1 == (await store.head()).position

    async def test_an_answer_without_events_is_kept_too(self, store: EventStore) -> None:
        """A command that found nothing to do is repeatable as well."""
        await store.append(Append(events=(), keyed=an_append("jar:A", key=keyed("k1")).keyed))

        assert await store.find_answer("psn-1", "k1") is not None
        assert 0 == (await store.head()).position

    async def test_keys_are_counted_by_the_names_of_their_callers(self, store: EventStore) -> None:
        """From one name on and below another, and no more than are asked about."""
        for number, caller in enumerate(("HUT/a/1", "HUT/b/2", "HUT/b/2", "HUT-X/a/1", "HU", "/operator/1")):
            append = an_append(f"jar:{number}", key=keyed(f"k{number}")._replace(caller=caller))
            await store.append(append)

        assert 3 == await store.count_keys("HUT/", "HUT0", most=10)
        assert 2 == await store.count_keys("HUT/", "HUT0", most=2)
        assert 1 == await store.count_keys("/operator/1", "/operator/1\1", most=10)
        assert 0 == await store.expire_keys()

    async def test_what_exists_is_listed_in_the_order_it_came_to_be(self, store: EventStore) -> None:
        """A list shows each stream once, of one entity, in the agreements asked for."""
        for stream, version, agreement in (
            ("jar:A", 1, "AGR-1"),
            ("lid:B", 1, "AGR-1"),
            ("jar:A", 2, "AGR-1"),
            ("jar:C", 1, "AGR-2"),
            ("jar:D", 1, "AGR-1"),
            ("jar:E", 1, "AGR-3"),
        ):
            event = recordable(stream, version, agreement=agreement)
            await store.append(Append(events=[event]))

        listed = await store.read_created("jar", agreements=["AGR-1", "AGR-2"], after=0, limit=10)
        rest = await store.read_created("jar", agreements=["AGR-1", "AGR-2"], after=1, limit=1)

        assert [(1, "jar:A"), (4, "jar:C"), (5, "jar:D")] == [(entry.id, entry.originator_id) for entry in listed]
        assert [4] == [entry.id for entry in rest]

    async def test_the_newest_snapshot_is_kept(self, store: EventStore) -> None:
        """A late writer cannot put an older state in a newer one's place."""
        await store.save_snapshot("jar:A", Snapshot(200, "1:aa", b"newer"))
        await store.save_snapshot("jar:A", Snapshot(100, "1:aa", b"older"))

        assert await store.load_snapshot("jar:A") == Snapshot(200, "1:aa", b"newer")
        assert await store.load_snapshot("jar:B") is None

        await store.drop_snapshot("jar:A")
        assert await store.load_snapshot("jar:A") is None

    async def test_a_waiting_reader_is_woken_by_an_append(self, store: EventStore) -> None:
        """Woken, not polled: long before its timeout."""
        waiting = asyncio.create_task(store.wait_for_append(0, 30))
        await asyncio.sleep(0)

        await store.append(an_append("jar:A"))

        await asyncio.wait_for(waiting, 5)

    async def test_a_reader_that_came_to_the_end_does_not_sleep_through_what_follows(self, store: EventStore) -> None:
        """However soon after its read that is recorded."""
        await store.wait_for_append(0, 0.01)
        for number in range(1, 6):
            assert [] == list(await store.read_log(after=number - 1, limit=10))
            await store.append(an_append(f"jar:{number}"))

            await asyncio.wait_for(store.wait_for_append(number - 1, 30), 5)

    async def test_a_reader_that_came_to_the_end_is_woken_by_an_append(self, store: EventStore) -> None:
        """Though it asks nobody where the end is."""
        await store.append(an_append("jar:A"))
        await store.wait_for_append(1, 0.01)
        assert 1 == len(await store.read_log(after=0, limit=10))
        waiting = asyncio.create_task(store.wait_for_append(1, 30))
        await asyncio.sleep(0)

        await store.append(an_append("jar:B"))

        await asyncio.wait_for(waiting, 5)

    async def test_a_reader_that_is_behind_does_not_wait(self, store: EventStore) -> None:
        """What is there already need not be announced again."""
        await store.append(an_append("jar:A"))

        await asyncio.wait_for(store.wait_for_append(0, 30), 5)
