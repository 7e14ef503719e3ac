"""What follows an attempt to deliver: nothing more, another one and when, or the end of all."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal, NamedTuple

from shared.positions import position_of

# A wait may be so much longer or shorter, so that what failed together does not come back together.
JITTER: Final = 0.2
# Whatever a receiver asks for: beyond a day an event would be overtaken by the end of its schedule.
LONGEST_WAIT_SECONDS: Final = 86_400.0
# How long all of a receiver's webhooks wait where it says that it is overloaded.
LONGEST_REST_SECONDS: Final = 3_600.0
SHOWN_BYTES: Final = 200

_SUCCESS: Final = range(200, 300)
_GONE: Final = 410
_OVERLOADED: Final = frozenset({429, 502, 503, 504})

Outcome = Literal["DELIVERED", "REFUSED", "GONE", "UNREACHABLE", "TIMED_OUT", "TARGET_REFUSED"]
"""Taken with a 2xx; answered otherwise; 410, which asks for no more; not reached; not in time; not gone to at all."""


class Answer(NamedTuple):
    """What came of one attempt."""

    outcome: Outcome
    milliseconds: int
    status: int | None = None
    retry_after_seconds: float | None = None
    start: str = ""

    @property
    def delivered(self) -> bool:
        return self.outcome == "DELIVERED"


class Following(NamedTuple):
    """What follows an attempt: `retry_seconds` is None where it is over, `rest_seconds` is for the whole webhook."""

    retry_seconds: float | None
    rest_seconds: float = 0.0
    gone: bool = False


def outcome_of(status: int) -> Outcome:
    """Return what a status comes to; a redirection is none of what was asked for, and is not followed."""
    if status in _SUCCESS:
        return "DELIVERED"
    return "GONE" if status == _GONE else "REFUSED"


def asked_to_wait(retry_after: str, now: datetime) -> float | None:
    """Return for how many seconds a Retry-After asks (RFC 9110, 10.2.3): in seconds, or until a date; else None."""
    text = retry_after.strip()
    if (seconds := position_of(text)) is not None:
        return float(seconds)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date, or one beyond all calendars
        return None
    # One that names no zone means UTC, in which all of them are.
    return max((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds(), 0.0)


def following(answer: Answer, attempts: int, retries: tuple[float, ...], chance: float) -> Following:
    """Return what follows the attempt that makes so many, where `chance` is a number from 0 to 1."""
    if answer.delivered:
        return Following(None)
    gone = answer.outcome == "GONE"
    asked = min(answer.retry_after_seconds or 0.0, LONGEST_WAIT_SECONDS)
    rest = min(asked, LONGEST_REST_SECONDS) if answer.status in _OVERLOADED else 0.0
    if attempts > len(retries):
        return Following(None, rest, gone=gone)
    wait = retries[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)
    return Following(max(wait, asked), rest, gone=gone)
