"""Every event is entered exactly once, in order, or the ledger stops before it and says why."""

import asyncio

import asyncpg
import msgspec
import pytest

from services.ledger.errors import LedgerHalted, TamperDetected
from services.ledger.tree.merkle import Edge, extend, root_of
from services.ledger.tree.note import open_checkpoint
from services.ledger.write.store import ProgressMoved, sole_writer
from services.ledger.write.writer import Writer
from shared.log.chain import Head, leaf_hash
from tests.ledger.story import Story, contributions_of_the_5g_invention, declared


async def rows(owner, table):
    """Return a whole table, in a stable order."""
    return sorted(map(tuple, await owner.fetch(f"SELECT * FROM {table}")), key=repr)


async def everything(owner):
    """Return all that is stored and derives from events; checkpoints depend on batches too."""
    return {
        table: await rows(owner, table)
        for table in (
            *("entry", "tile", "asset", "member", "departure", "holding", "derivation", "progress"),
            *("alarm", "asset_alarm", "dispute"),
        )
    }


async def test_entries_are_the_published_bytes(writer, story, owner):
    """What was published is what is stored, byte for byte, each at its position."""
    await writer.enter(story.messages)

    stored = await owner.fetch("SELECT position, body FROM entry ORDER BY position")
    assert [(message.position, message.body) for message in story.messages] == [tuple(row) for row in stored]


async def test_the_signed_checkpoint_is_that_of_the_bytes(writer, story, owner, signer):
    """Anybody with the bytes and the key arrives at the same root."""
    await writer.enter(story.messages)

    note = await owner.fetchval("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
    edge, _ = extend(Edge(), [leaf_hash(message.body) for message in story.messages])
    assert (len(story.messages), root_of(edge)) == open_checkpoint(note.encode(), signer.verifier)[1:]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_batches_make_no_difference(writer, story, owner, size):
    """However events are batched, and however often each is delivered, the ledger is the same."""
    batches = [story.messages[start : start + size] for start in range(0, len(story.messages), size)]
    for number, batch in enumerate(batches):
        await writer.enter(batch)
        await writer.enter(batch)
        await writer.enter([*(batches[number - 1] if number else []), *batch])

    edge, _ = extend(Edge(), [leaf_hash(message.body) for message in story.messages])
    assert root_of(edge) == writer.root
    assert len(story.messages) == await owner.fetchval("SELECT count(*) FROM entry")
    assert EXPECTED_HOLDINGS == [tuple(row) for row in await owner.fetch(HOLDINGS)]


async def test_what_two_parties_declared_is_looked_up_where_they_said_it(writer, owner):
    """Entered one by one, when who controls whom was said long before and on other streams than the invention's."""
    story = Story()
    story.agree()
    declared(story, "HUT", "HUT-RD")
    story.engage("RD", "HUT-RD")
    story.instrument("RD", "HUT-RD")
    story.disclose(E1="1/1")
    story.contribute("RD", "E1", "1/1")
    story.adopt(story.propose())
    for message in story.messages:
        await writer.enter([message])

    found = await owner.fetch("SELECT holder, share FROM holding WHERE known_to IS NULL ORDER BY holder")
    assert [("HUT", "1/1")] == [tuple(row) for row in found]


HOLDINGS = """
    SELECT holder, share, known_to IS NULL AS still FROM holding WHERE asset = 'INV-5G-1' ORDER BY known_from, holder
"""
EXPECTED_HOLDINGS = [
    ("UNALLOCATED", "1/1", False),
    ("ATRC", "37/72", False),
    ("HUT", "35/72", False),
    ("ATRC", "11/24", True),
    ("HUT", "13/24", True),
]


async def test_a_writer_goes_on_where_the_last_one_was(writer, story, store, signer, owner):
    """A restart between any two batches changes nothing."""
    for message in story.messages[:20]:
        await writer.enter([message])
        writer = Writer(store, signer)
        assert Head(message.position, message.chain) == await writer.resume()
    await writer.enter(story.messages)

    assert EXPECTED_HOLDINGS == [tuple(row) for row in await owner.fetch(HOLDINGS)]


async def test_a_gap_is_never_entered(writer, story, owner):
    """A hole in evidence is worse than a halt, and an alarm."""
    await writer.enter(story.messages[:3])

    with pytest.raises(LedgerHalted, match="position 4"):
        await writer.enter(story.messages[4:])
    assert writer.position == 3
    assert (4, "EventMissing") == tuple(await owner.fetchrow("SELECT position, kind FROM alarm"))


async def test_two_writers_cannot_both_write(writer, story, store, signer):
    """If the lock should ever fail, the progress row still lets only one of them through."""
    other = Writer(store, signer)
    await other.resume()
    await writer.enter(story.messages[:5])

    with pytest.raises((ProgressMoved, LedgerHalted)):
        await other.enter(story.messages[:5])


async def test_the_second_writer_waits_for_the_first(address, signer, story):
    """One process is active; when it goes, the next one takes over with nothing lost or doubled."""
    async with sole_writer(address) as first:
        writer = Writer(first, signer)
        await writer.resume()
        await writer.enter(story.messages[:10])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), sole_writer(address):
                pytest.fail("two writers at once")
    async with asyncio.timeout(5), sole_writer(address) as second:
        writer = Writer(second, signer)
        assert (await writer.resume()).position == 10
        await writer.enter(story.messages)


