"""A receiver of webhooks on this machine: it keeps what it was sent and answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import msgspec

OK = (200, b"", b"")


class Got(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def number(self) -> int:
        """The number of the event; 0 of what is none."""
        return int(self.headers.get("moiety-number", "0"))


Said = tuple[int, bytes, bytes]
"""Status, further header lines, body."""


class Receiver:
    """Answers each request by `answers`, after `delay_seconds`; a challenge it always repeats."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.taken: list[str] = []
        self.answers: Callable[[Got], Said] = lambda _got: OK
        self.delay_seconds = 0.0
        self.port = 0
        self.under_way = 0
        self.most_under_way = 0
        self.closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/moiety?of=hut"

    @property
    def events(self) -> list[Got]:
        return [each for each in self.got if each.number]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                got = await _read(reader)
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                self.got.append(got)
                if self.delay_seconds:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self.delay_seconds):
                            await self.closing.wait()
                self.under_way -= 1
                status, lines, body = self._answer(got)
                if status < 300 and got.number:
                    self.taken.append(got.headers["webhook-id"])
                writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), lines, body))
                await writer.drain()
        writer.close()

    def _answer(self, got: Got) -> Said:
        if not got.number:
            said = msgspec.json.decode(got.body)
            if "challenge" in said.get("data", {}):
                return 200, b"", msgspec.json.encode({"challenge": said["data"]["challenge"]})
        return self.answers(got)


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return Got(head[0].split(" ")[1], headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@contextlib.asynccontextmanager
async def receiving(receiver: Receiver | None = None) -> AsyncIterator[Receiver]:
    """Serve on a free port until the end of the block."""
    receiver = receiver or Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        receiver.closing.set()
