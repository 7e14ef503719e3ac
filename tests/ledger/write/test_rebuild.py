"""Rebuilt is live: the same bytes, the same root, the same holdings, without stopping what is running."""

import asyncio

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import SourceShorter, TamperDetected
from services.ledger.write.rebuild import rebuild
from services.ledger.write.writer import Writer
from shared.testing import wait_until
from tests.ledger.published import TABLES, Published, contents
from tests.ledger.story import sample


@pytest.fixture
async def filled(writer, story):
    for start in range(0, len(story.messages), 7):
        await writer.enter(story.messages[start : start + 7])
    return writer


@pytest.mark.parametrize("size", [1, 10, 1000])
async def test_rebuilt_is_live(filled, owner, owner_address, signer, size):
    """Every table is the same after a rebuild, what was signed included."""
    story, before = sample(), await contents(owner)

    assert len(story.messages) == await rebuild(owner_address, Published(story.messages, size), signer.verifier)

    assert before == await contents(owner)
    await fsck(Evidence(owner), signer.verifier)


async def test_a_rebuild_mends_what_was_changed(filled, story, owner, owner_address, signer):
    """The only repair: whatever happened to the tables, what is published brings them back."""
    before = await contents(owner)
    await owner.execute("UPDATE entry SET body = '{}' WHERE position = 5; DELETE FROM holding; DELETE FROM tile")

    await rebuild(owner_address, Published(story.messages), signer.verifier)

    assert before == await contents(owner)


async def test_a_rebuild_mends_a_ledger_that_does_not_know_its_size(filled, story, owner, owner_address, signer):
    """How far it had come it has signed."""
    await owner.execute("DELETE FROM progress")

    assert len(story.messages) == await rebuild(owner_address, Published(story.messages), signer.verifier)

    await fsck(Evidence(owner), signer.verifier)


async def test_events_entered_meanwhile_are_not_lost(filled, owner, owner_address, signer):
    """The live ledger goes on during a rebuild, and after the switch, with the same writer and connections."""
    story = sample()
    told = len(story.messages)
    for _ in range(40):
        story.contribute("PI", "E1", "1/1")

    async def go_on_entering():
        for message in story.messages[told:]:
            await filled.enter([message])

    await filled.enter(story.messages[:told])
    entering = asyncio.create_task(go_on_entering())
    size = await rebuild(owner_address, Published(story.messages, 5), signer.verifier)
    await entering

    assert told < size
    assert len(story.messages) == filled.position
    assert len(story.messages) == await owner.fetchval("SELECT count(*) FROM entry")
    await fsck(Evidence(owner), signer.verifier)


async def test_another_past_than_the_signed_one_is_not_put_in_place(filled, story, owner, owner_address, signer):
    """If what is published is not what was signed, the live ledger stays and the rebuild says so."""
    before = await contents(owner)
    other = sample()
    other.messages[4] = (
        sample().on("2024-01-16").messages[4]._replace(body=other.messages[4].body.replace(b"T09:", b"T10:"))
    )

    with pytest.raises(TamperDetected, match="checkpoint"):
        await rebuild(owner_address, Published(other.messages), signer.verifier)

    assert before == await contents(owner)


async def test_a_source_that_ends_below_the_live_ledger_is_said_to(filled, story, owner, owner_address, signer):
    """The log may have been restored to an earlier moment: it is not waited for, and the live ledger stays."""
    before = await contents(owner)

    with pytest.raises(SourceShorter, match=rf"has {len(story.messages)} entries, and nothing follows position 20 "):
        await rebuild(owner_address, Published(story.messages[:20]), signer.verifier)

    assert before == await contents(owner)


async def test_a_rebuild_waits_for_whoever_reads_long_and_holds_up_nobody(
    filled, story, address, owner, owner_address, signer
):
    """While a bundle is being written, for as long as that takes, others read and the ledger enters."""
    story.contribute("PI", "E1", "1/1")
    told = len(story.messages) - 2
    async with address.connected() as bundling, address.connected(lock_timeout="1s") as reading:
        async with Evidence(bundling).snapshot():
            await Evidence(bundling).newest_checkpoint()
            rebuilding = asyncio.create_task(rebuild(owner_address, Published(story.messages), signer.verifier))
            await wait_until(lambda: _has_given_way(owner), 30, "the rebuild has not tried to switch")
            await filled.enter(story.messages[told:])
            first = await _begun(owner)
            while await _begun(owner) in {first, None}:
                for table in TABLES:
                    await reading.fetch(f"SELECT FROM {table} LIMIT 1")
            assert not rebuilding.done()
        assert len(story.messages) == await rebuilding

    await fsck(Evidence(owner), signer.verifier)


REBUILDING = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'ROLLBACK%'"


async def _has_given_way(connection):
    """Tell whether the rebuild has tried to put its tables in place and pauses."""
    return await connection.fetchval(f"SELECT EXISTS (SELECT {REBUILDING})")


async def _begun(connection):
    """Return when the rebuild gave way last, as long as it pauses."""
    return await connection.fetchval(f"SELECT state_change {REBUILDING}")


async def test_the_service_works_on_in_the_rebuilt_tables(filled, story, store, owner_address, signer):
    """Rights are the same after a rebuild: the service may add, and only add."""
    await rebuild(owner_address, Published(story.messages), signer.verifier)

    writer = Writer(store, signer)
    assert len(story.messages) == (await writer.resume()).position
    story.contribute("PI", "E1", "1/1")
    await writer.enter(story.messages)


async def test_a_rebuilt_ledger_is_planned_for_what_it_holds(filled, story, owner, owner_address, signer):
    """PostgreSQL has counted the rows of every table before the switch: nobody waits until it does by itself."""
    await rebuild(owner_address, Published(story.messages), signer.verifier)

    counted = await owner.fetch("SELECT relname, reltuples FROM pg_class WHERE relname = ANY ($1)", list(TABLES))
    assert dict.fromkeys(TABLES, True) == {row["relname"]: row["reltuples"] >= 0 for row in counted}
    assert len(story.messages) == {row["relname"]: row["reltuples"] for row in counted}["entry"]


async def test_a_rebuild_that_was_killed_is_no_obstacle(filled, story, owner, owner_address, signer):
    """What a rebuild left behind half-done is swept away by the next."""
    await owner.execute("CREATE SCHEMA rebuilding; CREATE TABLE rebuilding.entry (); CREATE SCHEMA replaced")

    await rebuild(owner_address, Published(story.messages), signer.verifier)