# -- events that cannot be entered ------------------------------------------------------------------------------------


async def halts_before(writer, messages, position, kind, owner):
    """Enter messages; assert that the ledger stops before the position, keeps the rest and has raised the alarm."""
    with pytest.raises(LedgerHalted) as halted:
        await writer.enter(messages)

    assert (position, kind) == (halted.value.position, halted.value.kind)
    assert position - 1 == writer.position == await owner.fetchval("SELECT count(*) FROM entry")
    assert position - 1 == await owner.fetchval("SELECT max(size) FROM checkpoint")
    assert [(position, kind)] == [tuple(row) for row in await owner.fetch("SELECT position, kind FROM alarm")]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"specversion":"1.0"}', b"[" * 5000])
async def test_a_malformed_event_halts_the_ledger_before_it(writer, story, owner, body):
    """What cannot be read is not skipped; what came before it is entered and served."""
    messages = [*story.messages]
    messages[12] = messages[12]._replace(body=body)

    await halts_before(writer, messages, 13, "EventMalformed", owner)


async def test_an_event_under_another_subject_halts_the_ledger(writer, story, owner):
    """Subject and content must say the same: permissions and filters go by the subject."""
    messages = [*story.messages]
    messages[12] = messages[12]._replace(subject="moiety.v1.OTHER.participant.ParticipantEngaged")

    await halts_before(writer, messages, 13, "EventMisplaced", owner)


async def test_an_interrupted_stream_halts_the_ledger(writer, story, owner):
    """An event that repeats or skips a version of its stream betrays a log that is not the one we knew."""
    await writer.enter(story.messages[:10])
    repeated = story.messages[3]._replace(position=11)

    await halts_before(writer, [repeated, *story.messages[11:]], 11, "StreamInterrupted", owner)


async def test_a_determination_against_the_facts_halts_the_ledger(writer, owner):
    """An adopted determination that the entries do not bear out is not entered, whoever attested it."""
    story = Story()
    story.agree()
    contributions_of_the_5g_invention(story)
    story.adopt(story.propose(shares={"HUT": "1/2", "ATRC": "1/2"}))
    wrong = story.position
    story.contribute("PI", "E1", "1/1")

    await halts_before(writer, story.messages, wrong, "LedgerInconsistencyDetected", owner)
    expected, got = await owner.fetchrow("SELECT expected, got FROM alarm")
    assert "35/72" in expected
    assert "1/2" in got


async def test_a_halted_ledger_halts_again_at_the_same_place(writer, story, store, signer, owner):
    """A restart does not help, and the alarm is kept once."""
    messages = [*story.messages]
    messages[12] = messages[12]._replace(body=b"{}")
    await halts_before(writer, messages, 13, "EventMalformed", owner)

    again = Writer(store, signer)
    await again.resume()

    await halts_before(again, messages, 13, "EventMalformed", owner)


async def test_two_wrong_events_in_one_batch_halt_at_the_first(writer, owner):
    """The earlier of two faults counts, of whatever kind each is."""
    story = Story()
    story.agree()
    contributions_of_the_5g_invention(story)
    story.adopt(story.propose(), shares={"HUT": "1/1"})
    wrong = story.position
    story.contribute("PI", "E1", "1/1")
    messages = [*story.messages]
    messages[-1] = messages[-1]._replace(body=b"{}")

    await halts_before(writer, messages, wrong, "LedgerInconsistencyDetected", owner)


async def test_a_tree_that_is_not_the_signed_one_is_never_signed_on(writer, story, store, signer, unguarded):
    """A writer that finds another tree than it signed stops before it would fork the log."""
    await writer.enter(story.messages)
    await unguarded.execute("UPDATE tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)")

    with pytest.raises(TamperDetected, match="checkpoint"):
        await Writer(store, signer).resume()


async def test_what_fails_half_way_leaves_an_alarm_and_no_other_trace(writer, story, owner, store):
    """Whatever it is, the first entry that cannot be written is named, and nothing of it is there."""
    await writer.enter(story.messages[:19])
    before = await everything(owner)
    await owner.execute("ALTER TABLE progress ADD CONSTRAINT half_way CHECK (position < 20)")

    with pytest.raises(LedgerHalted, match="EnteringFailed at position 20") as halted:
        await writer.enter(story.messages)
    assert isinstance(halted.value.__cause__, asyncpg.CheckViolationError)
    assert before == await everything(owner) | {"alarm": []}
    assert 19 == writer.position
    await owner.execute("ALTER TABLE progress DROP CONSTRAINT half_way")
    await writer.enter(story.messages)

    assert len(story.messages) == writer.position


async def test_an_event_with_unknown_fields_is_entered_as_it_is(writer, story, owner):
    """A later release may say more; its bytes are kept, known fields are read."""
    body = msgspec.json.decode(story.messages[0].body)
    body["data"]["later"] = body["later"] = 1
    message = story.messages[0]._replace(body=msgspec.json.encode(body, order="sorted"))

    await writer.enter([message])

    assert message.body == await owner.fetchval("SELECT body FROM entry")
