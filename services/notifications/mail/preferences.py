"""What somebody prefers of letters, and what of that may not be preferred."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Final, Literal

import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.errors import (
    DigestUnclear,
    InboxStays,
    LegalCriticalStays,
    QuietHoursTooLong,
    TimeZoneUnknown,
    WishSaidTwice,
)
from services.notifications.mail.local_time import LEGAL_ZONE_NAME, is_zone
from services.notifications.rules.rule import AlertClass
from shared.errors import DomainError
from shared.events.terms import Weekday

Channel = Literal["EMAIL", "INBOX"]
"""A letter to the person; the party's inbox, where everything is, whatever anybody wants."""

Every = Literal["NONE", "DAILY", "WEEKLY"]

CRITICAL: Final[AlertClass] = "legal-critical"
# So much of each day is not quiet, so that what waits for the end of quiet hours finds one.
LEAST_NOT_QUIET: Final = timedelta(hours=4)
_DAY: Final = timedelta(days=1)


class LetterWish(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """Whether alerts of some kind are wanted on a channel."""

    channel: Channel
    """How they come: `EMAIL`. `INBOX` cannot be switched off."""
    class_: AlertClass | None = None
    """Of which class; null for all."""
    agreement: str | None = None
    """In which agreement; null for all, and for what is in none."""
    wanted: bool
    """Whether they are wanted."""


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Between which times of the day no letters come; where they end no later than they begin, on the next day."""

    from_: str
    """When they begin, by the clocks of the time zone: `22:00`."""
    to: str
    """When they end: `07:00`."""

    @property
    def begin(self) -> time:
        return time.fromisoformat(self.from_)

    @property
    def end(self) -> time:
        return time.fromisoformat(self.to)

    @property
    def length(self) -> timedelta:
        """How long they are on a day like most; from a time to the same one a whole day."""
        return (_since_midnight(self.end) - _since_midnight(self.begin)) % _DAY or _DAY


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """How often what may wait comes gathered, in one letter."""

    every: Every = "NONE"
    """`NONE` is each by itself."""
    weekday: Weekday | None = None
    """On which day, where it is `WEEKLY`."""
    hour: int | None = None
    """At which hour, by the clocks of the time zone; of `NONE` there is none."""

    @property
    def is_clear(self) -> bool:
        """Whether it says all that its kind takes, and no more."""
        return (self.hour is not None, self.weekday is not None) == (self.every != "NONE", self.every == "WEEKLY")


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody prefers; who said nothing is sent everything that is written to people."""

    wishes: tuple[LetterWish, ...] = ()
    """Which letters are wanted; what no wish is about is. Of those about one alert that counts which names its
    agreement and class; then its agreement alone; then its class alone.
    """
    time_zone: str = LEGAL_ZONE_NAME
    """By the clocks of which time zone it lives, as the IANA calls it."""
    quiet_hours: QuietHours | None = None
    """When letters wait; null for never."""
    digest: Digest = Digest()
    """How often letters come gathered in one."""


NO_PREFERENCES: Final = Preferences()


def may_be_muted(alert: Alert) -> bool:
    """Tell whether its recipient may want no letter about an alert: whatever has weight in law is sent all the same."""
    return alert.class_ != CRITICAL


def wants(preferences: Preferences, alert: Alert) -> bool:
    """Tell whether a letter about an alert is wanted: of all wishes about it the most specific counts.

    That is one which names the agreement, whether or not it names the class; then one which names the class alone.
    """
    about = [
        wish
        for wish in preferences.wishes
        if wish.channel == "EMAIL" and wish.class_ in {None, alert.class_} and wish.agreement in {None, alert.agreement}
    ]
    closest = max(about, key=lambda wish: (wish.agreement is not None, wish.class_ is not None), default=None)
    return closest is None or closest.wanted or not may_be_muted(alert)


def check(preferences: Preferences) -> None:
    """Refuse what may not be preferred, by all rules that it breaks: the first, and the others besides."""
    if refusals := [*_refusals(preferences)]:
        refusal, *others = refusals
        refusal.also = tuple(others)
        raise refusal


def _refusals(preferences: Preferences) -> Iterator[DomainError]:
    said = set()
    for wish in preferences.wishes:
        if wish.channel == "INBOX" and not wish.wanted:
            yield InboxStays(got=wish.class_)
        elif wish.class_ == CRITICAL and not wish.wanted:
            yield LegalCriticalStays(got=wish.agreement)
        about = (wish.channel, wish.class_, wish.agreement)
        if about in said:
            yield WishSaidTwice(got=" · ".join(each or "all" for each in about))
        said.add(about)
    if not is_zone(preferences.time_zone):
        yield TimeZoneUnknown(got=preferences.time_zone)
    if (quiet := preferences.quiet_hours) is not None and _DAY - quiet.length < LEAST_NOT_QUIET:
        yield QuietHoursTooLong(got=f"{quiet.from_} to {quiet.to}")
    if not preferences.digest.is_clear:
        yield DigestUnclear(got=preferences.digest.every)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)
