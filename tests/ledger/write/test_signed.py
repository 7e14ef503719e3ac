"""Of every size there is one root: what was signed is written down outside the database, before anybody can see it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import LedgerHalted, LedgerUnavailable, TamperDetected
from services.ledger.tree.note import Signer, open_checkpoint
from services.ledger.write.rebuild import rebuild
from services.ledger.write.signed import SignedFile
from services.ledger.write.store import LedgerStore, sole_writer
from services.ledger.write.writer import Writer
from shared.database import Connection
from shared.testing import MigratedDatabase
from tests.ledger.published import Published
from tests.ledger.story import Story, sample

RESTORED_TO = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signed"


@pytest.fixture
def kept(path: Path, signer: Signer) -> SignedFile:
    return SignedFile(path, signer.verifier)


@pytest.fixture
async def ledger(store: LedgerStore, signer: Signer, kept: SignedFile) -> Writer:
    """A ledger that writes down what it signs."""
    opened = Writer(store, signer, kept)
    await opened.resume()
    return opened


@pytest.fixture
async def restored(
    fresh_database: Callable[[str], MigratedDatabase], signer: Signer, story: Story
) -> AsyncIterator[tuple[LedgerStore, Connection]]:
    """The same ledger as a backup has it: at ten entries, and signed so far."""
    database = fresh_database("ledger")
    async with (
        sole_writer(database.reached(LedgerUnavailable)) as store,
        database.reached_by_owner(LedgerUnavailable).connected() as owner,
    ):
        writer = Writer(store, signer)
        await writer.resume()
        await writer.enter(story.messages[:RESTORED_TO])
        yield store, owner


def another_continuation() -> Story:
    """The sample up to where the backup was taken, and as many other events after it."""
    other, told = Story(), sample()
    other.messages = told.messages[:RESTORED_TO]
    other._versions = dict(told._versions)
    other.now = told.now
    while other.position < len(told.messages):
        other.register(f"PARTY-{other.position}")
    return other


async def signed_by(owner: Connection) -> dict[int, str]:
    return {row["size"]: row["note"] for row in await owner.fetch("SELECT size, note FROM checkpoint")}


async def test_what_is_signed_is_written_down_and_stored_alike(ledger, story, kept, owner):
    """The very note, signature included."""
    for message in story.messages[:5]:
        await ledger.enter([message])
        assert (await signed_by(owner))[message.position] == kept.read().note


async def test_a_restored_ledger_signs_the_same_root_and_goes_on(ledger, restored, story, signer, kept, owner):
    """On the log that it was restored from: it catches up without signing, and has the note that was signed already."""
    await ledger.enter(story.messages)
    last = len(story.messages)
    store, its_owner = restored

    writer = Writer(store, signer, kept)
    await writer.resume()
    await writer.enter(story.messages)
    story.contribute("PI", "E1", "1/1")
    await writer.enter(story.messages)

    signed = await signed_by(its_owner)
    assert {RESTORED_TO, last, len(story.messages)} == set(signed)
    assert (await signed_by(owner))[last] == signed[last]
    await fsck(Evidence(its_owner), signer.verifier)


async def test_a_restored_ledger_may_be_restarted_on_its_way(ledger, restored, story, signer, kept):
    """What it has entered without signing is no tampering: it was signed once."""
    await ledger.enter(story.messages)
    store, its_owner = restored
    for message in story.messages[RESTORED_TO:]:
        writer = Writer(store, signer, kept)
        await writer.resume()
        await writer.enter([message])

    assert {RESTORED_TO, len(story.messages)} == set(await signed_by(its_owner))


async def test_another_continuation_is_never_signed(ledger, restored, story, signer, kept, owner):
    """It halts at the size whose root is known, with both roots, and no size has two."""
    await ledger.enter(story.messages)
    last = len(story.messages)
    other = another_continuation()
    other.register("ONE-MORE")
    store, its_owner = restored

    writer = Writer(store, signer, kept)
    await writer.resume()
    with pytest.raises(LedgerHalted) as halted:
        await writer.enter(other.messages)

    assert (last, "SignedOtherwise") == (halted.value.position, halted.value.kind)
    assert halted.value.expected != halted.value.got
    assert [(last, "SignedOtherwise")] == [
        tuple(row) for row in await its_owner.fetch("SELECT position, kind FROM alarm")
    ]
    assert {RESTORED_TO} == set(await signed_by(its_owner))
    # The file is what it was, and a second attempt ends like the first.
    assert (await signed_by(owner))[last] == kept.read().note
    again = Writer(store, signer, kept)
    await again.resume()
    with pytest.raises(LedgerHalted):
        await again.enter(other.messages)


async def test_another_root_than_was_signed_is_never_signed_on(ledger, store, story, signer, kept, path):
    """A ledger that is as large already, and another one, is not continued at all."""
    await ledger.enter(story.messages)
    checkpoint = open_checkpoint(path.read_bytes(), signer.verifier)
    path.write_text(signer.sign(str(checkpoint._replace(root=bytes(32)))))

    with pytest.raises(TamperDetected, match="checkpoint"):
        await Writer(store, signer, kept).resume()


async def test_a_ledger_from_before_writes_down_what_it_signed_last(writer, store, story, signer, kept, path, owner):
    """The first start of this release: there is no file yet."""
    await writer.enter(story.messages)
    assert not path.exists()

    await Writer(store, signer, kept).resume()

    assert (await signed_by(owner))[len(story.messages)] == kept.read().note


async def test_a_file_that_is_behind_is_brought_up(writer, store, story, signer, kept, owner):
    """Another machine's file may be older than the database that both use: what is stored was signed all the same."""
    await writer.enter(story.messages[:4])
    await Writer(store, signer, kept).resume()
    await writer.enter(story.messages)

    await Writer(store, signer, kept).resume()

    assert (await signed_by(owner))[len(story.messages)] == kept.read().note


