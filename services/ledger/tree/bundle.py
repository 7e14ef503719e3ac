r"""The audit bundle: one file that holds a whole ledger, to be verified anywhere, by anybody who has the key.

Its form, in this order and with nothing between or after:

    moiety audit bundle v1\n
    the signed checkpoint, as published (C2SP tlog-checkpoint), and an empty line
    the leaf hashes of all entries in order, 32 bytes each
    all entries in order, each as its length (2 bytes, big-endian) and its bytes (as in C2SP tlog-tiles entry bundles)

Every byte of it counts: there is none that could be changed without `verify` noticing. The leaf hashes are there so
that a changed entry is not only noticed but named. No key travels in it: a key that came with the evidence would prove
nothing.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from services.ledger.errors import TamperDetected
from services.ledger.tree.merkle import HASH_BYTES

HEADER: Final = b"moiety audit bundle v1\n"
LENGTH_BYTES: Final = 2
_LONGEST_LINE: Final = 4_096
_MOST_NOTE_LINES: Final = 200
_PIECE_BYTES: Final = 1 << 24


def written_note(note: str) -> bytes:
    """Return what a bundle begins with: its header and the signed checkpoint."""
    return HEADER + note.encode() + b"\n"


def written_entries(bodies: Iterable[bytes]) -> bytes:
    """Return entries as a bundle holds them."""
    return b"".join(len(body).to_bytes(LENGTH_BYTES) + body for body in bodies)


def read_note(bundle: BinaryIO) -> bytes:
    """Read up to the end of the checkpoint and return it; raises TamperDetected."""
    header = bundle.readline(_LONGEST_LINE)
    if header != HEADER:
        raise TamperDetected(expected="moiety audit bundle v1", got="another header", at="header")
    lines: list[bytes] = []
    empty = 0
    while empty < 2 and len(lines) < _MOST_NOTE_LINES:  # noqa: PLR2004  # text and signatures each end with one
        line = bundle.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST_LINE:
                expected = f"lines of at most {_LONGEST_LINE} bytes"
                raise TamperDetected(expected=expected, got="a longer one", at="checkpoint")
            break
        empty += line == b"\n"
        lines.append(line)
    if empty < 2:  # noqa: PLR2004  # see above
        raise TamperDetected(expected="a signed checkpoint and an empty line", got="none", at="checkpoint")
    return b"".join(lines[:-1])


def read_hashes(bundle: BinaryIO, size: int) -> bytes:
    """Read the leaf hashes; raises TamperDetected when there are fewer than `size`."""
    # In pieces: what a checkpoint says of its size may be more than the file has, or than memory could hold.
    hashes = bytearray()
    while wanted := min(size * HASH_BYTES - len(hashes), _PIECE_BYTES):
        piece = bundle.read(wanted)
        if not piece:
            break
        hashes += piece
    if len(hashes) < size * HASH_BYTES:
        at = f"position {len(hashes) // HASH_BYTES + 1}"
        raise TamperDetected(expected="a leaf hash", got="the end", at=at)
    return bytes(hashes)


def read_entries(bundle: BinaryIO, size: int) -> Iterator[bytes]:
    """Read the entries one by one; raises TamperDetected unless there are exactly `size`."""
    for position in range(1, size + 1):
        prefix = bundle.read(LENGTH_BYTES)
        length = int.from_bytes(prefix)
        body = bundle.read(length)
        if len(prefix) < LENGTH_BYTES or len(body) < length:
            raise TamperDetected(expected="an entry", got="the end", at=f"position {position}")
        yield body
    if bundle.read(1):
        raise TamperDetected(expected=f"{size} entries", got="more", at=f"position {size + 1}")
