"""No tree goes on where the log went on without what was published: another one begins at 1, under another name."""

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import LedgerHalted
from services.ledger.tree.note import Signer
from services.ledger.write.writer import Writer
from shared.events.log import LogContinued
from shared.log.chain import chain_text
from shared.log.envelope import NO_AGREEMENT
from tests.ledger.conftest import ORIGIN
from tests.ledger.story import Story


def go_on(story: Story, epoch: int) -> int:
    """Let the log go on without what was published after all that is told; return the position that says so."""
    last = story.messages[-1]
    continued = LogContinued(
        log="0", epoch=epoch, after=last.position, chain=chain_text(last.chain), because="a stale standby"
    )
    story.tell(continued, "0", agreement=NO_AGREEMENT)
    return story.position


@pytest.mark.parametrize("origin", [ORIGIN, f"{ORIGIN}/log/7", f"{ORIGIN}/1"])
async def test_the_tree_of_before_ends(store, story, owner, origin):
    """Under its own name it takes nothing more, whatever follows; what it has stays served, and signed."""
    go_on(story, 1)
    ended = go_on(story, 2)
    story.contribute("PI", "E1", "1/1")
    signer = Signer.generate(origin)
    writer = Writer(store, signer)
    await writer.resume()

    with pytest.raises(LedgerHalted) as halted:
        await writer.enter(story.messages)

    ended = ended if origin.endswith("moiety/1") else ended - 1
    assert (ended, "LogContinued") == (halted.value.position, halted.value.kind)
    assert ended - 1 == writer.position == await owner.fetchval("SELECT max(size) FROM checkpoint")
    assert [(ended, "LogContinued")] == [tuple(row) for row in await owner.fetch("SELECT position, kind FROM alarm")]
    await fsck(Evidence(owner), signer.verifier)


async def test_another_tree_has_all_of_it(store, story, owner):
    """Begun at 1, under the name of the epoch: every event, the one that says it included."""
    go_on(story, 1)
    go_on(story, 2)
    story.contribute("PI", "E1", "1/1")
    signer = Signer.generate(f"{ORIGIN}/2")
    writer = Writer(store, signer)
    await writer.resume()

    await writer.enter(story.messages)

    assert len(story.messages) == writer.position
    await fsck(Evidence(owner), signer.verifier)
