"""Recorded times that lie before those of earlier entries: what was known at an instant never shrinks all the same."""

from datetime import datetime, timedelta

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.check.replay import Replay
from services.ledger.rules.holdings import shares_on
from services.ledger.write.rebuild import rebuild
from services.ledger.write.writer import Writer
from shared.ratio import format_shares
from tests.ledger.published import Published, contents
from tests.ledger.story import CONCEIVED, Story

OWNERSHIP = "/v1/assets/INV-5G-1/ownership"
MICROSECOND = timedelta(microseconds=1)


def told():
    """Tell of two writers; the clock of the one that records the determination and the last transfer is behind."""
    story = Story()
    story.agree()
    story.engage("PI", "HUT")
    story.disclose(E1="1/1")
    story.contribute("PI", "E1", "1/1")
    story.now -= timedelta(hours=1)
    story.adopt(story.propose())
    story.now += timedelta(hours=1)
    story.transfer("HUT", "ATRC", CONCEIVED.isoformat(), "XFR-1", of_holding="1/2")
    story.now -= timedelta(hours=1)
    story.transfer("HUT", "ATRC", CONCEIVED.isoformat(), "XFR-2", of_holding="1/1")
    return story


@pytest.fixture
def story():
    return told()


def latest_times(story) -> list[datetime]:
    """Return the latest recorded time up to each entry, by nobody's code but this."""
    times = [envelope.time for envelope in story.envelopes]
    return [max(times[: number + 1]) for number in range(len(times))]


def instants(story) -> list[datetime]:
    """Return every recorded time, as it is and by as little as there is before and after."""
    times = {envelope.time for envelope in story.envelopes}
    return sorted(time + step * MICROSECOND for time in times for step in (-1, 0, 1))


def test_this_story_does_go_back():
    """The tests below would also pass if no clock were behind."""
    times = [envelope.time for envelope in told().envelopes]

    assert times != sorted(times)
    assert max(times) > times[-1]


async def test_what_was_known_at_an_instant_is_all_up_to_the_last_entry_by_then(auditor, story):
    """A late entry with an early time is known when the one before it is, and no earlier; nothing known gets lost."""
    latest = latest_times(story)
    replay = Replay()
    for message in story.messages:
        replay.enter(message.body)
    for instant in instants(story):
        reached = sum(time <= instant for time in latest)
        answer = (await auditor.get(OWNERSHIP, effective=CONCEIVED, known=instant.isoformat())).json()
        timeline = replay.holdings.timeline_at("INV-5G-1", reached)

        assert reached == answer["position"] == replay.position_at(instant), instant
        assert format_shares(shares_on(timeline, CONCEIVED)) == answer["holders"]
        assert answer["final"] == (instant < latest[-1])


async def test_a_final_answer_does_not_change_when_an_entry_comes_late(visitor, writer, story):
    """What may still change is not final: an entry of the very instant that is newest may be on its way."""
    auditor, newest = visitor("auditor"), latest_times(story)[-1]
    asked = instants(story)
    before = [(await auditor.get(OWNERSHIP, effective=CONCEIVED, known=each.isoformat())).json() for each in asked]
    for back in (timedelta(hours=2), timedelta()):
        story.now = newest - back - timedelta(seconds=1)  # a second passes as it is told
        story.rescind("XFR-1" if back else "XFR-2", CONCEIVED.isoformat())
    await writer.enter(story.messages)
    after = [(await auditor.get(OWNERSHIP, effective=CONCEIVED, known=each.isoformat())).json() for each in asked]

    final = [{**answer, "ledger": None} for answer in before if answer["final"]]
    assert final == [{**answer, "ledger": None} for answer in after[: len(final)]]
    assert [each for each in asked if each >= newest] == asked[len(final) :]
    assert all(
        one["position"] < other["position"] for one, other in zip(before, after, strict=True) if not one["final"]
    )


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_the_latest_time_is_kept_with_each_entry(writer, story, owner, signer, store, size):
    """However entries are batched, and whichever writer goes on; the time of the progress is the last of them."""
    for start in range(0, len(story.messages), size):
        await writer.enter(story.messages[start : start + size])
        writer = Writer(store, signer)
        await writer.resume()

    stored = [row["recorded_at"] for row in await owner.fetch("SELECT recorded_at FROM entry ORDER BY position")]
    assert latest_times(story) == stored
    assert stored[-1] == await owner.fetchval("SELECT recorded_at FROM progress")
    await fsck(Evidence(owner), signer.verifier)


async def test_a_rebuild_keeps_the_latest_times(writer, story, owner, owner_address, signer):
    """Rows and what was known by when are the same."""
    await writer.enter(story.messages)
    before = await contents(owner)

    await rebuild(owner_address, Published(story.messages, 3), signer.verifier)

    assert before == await contents(owner)
