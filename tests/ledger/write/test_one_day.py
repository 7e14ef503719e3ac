"""Several things on one legal day: each is entered, each position is told, and nothing is held for no time at all."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.check.replay import Replay
from services.ledger.write.rebuild import rebuild
from tests.ledger.published import Published, contents
from tests.ledger.story import CONCEIVED, Story

DAY = date(2025, 3, 1)
BEFORE = DAY - timedelta(days=1)


def steps(story):
    """Tell step by step what happens to one asset, most of it on one day, and yield the shares before and on it."""
    story.agree()
    story.engage("PI", "HUT")
    story.engage("SE", "ATRC")
    story.disclose(E1="1/1")
    story.contribute("PI", "E1", "1/1")
    story.contribute("SE", "E1", "1/1")
    yield {"UNALLOCATED": "1/1"}, {"UNALLOCATED": "1/1"}
    story.adopt(story.propose())
    yield {"ATRC": "1/2", "HUT": "1/2"}, {"ATRC": "1/2", "HUT": "1/2"}
    story.transfer("HUT", "ATRC", DAY.isoformat(), "XFR-1", of_holding="1/2")
    yield {"ATRC": "1/2", "HUT": "1/2"}, {"ATRC": "3/4", "HUT": "1/4"}
    # On the day of conception too: what was so from the start and what changed at once are one period.
    story.transfer("HUT", "EGU", CONCEIVED.isoformat(), "XFR-0", of_whole="1/4")
    yield {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"}, {"ATRC": "5/8", "EGU": "1/4", "HUT": "1/8"}
    # Of one day, what was recorded first comes first.
    story.transfer("ATRC", "EGU", DAY.isoformat(), "XFR-2", of_holding="1/5")
    yield {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"}, {"ATRC": "1/2", "EGU": "3/8", "HUT": "1/8"}
    story.rescind("XFR-1", DAY.isoformat())
    yield {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"}, {"ATRC": "2/5", "EGU": "7/20", "HUT": "1/4"}
    story.contribute("SE", "E1", "2/1")
    story.adopt(story.propose(2, counts_from=DAY))
    yield {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"}, {"ATRC": "3/5", "EGU": "2/5"}
    story.transfer("EGU", "HUT", DAY.isoformat(), "XFR-3", of_holding="1/1")
    yield {"ATRC": "1/2", "EGU": "1/4", "HUT": "1/4"}, {"ATRC": "3/5", "HUT": "2/5"}
    story.rescind("XFR-0", CONCEIVED.isoformat())
    yield {"ATRC": "1/2", "HUT": "1/2"}, {"ATRC": "3/5", "HUT": "2/5"}


def told():
    """Return the story, and from which of its positions on which shares are known before and on the day."""
    story, known = Story(), {}
    for before, on in steps(story):
        known[story.position] = before, on
    return story, known


@pytest.fixture
def story():
    return told()[0]


async def test_every_step_of_a_day_is_answered(auditor):
    """Who holds it on the day and the day before, as known at each step; asked again later, nothing has changed."""
    _, known = told()
    for position, (before, on) in known.items():
        assert before == await auditor.ownership(effective=BEFORE, known=position), position
        assert on == await auditor.ownership(effective=DAY, known=position), position


async def test_a_timeline_has_no_day_twice(auditor, story):
    """As known at every position: each period begins where the one before ends, at conception the first."""
    for position in range(story.position + 1):
        periods = (await auditor.get("/v1/assets/INV-5G-1/timeline", known=position)).json()["periods"]
        starts = [each["from"] for each in periods]
        assert starts == sorted(set(starts))
        assert starts[:1] in ([], [CONCEIVED.isoformat()])
        assert all(one["to"] == other["from"] for one, other in pairwise(periods))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
async def test_however_a_day_is_cut_into_batches(writer, story, owner, signer, size):
    """What follows within a batch closes what was known for some positions of it; all of it is stored and adds up."""
    for start in range(0, len(story.messages), size):
        await writer.enter(story.messages[start : start + size])
    replay = Replay()
    for message in story.messages:
        replay.enter(message.body)

    await fsck(Evidence(owner), signer.verifier)
    assert len(replay.holdings.every()) == await owner.fetchval("SELECT count(*) FROM holding")
    assert [] == await owner.fetch("SELECT FROM holding WHERE effective_from >= effective_to OR known_from >= known_to")


async def test_a_day_is_rebuilt_as_it_was(writer, story, owner, owner_address, signer):
    """In other batches than it was entered in, and to the same rows."""
    for message in story.messages:
        await writer.enter([message])
    before = await contents(owner)

    await rebuild(owner_address, Published(story.messages, 7), signer.verifier)

    assert before == await contents(owner)
