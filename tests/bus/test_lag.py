"""How long the oldest event has waited: the age of what is stuck, whatever else goes on."""

from hypothesis import given
from hypothesis import strategies as st

from shared.bus.lag import _MOST, Pending


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_waits_at_the_end_of_the_log() -> None:
    """Whoever has taken everything on has no age, however long ago that was."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(0, 0)
    pending.seen(7, 7)
    clock.now += 60

    assert (0, 0.0) == (pending.count, pending.seconds)


def test_what_is_stuck_grows_older_whatever_comes_behind_it() -> None:
    """The newest event is young, and says nothing about the one before which everything stands still."""
    clock = Clock()
    pending = Pending(clock)
    for last in range(8, 20):
        pending.seen(7, last)
        clock.now += 5

    assert (12, 60.0) == (pending.count, pending.seconds)


def test_whoever_goes_on_slowly_is_as_late_as_its_next_event() -> None:
    """What was taken on counts no more; the next one has its own age."""
    clock = Clock()
    pending = Pending(clock)
    pending.seen(0, 10)
    clock.now += 5
    pending.seen(0, 20)
    clock.now += 5
    pending.seen(10, 20)

    assert (10, 5.0) == (pending.count, pending.seconds)


def test_a_log_that_ends_below_makes_nobody_late() -> None:
    """It is another history; whoever compares them says so."""
    pending = Pending(Clock())
    pending.seen(9, 3)

    assert (0, 0.0) == (pending.count, pending.seconds)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_the_age_is_that_of_the_oldest(steps: list[tuple[int, int, int]]) -> None:
    """Compared with what remembers of every event when it was first seen."""
    clock, last, taken = Clock(), 0, 0
    pending = Pending(clock)
    first_seen: dict[int, float] = {}
    for recorded, done, seconds in steps:
        last += recorded
        taken = min(taken + done, last)
        for position in range(1, last + 1):
            first_seen.setdefault(position, clock.now)
        pending.seen(taken, last)
        clock.now += seconds

        oldest = first_seen.get(taken + 1)
        assert (clock.now - oldest if oldest is not None else 0.0) == pending.seconds
        assert last - taken == pending.count


def test_an_outage_however_long_takes_no_more_memory() -> None:
    """What is kept is bounded, and the oldest stays as old as it is."""
    clock = Clock()
    pending = Pending(clock)
    for last in range(1, 5 * _MOST):
        pending.seen(0, last)
        clock.now += 1

    assert len(pending._ends) == _MOST
    assert pending.seconds == 5 * _MOST - 1
