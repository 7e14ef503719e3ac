"""A connection to NATS that outlives restarts of the server."""

import contextlib
from collections.abc import AsyncIterator

import nats
from nats.aio.client import Client

from shared.errors import StartupError
from shared.telemetry import logger

MINIMUM_VERSION = (2, 12)
RECONNECT_SECONDS = 0.25
_log = logger()


@contextlib.asynccontextmanager
async def connect(url: str, *, user: str, password: str, timeout_seconds: int = 10) -> AsyncIterator[Client]:
    """Connect as one of the bus's users, each of whom may listen only on its own inboxes.

    Raises StartupError when the server is not reached in time, does not let us in, or is older than 2.12.
    """

    async def on_error(error: Exception) -> None:
        # nats-py reports a denied permission here only; the request it belongs to merely times out.
        _log.warning("NATS reported an error", action="nats-error", error=str(error))

    client = Client()
    try:
        await client.connect(
            url,
            user=user,
            password=password,
            name=f"moiety {user}",
            inbox_prefix=f"_INBOX_{user}",
            connect_timeout=timeout_seconds,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # it sleeps this long: a float will do
            allow_reconnect=True,
            error_cb=on_error,
        )
    except (nats.errors.Error, OSError, TimeoutError) as error:
        message = f"NATS at {url} did not let {user} in: {str(error) or type(error).__name__}"
        raise StartupError(message) from error
    try:
        check_version(client)
        yield client
    finally:
        with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):
            await client.close()


def check_version(client: Client) -> None:
    """Raise StartupError unless the server knows atomic batches, on which sequence = position rests."""
    version = client.connected_server_version
    if (version.major, version.minor) < MINIMUM_VERSION:
        message = (
            f"NATS server 2.12 or later is required for atomic batches, "
            f"got {version.major}.{version.minor}.{version.patch}"
        )
        raise StartupError(message)
