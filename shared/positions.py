"""Positions as numbers and as text: what one can be at most, and how it is read."""

from typing import Final

LAST_POSITION: Final = 2**63 - 1
"""What a position, a sequence or a size can be at most, since it is a bigint in every database."""


def position_of(text: str) -> int | None:
    """Return the position that decimal digits name, None for what can be none."""
    # Its length first: a number of some thousand digits Python itself refuses to read.
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LAST_POSITION)):
        return None
    position = int(text)
    return position if position <= LAST_POSITION else None
