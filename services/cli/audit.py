"""What an auditor does from outside: download a ledger, verify it with a key known beforehand, try out a forgery."""

import re
import secrets
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from services.ledger.check.verify import verify
from services.ledger.errors import TamperDetected
from services.ledger.tree.bundle import (
    LENGTH_BYTES,
    read_entries,
    read_hashes,
    read_note,
    written_entries,
    written_note,
)
from services.ledger.tree.note import Checkpoint, Signer, Verifier, open_checkpoint
from shared.errors import MoietyError

if TYPE_CHECKING:
    from services.cli.standing import Standing
    from shared.embedded.home import Home


class ForgeryPassed(MoietyError):
    """The verifier accepted a bundle in which a byte had been changed."""


class Forgery(NamedTuple):
    """The position of the entry that was changed, the one that the verifier named, and all it said."""

    changed: int
    found: int
    said: str


def pinned_key(home: "Home") -> Verifier:
    """Return the key of a local stack's ledger, as whoever set the stack up hands it to an auditor."""
    return Signer.parse(home.secret_path("ledger-key").read_text(encoding="utf-8")).verifier


def download(standing: "Standing") -> bytes:
    """Return the audit bundle of a ledger at rest, read over HTTP."""
    note, entries = standing.checkpoint(), standing.entries()
    hashes = b"".join(entry.leaf_hash for entry in entries)
    return written_note(note.decode()) + hashes + written_entries(entry.body for entry in entries)


def verified(bundle: bytes, key: Verifier) -> Checkpoint:
    """Verify a bundle and return the checkpoint it answers for; raises TamperDetected."""
    verify(BytesIO(bundle), key)
    return open_checkpoint(read_note(BytesIO(bundle)), key)


def forge(bundle: bytes, key: Verifier) -> Forgery:
    """Change any one bit of any one entry in a copy and have it verified; raises ForgeryPassed."""
    starts = _starts_of_entries(bundle, key)
    changed = 1 + secrets.randbelow(len(starts))
    start, length = starts[changed - 1]
    copy = bytearray(bundle)
    copy[start + secrets.randbelow(length)] ^= 1 << secrets.randbelow(8)
    try:
        verify(BytesIO(copy), key)
    except TamperDetected as detected:
        named = re.fullmatch(r"position (\d+)", detected.at)
        return Forgery(changed, int(named[1]) if named else 0, str(detected))
    message = f"entry {changed} was changed"
    raise ForgeryPassed(message)


def _starts_of_entries(bundle: bytes, key: Verifier) -> list[tuple[int, int]]:
    """Return where in the bundle each entry begins, and how long it is."""
    reading = BytesIO(bundle)
    size = open_checkpoint(read_note(reading), key).size
    for _ in read_hashes(reading, size):
        pass
    starts: list[tuple[int, int]] = []
    position = reading.tell() + LENGTH_BYTES
    for body in read_entries(reading, size):
        starts.append((position, len(body)))
        position += len(body) + LENGTH_BYTES
    return starts
