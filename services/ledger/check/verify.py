"""Verifies a ledger offline, from one file and a key known beforehand; it trusts nobody, us included."""

from collections.abc import Callable
from typing import BinaryIO, Final

from services.ledger.check.balance import Grounds, HoldingRow, check_balance
from services.ledger.check.replay import Replay
from services.ledger.errors import NoteRefused, TamperDetected
from services.ledger.tree.bundle import read_entries, read_hashes, read_note
from services.ledger.tree.merkle import HASH_BYTES, Edge, extend, root_of
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from shared.log.chain import leaf_hash, tree_text

WATCH_EVERY: Final = 10_000

Watch = Callable[[int, int], None]
"""Told now and then how many entries have been checked, and of how many."""


def verify(bundle: BinaryIO, verifier: Verifier, *, replay: Replay | None = None, watch: Watch | None = None) -> None:
    """Check everything in a bundle that can be checked. Raises TamperDetected; returns nothing.

    1. The bundle's checkpoint is signed by the pinned key, for that key's own log.
    2. The leaf hashes lead to the signed root: they are the hashes that the log committed to.
    3. Every entry hashes to the leaf hash at its position: none was changed, left out, added or moved.
    4. Every entry is an event in canonical JSON and continues its stream, and the hashes that it states are right.
    5. Every adopted determination was attested by all and is what the recorded facts give, by the ledger's own rules.
    6. On every day, as known at every position, the shares of every asset sum to exactly 1/1, as `check_balance` finds
       by none of those rules.

    A `replay` given empty holds, afterwards, everything that the entries say.
    """
    replay, grounds = replay or Replay(), Grounds()
    # 1. Who says so?
    checkpoint = _signed_checkpoint(bundle, verifier)
    # 2. What was committed to?
    leaves = read_hashes(bundle, checkpoint.size)
    root = root_of(extend(Edge(), [leaves])[0])
    entries = read_entries(bundle, checkpoint.size)
    if root != checkpoint.root:
        for position, body in enumerate(entries, start=1):
            _check_leaf(leaves, body, position)  # of a pair that differs, one was changed: this is the place
        raise TamperDetected(expected=f"root {tree_text(checkpoint.root)}", got=f"root {tree_text(root)}", at="tree")
    for position, body in enumerate(entries, start=1):
        # 3. The very bytes.
        _check_leaf(leaves, body, position)
        # 4. and 5. What they say, entry by entry.
        envelope = replay.enter(body)
        grounds.read(*replay.moment, envelope.data)
        if watch is not None and position % WATCH_EVERY == 0:
            watch(position, checkpoint.size)
    # 6. What adds up, whoever worked it out.
    check_balance((HoldingRow._make(known.record()) for known in replay.holdings.every()), grounds)


def _signed_checkpoint(bundle: BinaryIO, verifier: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(read_note(bundle), verifier)
    except NoteRefused as refused:
        raise TamperDetected(
            expected=f"a checkpoint signed by {verifier}", got=str(refused), at="checkpoint"
        ) from refused


def _check_leaf(leaves: bytes, body: bytes, position: int) -> None:
    expected = leaves[(position - 1) * HASH_BYTES : position * HASH_BYTES]
    got = leaf_hash(body)
    if got != expected:
        raise TamperDetected(
            expected=f"leaf {tree_text(expected)}", got=f"leaf {tree_text(got)}", at=f"position {position}"
        )
