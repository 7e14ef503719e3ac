"""One attempt: a request to a checked address, by the clock, whose answer is read no further than it is needed.

Not an HTTP client of the usual kind: those follow redirections, take proxies from the environment, unpack answers, and
resolve a name a second time after it was checked.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from socket import SOCK_STREAM, getaddrinfo
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import httpcore
import httpx

from services.notifications.webhooks.endpoints import Message
from services.notifications.webhooks.errors import TargetRefused
from services.notifications.webhooks.schedule import SHOWN_BYTES, Answer, Outcome, asked_to_wait, outcome_of
from services.notifications.webhooks.signing import Key, signed
from services.notifications.webhooks.targets import Target, check_addresses, target_of
from shared.patience import answered_within

RESOLVE_SECONDS: Final = 5.0
_RESOLVING: Final = 16
# Of the addresses that a name stands for.
_TRIED: Final = 3
_READ_BYTES: Final = 4_096
# The head and what is read of the body; a head alone is hardly ever a tenth of it.
_ANSWER_BYTES: Final = 8 * _READ_BYTES
_KEPT_SECONDS: Final = 30.0
# The library looks at every connection of a pool, for each of them, with each request and each answer: so they are few.
_OF_A_POOL: Final = 8
_AGENT: Final = "Moiety"


class Answered(NamedTuple):
    """What came of an attempt, and how the answer's body begins."""

    answer: Answer
    body: bytes


class _Bounded(httpcore.AsyncNetworkStream):
    """A connection of which no more is read for an answer than an answer needs.

    The library takes interim answers (1xx) without end, however many come, and takes our processor for it.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._read = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # the library's
        if self._read >= _ANSWER_BYTES:
            raise httpcore.ReadError("more of an answer than is read of any")
        part = await self._stream.read(min(max_bytes, _READ_BYTES), timeout)
        self._read += len(part)
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the library's
        self._read = 0  # another question, another answer
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's
    ) -> httpcore.AsyncNetworkStream:
        return _Bounded(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # the library's
        return self._stream.get_extra_info(info)


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to an address that was checked: the name is resolved once for each connection, and gone to by address.

    The URL keeps the name, so that `Host` and the certificate are of that.
    """

    def __init__(self, *, development: bool) -> None:
        self._development = development
        self._connecting = httpcore.AnyIOBackend()
        # Of its own: a name server that hangs must not keep anything else from its thread.
        self._resolving = ThreadPoolExecutor(_RESOLVING, thread_name_prefix="resolving")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolved(host, port)
        check_addresses(addresses, development=self._development)
        failed: Exception = httpcore.ConnectError("no address was tried")
        for address in addresses[:_TRIED]:
            try:
                connected = self._connecting.connect_tcp(address, port, timeout, local_address, socket_options)
                return _Bounded(await connected)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def close(self) -> None:
        self._resolving.shutdown(wait=False, cancel_futures=True)

    async def _resolved(self, host: str, port: int) -> list[str]:
        resolve = partial(getaddrinfo, host, port, type=SOCK_STREAM)
        try:
            with answered_within(RESOLVE_SECONDS):
                found = await asyncio.get_running_loop().run_in_executor(self._resolving, resolve)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise httpcore.ConnectError("the name stands for no address") from error
        # Each once, in the resolver's order.
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Poster:
    """Sends messages; `async with Poster(...) as poster`."""

    def __init__(self, *, timeout_seconds: float, most: int, development: bool) -> None:
        self._timeout_seconds = timeout_seconds
        self.development = development
        self._backend = _CheckedBackend(development=development)
        # The authorities that every request of ours goes by, or those in SSL_CERT_FILE.
        context = httpx.create_ssl_context()
        self._pools = [
            httpcore.AsyncConnectionPool(
                context,
                # Whoever sends has no more under way than `most`, of which none waits here for another.
                max_connections=most,
                max_keepalive_connections=_OF_A_POOL,
                keepalive_expiry=_KEPT_SECONDS,
                network_backend=self._backend,
            )
            for _ in range(-(-most // _OF_A_POOL))
        ]
        self._under_way = [0] * len(self._pools)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._backend.close()
        for pool in self._pools:
            await pool.aclose()

    async def post(self, url: str, message: Message, keys: Iterable[Key]) -> Answered:
        """Make one attempt; whatever comes of it is an answer."""
        began = time.monotonic()
        headers = signed(message.identifier, int(time.time()), message.body, keys)
        try:
            target = target_of(url, development=self.development)
            with answered_within(self._timeout_seconds):
                status, retry_after, body = await self._send(target, message, headers)
        except TargetRefused:
            return _failed("TARGET_REFUSED", began)
        except (TimeoutError, httpcore.TimeoutException):
            return _failed("TIMED_OUT", began)
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, ValueError):
            return _failed("UNREACHABLE", began)
        answer = Answer(
            outcome_of(status), _since(began), status, retry_after, body[:SHOWN_BYTES].decode(errors="replace")
        )
        return Answered(answer, body)

    @contextlib.contextmanager
    def _least_busy(self) -> Iterator[httpcore.AsyncConnectionPool]:
        """Give the first of the pools with the least under way: what comes now and then finds the connection kept."""
        number = self._under_way.index(min(self._under_way))
        self._under_way[number] += 1
        try:
            yield self._pools[number]
        finally:
            self._under_way[number] -= 1

    async def _send(self, target: Target, message: Message, headers: dict[str, str]) -> tuple[int, float | None, bytes]:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        written = [
            ("Host", target.host_header),
            ("User-Agent", _AGENT),
            ("Content-Type", message.content_type),
            ("Content-Length", str(len(message.body))),
            *headers.items(),
            *message.headers.items(),
        ]
        with self._least_busy() as pool:
            async with pool.stream("POST", url, headers=written, content=message.body) as answer:
                body = b""
                async for part in answer.aiter_stream():
                    body += part
                    if len(body) >= _READ_BYTES:  # the connection is closed with the rest of it unread
                        break
                return answer.status, _retry_after(answer.headers), body[:_READ_BYTES]


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    given = next((value for name, value in headers if name.lower() == b"retry-after"), None)
    return None if given is None else asked_to_wait(given.decode("latin-1"), datetime.now(UTC))


def _failed(outcome: Outcome, began: float) -> Answered:
    return Answered(Answer(outcome, _since(began)), b"")


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1_000)