async def test_a_crash_between_file_and_database_is_made_good(ledger, store, story, signer, kept, owner):
    """Signed and written down, but not entered: the same events make the same root, in whatever batches they come."""
    await owner.execute("ALTER TABLE progress ADD CONSTRAINT crash CHECK (position < 20)")
    with pytest.raises(LedgerHalted, match="position 20"):
        await ledger.enter(story.messages)
    await owner.execute("ALTER TABLE progress DROP CONSTRAINT crash")
    written_down = kept.read()

    again = Writer(store, signer, kept)
    await again.resume()
    for start in range(0, len(story.messages), 3):
        await again.enter(story.messages[start : start + 3])

    assert len(story.messages) == written_down.size
    assert {written_down.size: written_down.note} == await signed_by(owner)


@pytest.mark.parametrize("content", ["", "not a note\n", "ledger.example/moiety\n10\nAAAA\n"])
async def test_a_file_that_is_not_ours_is_never_overwritten(store, signer, kept, path, content):
    """What was signed last is not known then, and nothing may be signed on."""
    path.write_text(content)

    with pytest.raises(TamperDetected, match="signed"):
        await Writer(store, signer, kept).resume()

    assert content == path.read_text()


async def test_another_keys_checkpoint_is_not_ours(ledger, store, story, signer, path):
    """A key of the same name is another key."""
    await ledger.enter(story.messages[:3])
    other = Signer.generate(signer.name)
    path.write_text(other.sign(str(open_checkpoint(path.read_bytes(), signer.verifier))))

    with pytest.raises(TamperDetected):
        await Writer(store, signer, SignedFile(path, signer.verifier)).resume()


async def test_what_was_half_written_is_not_looked_at(ledger, story, kept, path):
    """A crash while it is replaced leaves the file as it was, and something beside it."""
    path.with_name(f".{path.name}.new").write_text("half a no")

    await ledger.enter(story.messages[:3])

    assert 3 == kept.read().size


async def test_a_rebuild_asks_the_file_as_well(ledger, story, kept, owner, owner_address, signer, unguarded):
    """A live ledger that has lost its newest checkpoints is not replaced by another history."""
    await ledger.enter(story.messages[:RESTORED_TO])
    await ledger.enter(story.messages)
    await unguarded.execute("DELETE FROM checkpoint WHERE size > $1", RESTORED_TO)
    other = another_continuation()

    with pytest.raises(TamperDetected, match=f"checkpoint {len(story.messages)}"):
        await rebuild(owner_address, Published(other.messages), signer.verifier, kept=kept)

    assert len(story.messages) == await rebuild(owner_address, Published(story.messages), signer.verifier, kept=kept)
