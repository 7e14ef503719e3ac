"""Who else holds the history of the log, each read as from outside: the stream over NATS, the ledger over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import httpx
import msgspec
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.bus.answered import check_answered
from shared.bus.consumer import Received, batches
from shared.bus.stream import READER_API, STREAM
from shared.errors import MoietyError, Unavailable
from shared.log.compared import Published

_PAGE: Final = 1_000
_SILENCE_SECONDS: Final = 30.0


class StreamLacks(MoietyError):
    """The stream does not hold an event that lies before others which it holds."""


class LedgerUnanswered(Unavailable):
    """The ledger does not answer as it should."""


class StreamHolder:
    """What is published."""

    name = "stream"

    def __init__(self, client: Client, consumer: str) -> None:
        self._client = client
        self._consumer = consumer

    async def end(self) -> int:
        try:
            return (await self._client.jetstream(prefix=READER_API).stream_info(STREAM)).state.last_seq
        except NotFoundError:  # the relay has not made it yet, or not again
            return 0

    async def until(self, end: int) -> AsyncIterator[Sequence[Published]]:
        reading = batches(self._client, consumer=self._consumer, after=0, catch_up=_refuse)
        at = 0
        while at < end:
            async with asyncio.timeout(_SILENCE_SECONDS):
                received = await anext(reading)
            at = received[-1].position
            yield [Published(each.position, each.body, each.chain) for each in received if each.position <= end]


class LedgerHolder:
    """What is entered."""

    name = "ledger"

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http = http
        self._url = f"{url}/v1/entries"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def end(self) -> int:
        return (await self._read(0, 1)).size

    async def until(self, end: int) -> AsyncIterator[Sequence[Published]]:
        at = 0
        while at < end:
            page = await self._read(at, min(_PAGE, end - at))
            if not page.entries:
                raise LedgerUnanswered(after=at, reason="no entries")
            yield [Published(each.position, each.body.encode()) for each in page.entries]
            at = page.entries[-1].position

    async def _read(self, after: int, limit: int) -> "_Entries":
        try:
            answer = await self._http.get(self._url, params={"after": after, "limit": limit}, headers=self._headers)
            check_answered(answer)
            return msgspec.json.decode(answer.content, type=_Entries)
        except (httpx.HTTPError, ValueError) as error:
            raise LedgerUnanswered(after=after, reason=str(error) or type(error).__name__) from error


class _Entry(msgspec.Struct, frozen=True):
    position: int
    body: str


class _Entries(msgspec.Struct, frozen=True):
    """A page of the ledger's entries, and how many there are."""

    size: int
    entries: tuple[_Entry, ...]


async def _refuse(after: int, limit: int) -> Sequence[Received]:
    message = f"the stream does not hold {after + 1}, asked for {limit} events"
    raise StreamLacks(message)
