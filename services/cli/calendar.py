"""The days of a scenario: it turns the page, and waits until the service has recorded what that day brings."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import httpx

from shared.clock import ScenarioClock
from shared.testing import block_until

if TYPE_CHECKING:
    from shared.embedded.home import Home

# Nine in the morning where the parties are.
_OFFICES_OPEN: Final = time(1, tzinfo=UTC)
_BETWEEN_STEPS: Final = timedelta(minutes=5)
_RECORDED_SECONDS: Final = 15.0
_DAY: Final = "moiety_schedule_day"


class Calendar:
    """What time it is in a stack that plays a scenario; without a page turned it is left alone."""

    def __init__(self, home: "Home") -> None:
        self._clock = ScenarioClock(home.scenario_clock_file)
        self._metrics = f"{home.url('agreements')}/metrics"
        self._now: datetime | None = None

    def turn_to(self, day: date) -> None:
        """Let it be the morning of a day, and wait until all that was due by then is recorded; raises NotInTime."""
        if self._now is not None and self._now.date() == day:
            return
        self._now = datetime.combine(day, _OFFICES_OPEN) - _BETWEEN_STEPS
        self._clock.move(self._now)
        block_until(lambda: self._recorded() == day, _RECORDED_SECONDS, lambda: f"{self._recorded()}, not {day}")

    def tick(self) -> None:
        """Let a little time pass on the same day."""
        if self._now is not None:
            self._now += _BETWEEN_STEPS
            self._clock.move(self._now)

    def stop(self) -> None:
        """End the scenario's time."""
        self._clock.stop()

    def _recorded(self) -> date | None:
        """Return the day by which the service has recorded all that was due, if any yet."""
        lines = httpx.get(self._metrics, trust_env=False).raise_for_status().text.splitlines()
        found = [int(float(line.split()[-1])) for line in lines if line.startswith(f"{_DAY} ")]
        return datetime.strptime(str(found[0]), "%Y%m%d").date() if found and found[0] else None  # noqa: DTZ007  # a day
