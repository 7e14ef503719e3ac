"""What every command brings with it: who commands, and which legal day it is."""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec

# Legal days begin at midnight in Hong Kong, the zone of an agreement that names no other. It has kept UTC+8 without
# summer time since 1979, so a fixed offset is exact and needs no time zone database in the image.
LEGAL_ZONE = timezone(timedelta(hours=8))


class Representative(msgspec.Struct, frozen=True):
    """A person who speaks for a party."""

    person: str
    party: str


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A wish, complete: deciding on it needs nothing but the states it concerns."""

    by: Representative
    today: date


def legal_day(now: datetime) -> date:
    """Return the legal day of an instant."""
    return now.astimezone(UTC).astimezone(LEGAL_ZONE).date()
