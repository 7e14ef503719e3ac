"""The log on hold: while it and what was published of it differ, nothing more is recorded."""

from datetime import datetime
from typing import NamedTuple

from shared.database import Pool


class Hold(NamedTuple):
    """Why nothing is recorded: what was published up to a position, and what the log has there."""

    position: int
    expected: str
    got: str
    held_at: datetime

    def __str__(self) -> str:
        return f"at position {self.position}: expected {self.expected}, got {self.got}"


class HeldLog:
    """The log as whoever publishes it may stop it; every question raises LogUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def hold(self, position: int, *, expected: str, got: str) -> None:
        """Let nothing more be recorded until an operator has decided; the first reason given stays."""
        await self._pool.fetch("SELECT hold_log($1, $2, $3)", position, expected, got)

    async def held(self) -> Hold | None:
        """Return why nothing is recorded now, if so."""
        rows = await self._pool.fetch("SELECT position, expected, got, held_at FROM log_hold")
        return Hold(*rows[0]) if rows else None
