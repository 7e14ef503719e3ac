"""For how long what another service is asked is waited for."""

from contextlib import AbstractContextManager

import anyio


def answered_within(seconds: float) -> AbstractContextManager[object]:
    """Bound a request made by httpx or httpcore; raises TimeoutError.

    Not by asyncio's own timeout: what these libraries shield while they give a connection back, that cuts off, and the
    connection counts as one in use ever after.
    """
    return anyio.fail_after(seconds)
