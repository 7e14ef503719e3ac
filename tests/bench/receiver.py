"""A receiver of webhooks that does nothing but answer: `python -m tests.bench.receiver PORT`."""

import asyncio
import sys
from typing import cast

import uvloop

_TAKEN = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Receiving(asyncio.Protocol):
    """Answers each request once all of it has come."""

    def __init__(self) -> None:
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._come += data
        while (end := self._come.find(_END)) >= 0:
            head = self._come[:end].lower()
            length = int(head[head.index(_LENGTH) + len(_LENGTH) :].split(b"\r\n", 1)[0])
            if len(self._come) < end + len(_END) + length:
                return
            self._come = self._come[end + len(_END) + length :]
            self._transport.write(_TAKEN)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Receiving, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
