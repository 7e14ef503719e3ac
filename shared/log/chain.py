r"""The chain over positions: a hash that says which history a position counts.

    chain(0) = SHA-256("moiety-log/v1\n<log>\n")        the log's own seed
    chain(n) = SHA-256(chain(n - 1) ‖ leaf(n))
    leaf(n)  = SHA-256(0x00 ‖ body of the event at n)     as in the ledger's tree (RFC 6962, 2.1)

Two logs that agree on the chain at a position agree on every event up to it. It travels beside the events and never in
them: with the log's head, in a header of the stream, on the pages of the feed, and with the progress of every consumer.

Each party's feed has a chain of its own, over the events that concern it by their numbers there, with another seed.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from shared.errors import MoietyError

# The one log there is: its name is in the chain's seed, on the stream and on the feed, and nowhere in what is recorded.
LOG: Final = "0"
_TEXT: Final = re.compile(r"sha256:([0-9a-f]{64})", re.ASCII)


class Head(NamedTuple):
    """A position and the chain there: where a history ends, or how far it was followed."""

    position: int
    chain: bytes

    def __str__(self) -> str:
        return f"position {self.position}, chain {chain_text(self.chain)}"


class HistoryDiverged(MoietyError):
    """At a position there is another history than the one that is known.

    `expected` is what is known up to the position, `got` what is there.
    """

    def __init__(self, position: int, *, expected: str, got: str) -> None:
        self.position = position
        self.expected = expected
        self.got = got
        super().__init__(f"at position {position}: expected {expected}, got {got}")


def chain_seed(log: str = LOG) -> bytes:
    """Return the chain before the first event of a log."""
    return sha256(f"moiety-log/v1\n{log}\n".encode()).digest()


def feed_seed(party: str, log: str = LOG) -> bytes:
    r"""Return the chain before the first event of a party's feed: SHA-256 of `moiety-feed/v1\n<log>\n<party>\n`."""
    return sha256(f"moiety-feed/v1\n{log}\n{party}\n".encode()).digest()


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of an event as a leaf of the ledger's tree: its prefix keeps it from ever passing for a node.

    RFC 6962, 2.1; RFC 9162, 2.1.1.
    """
    return sha256(b"\x00" + body).digest()


def leaf_text(body: bytes) -> str:
    """Name an event by its leaf, where its bytes would be too long."""
    return f"an event of leaf {tree_text(leaf_hash(body))}"


def tree_text(hashed: bytes) -> str:
    """Write a leaf, a node or a root of the ledger's tree as checkpoints and proofs have it, so that they compare."""
    return b64encode(hashed).decode()


def chain_after(chain: bytes, body: bytes) -> bytes:
    """Return the chain after one more event."""
    return chain_after_leaf(chain, leaf_hash(body))


def chain_after_leaf(chain: bytes, leaf: bytes) -> bytes:
    """Return the chain after one more event, of which its leaf is given."""
    return sha256(chain + leaf).digest()


def chain_through(chain: bytes, bodies: Iterable[bytes]) -> bytes:
    """Return the chain after more events."""
    for body in bodies:
        chain = chain_after(chain, body)
    return chain


def chain_text(chain: bytes) -> str:
    """Write a chain as headers, pages and messages have it: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{chain.hex()}"


def read_chain(text: str) -> bytes:
    """Read a chain from its text; raises ValueError."""
    matched = _TEXT.fullmatch(text)
    if matched is None:
        message = f"expected sha256: and 64 hexadecimal digits, got {text[:80]!r}"
        raise ValueError(message)
    return bytes.fromhex(matched[1])


START: Final = Head(0, chain_seed())
"""Before the first event."""
