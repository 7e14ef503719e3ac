"""`known`, as agreements is asked about it."""

from services.agreements.contracts.errors import KnownTimeUnreadable
from shared.known import AsKnown, read_known


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises KnownTimeUnreadable."""
    return read_known(text, KnownTimeUnreadable)
