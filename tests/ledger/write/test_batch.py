"""What is made of published messages before the database is asked: read in order, up to the first that cannot be."""

from datetime import timedelta

from services.ledger.errors import LedgerHalted
from services.ledger.rules.holdings import Moment
from services.ledger.rules.posting import Disputed
from services.ledger.write.batch import read_messages, unforeseen
from tests.ledger.story import Story, sample
from tests.told import tells

_HOUR = timedelta(hours=1)


def told() -> Story:
    """Two parties with an agreement, of whose events the last is dated an hour before the others."""
    story = sample()
    story.now -= _HOUR
    story.engage("LATE", "HUT")
    return story


def test_what_is_known_by_an_instant_never_shrinks():
    """Of a clock that goes back an hour, the time of what came before stands."""
    story = told()
    first = story.envelopes[0].time

    entries, halted = read_messages(story.messages, Moment(0, first - _HOUR))

    instants = [entry.moment.recorded_at for entry in entries]
    assert halted is None
    assert list(range(1, len(entries) + 1)) == [entry.position for entry in entries]
    assert sorted(instants) == instants
    assert first == instants[0]
    assert max(each.time for each in story.envelopes) == instants[-1] > story.envelopes[-1].time


def test_nothing_is_recorded_before_what_was_entered_last():
    """However many batches it comes in."""
    story = told()
    later = story.envelopes[-1].time + 24 * _HOUR

    entries, _ = read_messages(story.messages, Moment(0, later))

    assert {later} == {entry.moment.recorded_at for entry in entries}


def test_the_first_that_cannot_be_entered_ends_the_batch():
    """What comes before it is entered, and nothing after it."""
    story = told()
    story.messages[2] = story.messages[2]._replace(subject="moiety.elsewhere")

    entries, halted = read_messages(story.messages, Moment(0, story.envelopes[0].time))

    assert 2 == len(entries)
    assert halted is not None
    assert 3 == halted.position
    tells(halted)


def test_a_time_that_is_not_reached_is_not_entered():
    """Else what is known by an instant would change for every instant up to then."""
    story = told()
    now = story.envelopes[0].time - _HOUR

    entries, halted = read_messages(story.messages, Moment(0, now), now)

    assert [] == entries
    assert halted is not None
    tells(halted)


def test_what_nobody_has_thought_of_halts_at_its_position_without_its_words():
    """A driver's words may repeat a row."""
    error = ValueError("the row is (HUT, 1/2)")

    halted = unforeseen(7, error)

    assert isinstance(halted, LedgerHalted)
    assert (7, "EnteringFailed", "ValueError", error) == (halted.position, halted.kind, halted.got, halted.__cause__)
    tells(halted)


def test_a_dispute_is_stored_with_the_moments_between_which_it_is_known():
    """Open, until another moment closes it."""
    since, until = Moment(3, told().envelopes[0].time), Moment(9, told().envelopes[1].time)
    disputed = Disputed("INV", "DSP", ("ASSIGN",), since)

    assert ("INV", "DSP", ["ASSIGN"], *since, None, None) == disputed.record()
    assert ("INV", "DSP", ["ASSIGN"], *since, *until) == disputed._replace(until=until).record()
