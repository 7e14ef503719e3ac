"""What the rules do not bear out stops whoever checks: the writer before it, fsck and verify at it."""

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import LedgerHalted, LedgerInconsistencyDetected
from services.ledger.tree.merkle import Edge, extend, root_of
from services.ledger.tree.note import Checkpoint
from services.ledger.write.batch import entry_row, read_messages
from services.ledger.write.store import BEGINNING
from shared.log.chain import leaf_hash
from tests.ledger import false_notice, false_unopposed, false_voices, false_words
from tests.ledger.taken_apart import Bundle, check
from tests.told import refuses

WORDS = {**false_words.WORDS, **false_voices.WORDS, **false_notice.WORDS, **false_unopposed.WORDS}
each_word = pytest.mark.parametrize("word", WORDS.values(), ids=WORDS.keys())


@each_word
def test_verify_believes_the_true_word(word):
    """Told as the rules have it, the same story is borne out."""
    story = word.truly()

    assert story.position == check(Bundle([each.body for each in story.messages])).moment.position


@each_word
def test_verify_does_not_believe_the_false_one(word):
    """A bundle that the ledger's own key has signed says what is wrong, at the last of its entries."""
    story = word.falsely()

    with refuses(LedgerInconsistencyDetected, match=word.said) as detected:
        check(Bundle([each.body for each in story.messages]))
    assert detected.value.at == f"position {story.position}"


@each_word
async def test_the_writer_enters_the_true_word(word, writer, owner, signer):
    """And fsck finds nothing."""
    await writer.enter(word.truly().messages)

    await fsck(Evidence(owner), signer.verifier)


@each_word
async def test_the_writer_halts_before_the_false_one(word, writer, owner):
    """Everything before it is entered, and the alarm says what is wrong with it."""
    story = word.falsely()

    with pytest.raises(LedgerHalted, match=word.said) as halted:
        await writer.enter(story.messages)
    assert (story.position, "LedgerInconsistencyDetected") == (halted.value.position, halted.value.kind)
    assert story.position - 1 == writer.position
    assert (story.position,) == tuple(await owner.fetchrow("SELECT position FROM alarm"))


@each_word
async def test_fsck_finds_the_false_one_that_was_entered_all_the_same(word, store, owner, signer):
    """Whoever writes entries, tree and checkpoint past the writer, with its key, is found out at the entry."""
    story = word.falsely()
    entries, _ = read_messages(story.messages, BEGINNING)
    edge, tiles = extend(Edge(), [leaf_hash(message.body) for message in story.messages])
    note = signer.sign(str(Checkpoint(signer.name, edge.size, root_of(edge))))
    async with store.batch():
        await store.add_entries([entry_row(entry) for entry in entries])
        await store.finish(0, entries[-1].moment, entries[-1].chain, tiles, note)

    with pytest.raises(LedgerInconsistencyDetected, match=word.said) as detected:
        await fsck(Evidence(owner), signer.verifier)
    assert detected.value.at == f"position {story.position}"
