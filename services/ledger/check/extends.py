"""Whether a ledger goes on from what somebody saw of it before: an earlier bundle, or a checkpoint alone."""

from typing import BinaryIO

from services.ledger.errors import NoteRefused, TamperDetected
from services.ledger.tree.bundle import HEADER, read_hashes, read_note
from services.ledger.tree.merkle import HASH_BYTES, Edge, extend, root_of
from services.ledger.tree.note import MAX_NOTE_BYTES, Checkpoint, Verifier, open_checkpoint
from shared.log.chain import tree_text


def seen_before(earlier: BinaryIO, verifier: Verifier) -> Checkpoint:
    """Return what an earlier bundle or checkpoint commits to; raises TamperDetected unless the key signed it."""
    is_bundle = earlier.read(len(HEADER)) == HEADER
    earlier.seek(0)
    try:
        note = read_note(earlier) if is_bundle else earlier.read(MAX_NOTE_BYTES + 1)
        return open_checkpoint(note, verifier)
    except NoteRefused as refused:
        expected = f"an earlier checkpoint signed by {verifier}"
        raise TamperDetected(expected=expected, got=str(refused), at="earlier checkpoint") from refused


def check_extends(bundle: BinaryIO, size: int, earlier: Checkpoint) -> None:
    """Raise TamperDetected unless a verified bundle of this size begins with the tree that was seen earlier."""
    at = f"checkpoint {earlier.size}"
    if earlier.size > size:
        raise TamperDetected(expected=f"at least {earlier.size} entries, as were signed before", got=size, at=at)
    read_note(bundle)
    hashes = read_hashes(bundle, earlier.size)
    leaves = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
    root = root_of(extend(Edge(), leaves)[0])
    if root != earlier.root:
        raise TamperDetected(expected=f"root {tree_text(earlier.root)}", got=f"root {tree_text(root)}", at=at)
