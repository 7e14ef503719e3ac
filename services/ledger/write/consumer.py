"""Enters what is published, for ever: one process at a time, from its own position on, halting loudly."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.ledger.errors import LedgerHalted, VerificationFailed
from services.ledger.write.store import LedgerStore, sole_writer
from services.ledger.write.writer import Writer
from shared.bus.consumer import StreamMessage
from shared.bus.follow import Following, Published, Turn, follow_forever
from shared.bus.lag import Lag
from shared.database import Database
from shared.errors import Unavailable
from shared.log.chain import Head, HistoryDiverged
from shared.telemetry import logger

DIVERGED: Final = "HistoryDiverged"
TAMPERED: Final = "LedgerTampered"
FAILED: Final = "LedgerFailed"
RETRY_SECONDS: Final = 1.0
# Each batch is signed, and written to disk more than once: what comes at the same time had better go in one.
ROUND_SECONDS: Final = 0.05

_log = logger()


class LedgerMetrics:
    """What an operator watches: how large the ledger is, how far behind, who writes, and whether it has halted."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.size = Gauge("moiety_ledger_size", "Entries in the ledger, as this process last saw.", registry=registry)
        self.lag = Lag(registry, of="ledger", position=self.size)
        self.active = Gauge(
            "moiety_ledger_active", "1 in the one process that enters, 0 in those that stand by.", registry=registry
        )
        self.halted = Gauge("moiety_ledger_halted", "1 when an event cannot be entered.", registry=registry)
        self.damaged = Gauge(
            "moiety_ledger_damaged", "1 once this process has met something stored that is damaged.", registry=registry
        )


async def enter_forever(
    database: Database, source: Published, writer_of: Callable[[LedgerStore], Writer], metrics: LedgerMetrics
) -> None:
    """Enter events whenever no other process does. Returns, saying why, only when the ledger has halted.

    Where the log is another history than the one entered, nothing is entered until it is the same again. Raises
    VerificationFailed when what is stored is not what was signed: then nothing may be signed on. Whatever else ends it
    is raised as well, and whatever ends it leaves an alarm.
    """

    async def alarm(kind: str, *, expected: str, got: str) -> None:
        metrics.halted.set(1)
        async with database.connected() as connection:
            store = LedgerStore(connection)
            position = await store.next_position()
            await writer_of(store).raise_alarm(LedgerHalted(position, kind=kind, expected=expected, got=got))

    async def diverged(found: HistoryDiverged) -> None:
        await alarm(DIVERGED, expected=found.expected, got=f"{found.got} at {found.position}")

    async def agreed() -> None:
        metrics.halted.set(0)
        async with database.connected() as connection:
            await LedgerStore(connection).alarms_over(DIVERGED)

    def stands_by() -> None:
        metrics.halted.set(0)  # another process enters, and tells whether it can

    following = Following("entering", metrics.active, metrics.size, diverged, agreed)
    try:
        await follow_forever(source, partial(_writing, database, writer_of, stands_by), following)
    except LedgerHalted as halted:
        metrics.halted.set(1)
        # It would halt there again: someone has to look, and then start it anew.
        _log.critical(
            "The ledger has halted before an event that cannot be entered; everything before it is served",
            action="ledger-halted",
            position=halted.position,
            kind=halted.kind,
            expected=halted.expected,
            got=halted.got,
        )
    except VerificationFailed as failed:
        _log.critical("The ledger is not what was signed", action="ledger-tampered", reason=str(failed))
        await _insisted(partial(alarm, TAMPERED, expected="what was signed", got=str(failed)))
        raise
    except Exception as error:
        _log.critical("Nothing is entered any more", action="ledger-failed", exc_info=error)
        await _insisted(partial(alarm, FAILED, expected="a ledger that goes on", got=type(error).__name__))
        raise


async def _insisted(alarm: Callable[[], Awaitable[None]]) -> None:
    """Leave the alarm of what ends the writer, however long the database takes to keep it: nobody meets it again."""
    while True:
        try:
            await alarm()
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        except Exception as error:  # noqa: BLE001  # what ends the writer is what has to be told
            _log.critical("The alarm of this cannot be kept", action="alarm-lost", exc_info=error)
            return
        else:
            return


@contextlib.asynccontextmanager
async def _writing(
    database: Database, writer_of: Callable[[LedgerStore], Writer], stands_by: Callable[[], None]
) -> AsyncIterator[Turn]:
    async with sole_writer(database, stands_by=stands_by) as store:
        writer = writer_of(store)

        async def resume() -> Head:
            head = await writer.resume()
            # Nothing need follow that would pass them.
            await store.alarms_over(TAMPERED, FAILED)
            return head

        async def enter(messages: Sequence[StreamMessage]) -> None:
            began = time.monotonic()
            await writer.enter(messages)
            await asyncio.sleep(max(0.0, began + ROUND_SECONDS - time.monotonic()))

        yield Turn(resume, enter)
