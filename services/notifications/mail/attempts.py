"""What comes of an attempt to send a letter, and what follows it: nothing more, or another one, and when."""

import re
from typing import Final, Literal, NamedTuple

Outcome = Literal["SENT", "BOUNCED", "GIVEN_UP", "NO_ADDRESS", "UNWRITABLE", "MUTED", "NOT_ASKED"]
"""Taken by the server; refused for good; not taken in all the time there is; nowhere to send it; no letter at all; not
wanted; nothing to ask.
"""
Attempted = Literal["SENT", "BOUNCED", "DEFERRED", "UNREACHABLE", "UNWRITABLE", "NO_ADDRESS", "MUTED", "NOT_ASKED"]
"""Deferred is refused for now; unreachable is no server that takes anything from us; of what is not asked there is no
letter.
"""

# A wait may be so much longer or shorter, so that what failed together does not come back together.
JITTER: Final = 0.2
_PERMANENT: Final = range(500, 600)
_ENHANCED: Final = re.compile(r"(?:^|\s)([245]\.\d{1,3}\.\d{1,3})(?=\s|$)", re.ASCII)


class Attempt(NamedTuple):
    """What came of one attempt, without the server's words: these may repeat whose address it is."""

    result: Attempted
    status: int | None = None
    enhanced_status: str | None = None
    sent_hash: bytes | None = None


class Following(NamedTuple):
    """What follows an attempt: the end, as what, or another one in so many seconds."""

    outcome: Outcome | None
    retry_seconds: float = 0.0


def refused(status: int, words: str) -> Attempt:
    """Return what a server's refusal of one letter comes to (RFC 5321, 4.2.1; RFC 3463)."""
    found = _ENHANCED.search(words)
    result: Attempted = "BOUNCED" if status in _PERMANENT else "DEFERRED"
    return Attempt(result, status, found[1] if found else None)


def tried(attempt: Attempt) -> bool:
    """Tell whether anything was tried: where there is no letter, or nobody to send it to, no server was asked."""
    return attempt.result not in {"UNWRITABLE", "NO_ADDRESS", "MUTED", "NOT_ASKED"}


def following(attempt: Attempt, attempts: int, retries: tuple[float, ...], chance: float) -> Following:
    """Return what follows the attempt that makes so many, where `chance` is a number from 0 to 1."""
    if attempt.result not in {"DEFERRED", "UNREACHABLE"}:
        return Following(attempt.result)  # type: ignore[arg-type]  # all others are outcomes
    if attempts > len(retries):
        return Following(outcome="GIVEN_UP")
    return Following(None, retries[attempts - 1] * (1 - JITTER + 2 * JITTER * chance))
