"""What passes between us and a process that answers cases: a length, then as many bytes."""

from typing import Final

ANSWERED: Final = b"A"
TOO_COSTLY: Final = b"C"
FAILED: Final = b"F"
HEAD_BYTES: Final = 4


def framed(message: bytes) -> bytes:
    """Return a message with what says where it ends."""
    return len(message).to_bytes(HEAD_BYTES, "big") + message


def length_of(head: bytes) -> int:
    """Return how many bytes follow."""
    return int.from_bytes(head, "big")
