"""A connection to NATS that outlives restarts of the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from socket import gaierror

from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.errors import StartupError
from shared.telemetry import logger

MINIMUM_VERSION = (2, 12)
RECONNECT_SECONDS = 0.25
_NOT_THERE = (ConnectionRefusedError, TimeoutError, gaierror)

_log = logger()


@contextlib.asynccontextmanager
async def connect(url: str, *, user: str, password: str, timeout_seconds: float = 30) -> AsyncIterator[Client]:
    """Connect as one of the bus's users, each of whom may listen only on its own inboxes.

    Waits for a server that is not there yet. Raises StartupError when none lets us in before the timeout, or when it
    is older than 2.12.
    """
    errors: list[Exception] = []

    async def on_error(error: Exception) -> None:
        # nats-py reports a denied permission here only; the request it belongs to merely times out.
        if not client.is_connected:
            errors.append(error)
        else:
            _log.warning("NATS reported an error", action="nats-error", reason=str(error) or type(error).__name__)

    client = Client()
    connecting = client.connect(
        url,
        user=user,
        password=password,
        name=f"moiety {user}",
        inbox_prefix=f"_INBOX_{user}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # it sleeps this long: a float will do
        error_cb=on_error,
        # Every subject here is ours, made of ids that have been checked; to check each once more costs the relay.
        skip_subject_validation=True,
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            await connecting
    except (NatsError, OSError, TimeoutError) as error:
        # A server that refuses us says so and hangs up; whether its words or the hang-up are seen first is chance.
        reason = next((seen for seen in errors if isinstance(seen, NatsError)), (errors or [error])[-1])
        what = "cannot be reached" if isinstance(reason, _NOT_THERE) else f"does not let {user} in"
        message = f"NATS at {url} {what}: {str(reason) or type(reason).__name__}"
        raise StartupError(message) from error
    try:
        check_version(client)
        yield client
    finally:
        # A server that has just died leaves a transport that uvloop refuses to write the last words to.
        with contextlib.suppress(NatsError, OSError, TimeoutError, RuntimeError):
            await client.close()


def check_version(client: Client) -> None:
    """Raise StartupError unless the server knows atomic batches, on which sequence = position rests."""
    version = client.connected_server_version
    if (version.major, version.minor) < MINIMUM_VERSION:
        message = (
            "NATS server 2.12 or later is required, for its atomic batches; "
            f"got {version.major}.{version.minor}.{version.patch}"
        )
        raise StartupError(message)
