"""A ledger's tree and its proofs, worked out as RFC 9162 defines them and by none of the ledger's own code."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from services.ledger.tree.note import Checkpoint, Signer
from services.notifications.evidence.model import EntryProof

ORIGIN = "moiety.example/ledger"
SIGNER = Signer.generate(ORIGIN)


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The hash of a tree: section 2.1.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def path_of(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The inclusion proof of a leaf: section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*path_of(index, leaves[:split]), root_of(leaves[split:])]
    return [*path_of(index - split, leaves[split:]), root_of(leaves[:split])]


def leaves_of(bodies: Sequence[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + body).digest() for body in bodies]


def proof_of(position: int, bodies: Sequence[bytes], *, signer: Signer = SIGNER) -> EntryProof:
    """What a ledger of these entries shows of one of them."""
    leaves = leaves_of(bodies)
    checkpoint = signer.sign(str(Checkpoint(signer.name, len(leaves), root_of(leaves))))
    return EntryProof(checkpoint, [b64encode(each).decode() for each in path_of(position - 1, leaves)])
