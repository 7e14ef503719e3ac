"""An audit bundle taken apart, to be put together again with something changed."""

import io

import pytest

from services.ledger.check.replay import Replay
from services.ledger.check.verify import verify
from services.ledger.errors import TamperDetected
from services.ledger.tree.bundle import HEADER
from services.ledger.tree.merkle import Edge, extend, root_of
from services.ledger.tree.note import Checkpoint, Signer
from shared.log.chain import leaf_hash

SIGNER = Signer.generate("ledger.example/moiety")


class Bundle:
    """A bundle taken apart, to be put together again with something changed."""

    def __init__(self, bodies, signer=SIGNER):
        self.bodies = list(bodies)
        self.leaves = [leaf_hash(body) for body in self.bodies]
        edge, _ = extend(Edge(), self.leaves)
        self.note = signer.sign(str(Checkpoint(signer.name, edge.size, root_of(edge))))

    def parts(self):
        lengths = [len(body).to_bytes(2) + body for body in self.bodies]
        return [HEADER, self.note.encode() + b"\n", *self.leaves, *lengths]

    def __bytes__(self):
        return b"".join(self.parts())


def check(bundle, signer=SIGNER):
    """Verify a bundle and return the replay of all that it says."""
    replay = Replay()
    verify(io.BytesIO(bytes(bundle)), signer.verifier, replay=replay)
    return replay


def found_at(bundle):
    """Return where tampering is found; fails when it is not."""
    with pytest.raises(TamperDetected) as detected:
        check(bundle)
    return detected.value.at
