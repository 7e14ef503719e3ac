"""A proxy that makes a server far away: `python -m tests.bench.far_away PORT SERVER_PORT ROUND_TRIP_SECONDS`.

Requests pass at once and their answers a whole round trip later, in order, however much is under way: the timers of
event loops count in milliseconds, so that two delays of half of one would be more.
"""

import asyncio
import sys

import uvloop

CHUNK_BYTES = 1 << 20


async def serve(port: int, server_port: int, delay_seconds: float) -> None:
    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(pass_on(reader, far_writer, 0), pass_on(far_reader, writer, delay_seconds))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    await server.serve_forever()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(CHUNK_BYTES):
        if delay_seconds:
            loop.call_later(delay_seconds, writer.write, data)
        else:
            writer.write(data)
    loop.call_later(delay_seconds, writer.close)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
