"""`moiety clock`: what time it is in a stack on this machine, and later."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import rich_click as click

from shared.errors import Conflict, Invalid

if TYPE_CHECKING:
    from shared.embedded.home import Home

_DAYS_SHOWN: Final = "a day such as 2027-03-01, or an instant such as 2027-03-01T01:00:00Z"
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?", re.ASCII)
_MOST_DAYS: Final = 36_525
_ENTERED_SECONDS: Final = 30.0


class TimeUnreadable(Invalid):
    """The clock is advanced to a day, where it is nine in the morning in Hong Kong then, or to an instant in UTC."""


class TimeGoesForward(Conflict):
    """Events are recorded in the order of time, so the clock goes forward only; `make clean` starts afresh."""


@click.group(invoke_without_command=True)
@click.pass_context
def clock(context: click.Context) -> None:
    """Show what time it is in the stack in MOIETY_HOME, or advance it: for tests of what waits for days."""
    if context.invoked_subcommand is None:
        from shared.embedded.home import Home

        _tell(Home.existing())


@clock.command()
@click.option("--to", help=f"When it is to be: {_DAYS_SHOWN}.")
@click.option("--days", type=click.IntRange(1, _MOST_DAYS), help="By how many days, of 24 hours each.")
@click.option("--hours", type=click.IntRange(1, 24 * _MOST_DAYS), help="By how many hours.")
def advance(to: str | None, days: int | None, hours: int | None) -> None:
    """Let it be later, and wait until what that time brings by itself is recorded and in the ledger.

    From the first time on, the stack's time stands still until it is advanced again, also over a restart. Access tokens
    and retries go by the machine's time all the same.
    """
    from services.cli.calendar import Calendar
    from services.cli.standing import Standing
    from shared.clock import ScenarioClock
    from shared.embedded.home import Home

    if to is not None and (days is not None or hours is not None):
        message = "--to says when it is to be, --days and --hours how much later: say one or the other"
        raise click.UsageError(message)
    if to is None and days is None and hours is None:
        message = "say when it is to be with --to, or how much later with --days and --hours"
        raise click.UsageError(message)
    home = Home.existing()
    now = ScenarioClock(home.scenario_clock_file)()
    later = later_than(now, timedelta(days=days or 0, hours=hours or 0)) if to is None else instant_of(to)
    if later <= now:
        raise TimeGoesForward(expected=f"after {_written(now)}", got=_written(later))
    with Calendar(home) as calendar:
        calendar.advance(later)
    with Standing(home) as standing:
        standing.await_entered(_ENTERED_SECONDS)
    _tell(home)


def instant_of(text: str) -> datetime:
    """Read a day or an instant, each in one spelling; raises TimeUnreadable."""
    from services.cli.calendar import OFFICES_OPEN

    try:
        if _INSTANT.fullmatch(text) is None:
            raise TimeUnreadable(expected=_DAYS_SHOWN, got=text[:80])
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), OFFICES_OPEN).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TimeUnreadable(expected=_DAYS_SHOWN, got=text) from error


def later_than(now: datetime, much: timedelta) -> datetime:
    """Return how late it is so much later; raises TimeUnreadable beyond the calendar."""
    try:
        return now + much
    except OverflowError as error:
        raise TimeUnreadable(expected="a time within the calendar", got=f"{much.days} days later") from error


def _tell(home: "Home") -> None:
    from shared.clock import ScenarioClock

    stands = home.scenario_clock_file.exists()
    now = _written(ScenarioClock(home.scenario_clock_file)())
    click.echo(f"{now} {'and stands still: moiety clock advance' if stands else 'by the clock of this machine'}")


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
