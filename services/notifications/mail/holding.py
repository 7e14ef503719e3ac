"""Which letters wait by what their recipients prefer, for what, and until when."""

from datetime import datetime
from typing import Literal, NamedTuple

from services.notifications.alerts import Alert
from services.notifications.mail.local_time import within_until, zone_of
from services.notifications.mail.preferences import Preferences, may_be_muted
from shared.calendar import legal_day

HeldFor = Literal["QUIET_HOURS"]
"""The end of its recipient's quiet hours."""


class Hold(NamedTuple):
    """For what a letter waits, and until when."""

    reason: HeldFor
    until: datetime


def hold_of(alert: Alert, preferences: Preferences, now: datetime) -> Hold | None:
    """Return for what a letter waits that is wanted, if it does.

    What has weight in law never does, nor what would come after the last day on which it counts to act.
    """
    if not may_be_muted(alert):
        return None
    until = _quiet_until(preferences, now)
    return None if until is None or _is_too_late(alert, now, until) else Hold("QUIET_HOURS", until)


def _quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    quiet = preferences.quiet_hours
    if quiet is None:
        return None
    return within_until(quiet.begin, quiet.end, zone_of(preferences.time_zone), now)


def _is_too_late(alert: Alert, now: datetime, until: datetime) -> bool:
    return alert.due_on is not None and legal_day(now) <= alert.due_on < legal_day(until)
