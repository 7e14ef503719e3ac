"""The days of a scenario: it turns the page, and waits until the service has recorded what that day brings."""

from datetime import date, datetime, time, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import httpx

from services.cli.standing import Standing
from shared.calendar import LEGAL_ZONE, legal_day
from shared.clock import ScenarioClock, machine_clock
from shared.testing import block_until

if TYPE_CHECKING:
    from shared.embedded.home import Home

# Where the parties are it is nine in the morning.
OFFICES_OPEN: Final = time(9, tzinfo=LEGAL_ZONE)
_BETWEEN_STEPS: Final = timedelta(minutes=5)
_RECORDED_SECONDS: Final = 15.0
_PROVEN_SECONDS: Final = 30.0
# What years bring is recorded one after the other.
_ADVANCED_SECONDS: Final = 120.0
_DAY: Final = "moiety_schedule_day"


class Calendar:
    """What time it is in a stack that plays a scenario.

    A day ends once there is proof of all notice that was given on it: the day of notice is that of its proof.
    """

    def __init__(self, home: "Home") -> None:
        self._clock = ScenarioClock(home.scenario_clock_file)
        # One client for all days: to make one takes longer than to ask.
        self._http = httpx.Client(trust_env=False)
        self._standing = Standing(home)
        self._metrics = home.metrics_url("agreements")
        self._now: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._standing.close()

    def await_day(self, day: date) -> None:
        """Let it be a day, a little later than before on the same one; on a new one, wait for what it brings by itself.

        Raises NotInTime.
        """
        if self._now is not None and self._now.date() == day:
            self._now += _BETWEEN_STEPS
            self._clock.move(self._now)
            return
        self._standing.await_proven(_PROVEN_SECONDS)
        self._now = datetime.combine(day, OFFICES_OPEN)
        self._clock.move(self._now)
        self._await_recorded(day)

    def advance(self, instant: datetime) -> None:
        """Let it be an instant, and wait until all that is due by its day is recorded; raises NotInTime."""
        self._standing.await_proven(_PROVEN_SECONDS)
        self._clock.move(instant)
        self._await_recorded(legal_day(instant), _ADVANCED_SECONDS)

    def stop(self) -> None:
        """End the scenario's time, and wait until all that is due by the real day is recorded; raises NotInTime."""
        self._standing.await_proven(_PROVEN_SECONDS)
        self._clock.stop()
        self._await_recorded(legal_day(machine_clock()))

    def _await_recorded(self, day: date, deadline_seconds: float = _RECORDED_SECONDS) -> None:
        block_until(lambda: self._recorded() == day, deadline_seconds, lambda: f"{self._recorded()}, not {day}")

    def _recorded(self) -> date | None:
        """Return the day by which the service has recorded all that was due, if any yet."""
        lines = self._http.get(self._metrics).raise_for_status().text.splitlines()
        found = [int(float(line.split()[-1])) for line in lines if line.startswith(f"{_DAY} ")]
        return datetime.strptime(str(found[0]), "%Y%m%d").date() if found and found[0] else None  # noqa: DTZ007  # a day
