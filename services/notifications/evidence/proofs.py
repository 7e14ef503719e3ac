"""What proves to a recipient that the ledger has the event of an alert, asked of the ledger with the recipient's token.

So the ledger says who may ask, and there is nothing here that could be talked into asking for more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import msgspec

from services.notifications.errors import EvidenceNotYet
from services.notifications.evidence.model import EntryProof
from services.notifications.feeds.checkpoints import PATIENCE_SECONDS, Checkpoints, size_of
from shared.bus.answered import check_answered
from shared.log.chain import leaf_hash, tree_text
from shared.patience import answered_within
from shared.telemetry import logger

# However many ask at once, the ledger is asked so much at once; who waits for that too long asks again.
MOST_AT_ONCE: Final = 8

_log = logger()


class Inclusion(msgspec.Struct, frozen=True):
    """What the ledger answers that is asked for a proof."""

    leaf_hash: str
    proof: list[str]


Prove = Callable[[int, int, str], Awaitable[Inclusion]]
"""Given a position, the size of a tree and a token, returns the proof; raises what httpx raises, and ValueError."""


class Proofs:
    """The ledger's proofs of what is in it."""

    def __init__(self, checkpoints: Checkpoints, prove: Prove) -> None:
        self._checkpoints = checkpoints
        self._prove = prove
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def of(self, position: int, body: bytes, *, token: str) -> EntryProof:
        """Return what proves an event; raises EvidenceNotYet."""
        checkpoint = await self._checkpoints.covering(position)
        if checkpoint is None:
            raise EvidenceNotYet(position=position)
        try:
            with answered_within(2 * PATIENCE_SECONDS):
                async with self._room:
                    answer = await self._prove(position, size_of(checkpoint), token)
        except (httpx.HTTPError, ValueError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            _log.warning("The ledger proves no entry", action="proof-unseen", position=position, reason=reason)
            raise EvidenceNotYet(position=position) from error
        if answer.leaf_hash != (leaf := tree_text(leaf_hash(body))):
            # Nobody is handed a file that does not verify: which of the two is right, operators find out.
            _log.error(
                "The ledger has another entry than what was published",
                action="proof-contradicts",
                position=position,
                expected=leaf,
                got=answer.leaf_hash,
            )
            raise EvidenceNotYet(position=position)
        return EntryProof(checkpoint, answer.proof)


def proofs_from(http: httpx.AsyncClient, ledger_url: str, checkpoints: Checkpoints) -> Proofs:
    """Return the ledger's proofs."""

    async def prove(position: int, size: int, token: str) -> Inclusion:
        answer = await http.get(
            f"{ledger_url}/v1/proofs/inclusion",
            params={"position": position, "size": size},
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_SECONDS,
        )
        check_answered(answer)
        return msgspec.json.decode(answer.content, type=Inclusion)

    return Proofs(checkpoints, prove)
