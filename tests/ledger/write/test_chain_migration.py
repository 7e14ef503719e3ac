"""A ledger from before there were chains gets its chain from its own entries, and goes on."""

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.write.writer import Writer
from shared.log.chain import START, Head
from shared.migrate import folder_of

_AS_BEFORE = "ALTER TABLE progress DROP COLUMN chain; ALTER TABLE alarm DROP COLUMN over_at"


async def migrated(owner):
    await owner.execute(_AS_BEFORE)
    await owner.execute((folder_of("ledger") / "0005-chain.sql").read_text(encoding="utf-8"))


async def test_what_was_entered_before_says_which_history_it_is(writer, story, store, signer, owner):
    """The upgrade works the chain out from the bytes; the writer goes on from there, and everything fits."""
    await writer.enter(story.messages[:20])
    await migrated(owner)

    again = Writer(store, signer)
    assert Head(20, story.messages[19].chain) == await again.resume()
    await again.enter(story.messages)
    await fsck(Evidence(owner), signer.verifier)


async def test_an_empty_ledger_is_at_the_start(writer, store, signer, owner):
    """Nothing entered is the beginning of any history of the log."""
    await migrated(owner)

    assert START == await Writer(store, signer).resume()
