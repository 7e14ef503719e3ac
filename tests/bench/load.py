"""HTTP load on keep-alive connections: one request after the other on each, nothing but what a client must do."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final, cast
from urllib.parse import urlsplit

PACED_CONNECTIONS: Final = 16


class UnexpectedAnswer(Exception):  # it names what came
    """A request was not answered as it should be."""


class Connection(asyncio.Protocol):
    """Sends one request again and again and counts the answers down."""

    def __init__(self, request: bytes, count: int) -> None:
        self._request = request
        self._left = count
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are of no class of asyncio's
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return
        if not head.startswith(b"HTTP/1.1 2"):
            self._fail(UnexpectedAnswer(self._received.decode(errors="replace")))
            return
        self._received = b""
        self._left -= 1
        assert self._transport is not None
        if self._left:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or UnexpectedAnswer("the connection was closed"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def requests(url: str, token: str, body: bytes, *, connections: int, count: int) -> None:
    """POST the body on every connection, in all as often as asked."""
    address = urlsplit(url)
    host, port = str(address.hostname), address.port or 80
    request = _request(url, token, body)
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(request, count // connections), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))


async def paced(url: str, token: str, bodies: Sequence[bytes], *, per_second: float) -> list[float]:
    """POST the bodies at a pace, however soon they are answered, and return when each was answered.

    Where all connections wait for an answer, it falls behind the pace.
    """
    address = urlsplit(url)
    answered = [0.0] * len(bodies)
    numbers = iter(range(len(bodies)))
    began = perf_counter()

    async def one_after_another() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / per_second - perf_counter()))
            writer.write(_request(url, token, bodies[number]))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_content_length(head))
            answered[number] = perf_counter()
            if not head.startswith(b"HTTP/1.1 2"):
                raise UnexpectedAnswer((head + body).decode(errors="replace"))
        writer.close()

    await asyncio.gather(*(one_after_another() for _ in range(PACED_CONNECTIONS)))
    return answered


def _request(url: str, token: str, body: bytes) -> bytes:
    address = urlsplit(url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise UnexpectedAnswer(head.decode(errors="replace"))
