"""`known`, as the ledger is asked about it."""

from services.ledger.errors import UnreadableKnownTime
from shared.known import AsKnown, read_known


def parse_known(text: str | None) -> AsKnown:
    """Read a day, an instant or a position; raises UnreadableKnownTime."""
    return read_known(text, UnreadableKnownTime)
