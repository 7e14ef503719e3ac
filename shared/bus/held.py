"""What the stream holds, read by number: for whoever only looks, and so may make nothing on the server."""

from typing import Final, NamedTuple

import msgspec
from nats.aio.client import Client

from shared.bus.stream import CHAIN_HEADER, READER_API, STREAM
from shared.errors import Unavailable

_BATCH: Final = 1_000
_ANSWER_SECONDS: Final = 10.0


class NotHeld(Unavailable):
    """The stream does not hold what was asked of it."""


class Held(NamedTuple):
    """A message of the stream: its position, its bytes, and the chain that is stated with it, if any."""

    position: int
    body: bytes
    chain: str | None


async def held(client: Client, *, last: int) -> list[Held]:
    """Return the stream's messages up to a position; raises NotHeld when they are not all there."""
    read: list[Held] = []
    while len(read) < last:
        read += await _some(client, after=len(read), most=min(_BATCH, last - len(read)))
    if [message.position for message in read] != list(range(1, last + 1)):
        raise NotHeld(expected=f"1 to {last}", got=f"{len(read)} up to {read[-1].position}")
    return read


async def _some(client: Client, *, after: int, most: int) -> list[Held]:
    """Return at least one and at most so many messages: the server may end a batch early."""
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox)
    read: list[Held] = []
    try:
        asked = msgspec.json.encode({"seq": after + 1, "batch": most})
        await client.publish(f"{READER_API}.DIRECT.GET.{STREAM}", asked, reply=inbox)
        while True:
            answer = await answers.next_msg(timeout=_ANSWER_SECONDS)
            headers = answer.headers or {}
            if "Status" not in headers:
                read.append(Held(int(headers["Nats-Sequence"]), answer.data, headers.get(CHAIN_HEADER)))
            elif read:
                return read
            else:
                raise NotHeld(expected=after + 1, got=headers["Status"])
    finally:
        await answers.unsubscribe()
