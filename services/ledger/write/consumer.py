"""Enters what is published, for ever: one process at a time, from its own position on, halting loudly."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, cast

import httpx
from nats.aio.client import Client
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge

from services.ledger.database import Address
from services.ledger.errors import LedgerHalted, VerificationFailed
from services.ledger.tree.note import Signer
from services.ledger.write.store import sole_writer
from services.ledger.write.writer import Writer
from shared.bus.catch_up import catch_up_from
from shared.bus.connection import connect
from shared.bus.consumer import CatchUp, StreamMessage, batches
from shared.bus.stream import READER_API, STREAM
from shared.errors import Unavailable
from shared.settings import Settings
from shared.telemetry import logger

RETRY_SECONDS: Final = 0.25
LAG_SECONDS: Final = 5.0

_log = logger()


class LedgerMetrics:
    """What an operator watches: how large the ledger is, how far behind, who writes, and whether it has halted."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.size = Gauge("moiety_ledger_size", "Entries in the ledger, as this process last saw.", registry=registry)
        self.lag = Gauge("moiety_ledger_lag", "Published events that are not entered yet.", registry=registry)
        self.active = Gauge(
            "moiety_ledger_active", "1 in the one process that enters, 0 in those that stand by.", registry=registry
        )
        self.halted = Gauge("moiety_ledger_halted", "1 when an event cannot be entered.", registry=registry)
        self.damaged = Gauge(
            "moiety_ledger_damaged", "1 once this process has met something stored that is damaged.", registry=registry
        )


@dataclass
class Source:
    """Where events come from: the stream, and the log itself for what the stream does not hold."""

    client: Client
    catch_up: CatchUp

    def after(self, position: int) -> AsyncGenerator[list[StreamMessage], None]:
        feed = batches(self.client, after=position, catch_up=self.catch_up)
        return cast("AsyncGenerator[list[StreamMessage], None]", feed)

    async def last_published(self) -> int:
        """Return the stream's last sequence, which is the position of what was last published."""
        return (await self.client.jetstream(prefix=READER_API).stream_info(STREAM)).state.last_seq


@contextlib.asynccontextmanager
async def published(settings: Settings) -> AsyncIterator[Source]:
    """Connect to where events come from; raises StartupError."""
    timeout = settings.start_timeout_seconds
    # Inside the deployment: no proxy of the environment's has business between two services.
    async with (
        connect(
            settings.nats_url, user=settings.nats_user, password=settings.nats_password, timeout_seconds=timeout
        ) as client,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield Source(client, catch_up_from(http, settings.agreements_url, settings.service_token))


async def enter_forever(address: Address, source: Source, signer: Signer, metrics: LedgerMetrics) -> None:
    """Enter events whenever no other process does. Returns, saying why, only when the ledger has halted.

    Raises VerificationFailed when what is stored is not what was signed: then nothing may be signed on.
    """
    while True:
        try:
            async with sole_writer(address) as store:
                writer = Writer(store, signer)
                await writer.resume()
                metrics.active.set(1)
                _log.info("Entering events", action="entering", after=writer.position)
                await _enter_published(writer, source, metrics)
        except LedgerHalted as halted:
            metrics.halted.set(1)
            _log.critical(
                "The ledger has halted before an event that cannot be entered; everything before it is served",
                action="ledger-halted",
                position=halted.position,
                kind=halted.kind,
                expected=halted.expected,
                got=halted.got,
            )
            # It would halt there again: someone has to look, and then start it anew.
            return
        except VerificationFailed as failed:
            metrics.halted.set(1)
            _log.critical("The ledger is not what was signed", action="ledger-tampered", reason=str(failed))
            raise
        except Unavailable as error:
            _log.warning("Entering pauses", action="entering-pauses", reason=str(error))
        finally:
            metrics.active.set(0)
        await asyncio.sleep(RETRY_SECONDS)


async def _enter_published(writer: Writer, source: Source, metrics: LedgerMetrics) -> None:
    async with contextlib.aclosing(source.after(writer.position)) as feed:
        async for messages in feed:
            await writer.enter(messages)
            metrics.size.set(writer.position)


async def watch_lag(source: Source, metrics: LedgerMetrics, size: Callable[[], Awaitable[int]]) -> None:
    """Keep the metrics true in processes that stand by, too."""
    while True:
        with contextlib.suppress(Unavailable, NatsError, OSError, TimeoutError):
            entered = await size()
            metrics.size.set(entered)
            metrics.lag.set(max(await source.last_published() - entered, 0))
        await asyncio.sleep(LAG_SECONDS)
