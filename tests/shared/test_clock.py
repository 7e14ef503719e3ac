from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import ScenarioClock, ScenarioClockUnreadable, clock_of, machine_clock

MORNING = datetime(2024, 2, 1, 1, tzinfo=UTC)


def test_a_service_that_is_told_no_file_goes_by_the_machines_time() -> None:
    """Without a scenario it is as late as it is."""
    assert clock_of(None) is machine_clock
    assert timedelta(minutes=1) > abs(datetime.now(UTC) - machine_clock())


def test_time_stands_where_the_scenario_put_it(tmp_path: Path) -> None:
    """Every reading says the same until the clock is moved, in whatever process."""
    player, service = ScenarioClock(tmp_path / "clock"), clock_of(tmp_path / "clock")
    player.move(MORNING)

    assert MORNING == service() == service()
    player.move(MORNING + timedelta(days=1))
    assert MORNING + timedelta(days=1) == service()
    assert [tmp_path / "clock"] == list(tmp_path.iterdir())


def test_a_clock_that_is_moved_twice_in_a_tick_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    """The file's name on the disk is given again, and its time is as coarse as the system's."""
    player, service = ScenarioClock(tmp_path / "clock"), clock_of(tmp_path / "clock")
    for second in range(200):
        player.move(MORNING)
        before = (tmp_path / "clock").stat().st_mtime_ns
        assert MORNING == service()
        player.move(MORNING + timedelta(seconds=1))
        player.move(MORNING + timedelta(seconds=second % 60))

        assert MORNING + timedelta(seconds=second % 60) == service()
        assert (tmp_path / "clock").stat().st_mtime_ns > before


def test_a_scenario_that_is_over_gives_the_time_back(tmp_path: Path) -> None:
    """Where there is no file, nobody says what time it is but the machine."""
    clock = ScenarioClock(tmp_path / "clock")
    clock.move(MORNING)
    clock.stop()
    clock.stop()

    assert timedelta(minutes=1) > abs(datetime.now(UTC) - clock())


@pytest.mark.parametrize("text", ["", "soon", "2024-02-01", "2024-02-01T09:00:00"])
def test_a_file_that_holds_no_instant_is_refused(tmp_path: Path, text: str) -> None:
    """A time nobody can read must not become some time."""
    (tmp_path / "clock").write_text(text)

    with pytest.raises(ScenarioClockUnreadable):
        ScenarioClock(tmp_path / "clock")()


def test_another_offset_is_the_same_instant(tmp_path: Path) -> None:
    """Nine in the morning in Hong Kong is one in the morning in UTC."""
    (tmp_path / "clock").write_text("2024-02-01T09:00:00+08:00\n")

    assert MORNING == ScenarioClock(tmp_path / "clock")()
