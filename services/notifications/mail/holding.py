"""Which letters wait by what their readers prefer, for what, and until when."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Literal, NamedTuple

from services.notifications.alerts import Alert
from services.notifications.mail.local_time import next_time, within_until, zone_of
from services.notifications.mail.preferences import Preferences, may_be_muted
from shared.calendar import legal_day

HeldFor = Literal["QUIET_HOURS", "DIGEST"]
"""The end of its reader's quiet hours; the next digest."""


class Hold(NamedTuple):
    """For what a letter waits, and until when."""

    reason: HeldFor
    until: datetime


def hold_of(alert: Alert, preferences: Preferences, now: datetime, waited_for: HeldFor | None = None) -> Hold | None:
    """Return for what a letter waits that is wanted, if it does; a digest that it has waited for has come.

    What has weight in law never does, nor what would come after the last day on which it counts to act.
    """
    if not may_be_muted(alert):
        return None
    holds = []
    if waited_for != "DIGEST" and (until := _next_digest(preferences, now)) is not None:
        holds.append(Hold("DIGEST", until))
    if (until := _quiet_until(preferences, now)) is not None:
        # What waits for a digest waits for it until it can come.
        holds.append(Hold("DIGEST" if waited_for == "DIGEST" else "QUIET_HOURS", until))
    return next((hold for hold in holds if not _is_too_late(alert, now, hold.until)), None)


def hold_of_digest(alerts: Collection[Alert], preferences: Preferences, now: datetime) -> Hold | None:
    """Return for what a digest waits that is put together, if it does: only as long as nothing in it would be late."""
    until = _quiet_until(preferences, now)
    if until is None or any(_is_too_late(alert, now, until) for alert in alerts):
        return None
    return Hold("QUIET_HOURS", until)


def _next_digest(preferences: Preferences, now: datetime) -> datetime | None:
    digest = preferences.digest
    if digest.every == "NONE" or digest.hour is None:
        return None
    next_one = next_time(time(digest.hour), digest.weekday, zone_of(preferences.time_zone), now)
    return _quiet_until(preferences, next_one) or next_one


def _quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    quiet = preferences.quiet_hours
    if quiet is None:
        return None
    return within_until(quiet.begin, quiet.end, zone_of(preferences.time_zone), now)


def _is_too_late(alert: Alert, now: datetime, until: datetime) -> bool:
    return alert.due_on is not None and legal_day(now) <= alert.due_on < legal_day(until)
