"""What came of letters is kept, though the database is away for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from services.notifications.errors import InboxUnavailable

_RETRY_SECONDS: Final = 0.25


async def keep_trying(settle: Callable[[], Awaitable[None]], *, until: float) -> None:
    """Settle what was taken, again while the database does not answer; raises InboxUnavailable once `until` is over."""
    while True:
        try:
            await settle()
        except InboxUnavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
