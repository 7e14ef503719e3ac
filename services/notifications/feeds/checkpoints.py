"""The ledger's newest checkpoint, asked for on behalf of whoever asks where its feed ends: seldom, and not for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

from shared.bus.answered import check_answered
from shared.positions import position_of
from shared.telemetry import logger

# Whoever asks for the head of its feed is answered all the same: without a checkpoint.
PATIENCE_SECONDS: Final = 2.0
# However many ask meanwhile, the ledger is asked no sooner again.
FRESH_SECONDS: Final = 0.5

_log = logger()

Ask = Callable[[], Awaitable[str]]
"""Returns the ledger's newest checkpoint; raises what httpx raises, and ValueError."""


def size_of(note: str) -> int:
    """Return the size of the tree that a checkpoint is of (C2SP tlog-checkpoint); raises ValueError."""
    lines = note.split("\n", 2)
    size = position_of(lines[1]) if len(lines) > 1 else None
    if size is None:
        message = "what the ledger answered is no checkpoint"
        raise ValueError(message)
    return size


class Checkpoints:
    """What the ledger last signed, as far as it was asked."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._newest: str | None = None
        self._asked_at = -FRESH_SECONDS
        self._asking = asyncio.Lock()

    async def covering(self, position: int) -> str | None:
        """Return a checkpoint whose tree has the entry at a position; None while there is none to be had."""
        if not self._covers(position):
            async with self._asking:
                if not self._covers(position) and time.monotonic() >= self._asked_at + FRESH_SECONDS:
                    await self._renew()
        return self._newest if self._covers(position) else None

    def _covers(self, position: int) -> bool:
        return self._newest is not None and size_of(self._newest) >= position

    async def _renew(self) -> None:
        try:
            note = await self._ask()
            size_of(note)
        except (httpx.HTTPError, ValueError) as error:
            _log.info("The ledger shows no checkpoint", action="checkpoint-unseen", reason=type(error).__name__)
        else:
            self._newest = note
        finally:
            self._asked_at = time.monotonic()


def checkpoints_from(http: httpx.AsyncClient, ledger_url: str, token: str) -> Checkpoints:
    """Return the ledger's checkpoints."""

    async def ask() -> str:
        answer = await http.get(
            f"{ledger_url}/v1/checkpoint", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_SECONDS
        )
        check_answered(answer)
        return answer.text

    return Checkpoints(ask)
