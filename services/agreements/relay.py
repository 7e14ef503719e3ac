"""Run the relay: `python -m services.agreements.relay`. It publishes the log, and tells whether it keeps up."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from litestar import Litestar
from prometheus_client import CollectorRegistry, Gauge

from shared.bus.connection import connect
from shared.bus.lag import Lag
from shared.bus.relay import Relay
from shared.database import INCOMPLETE, Database
from shared.errors import in_public
from shared.log.chain import HistoryDiverged
from shared.log.hold import HeldLog
from shared.log.postgres import PostgresEventStore
from shared.log.recounting import Recounting
from shared.log.store import LogUnavailable
from shared.migrate import await_migrated, folder_of
from shared.parts import Parts
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.app import create_operations_app
from shared.web.edge import Application
from shared.web.serve import run

# How far the stream may trail the log, and for how long, before the relay no longer calls itself ready.
TOLERATED_LAG = 10_000
TOLERATED_SECONDS = 30.0
HOLD_LOOK_SECONDS = 1.0

T = TypeVar("T")
_log = logger()


class Relaying:
    """The relay at work in this process, the pass over what is recorded, and what there is to say about both."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self._settings = settings
        self._relay: Relay | None = None
        self._recounting: Recounting | None = None
        self._log: PostgresEventStore | None = None
        self._held: HeldLog | None = None
        self._halted: dict[str, str] = {}
        self._lag = Lag(registry, of="relay")
        published = Gauge("moiety_published_position", "The stream's last sequence.", registry=registry)
        published.set_function(lambda: self._relay.published if self._relay else 0)
        halted = Gauge(
            "moiety_relay_halted",
            "1 when the stream is not the log's, or the log not what was recorded.",
            registry=registry,
        )
        halted.set_function(lambda: 1 if self._halted else 0)
        recounted = Gauge(
            "moiety_recounted_position", "How far the pass over everything recorded has come.", registry=registry
        )
        recounted.set_function(lambda: self._recounting.position if self._recounting else 0)
        through = Gauge(
            "moiety_recounted_timestamp_seconds",
            "When that pass last came to the end of the log, finding everything as it was recorded.",
            registry=registry,
        )
        through.set_function(lambda: self._recounting.through_at if self._recounting else 0)

    @asynccontextmanager
    async def lifespan(self, _app: Litestar) -> AsyncIterator[None]:
        """Publish while the application lives; raises StartupError."""
        settings = self._settings
        database = Database(settings.database_url, settings.database_password, LogUnavailable)
        await await_migrated(database, folder_of("agreements"), timeout_seconds=settings.start_timeout_seconds)
        async with (
            PostgresEventStore.open(settings.database_url, password=settings.database_password) as self._log,
            connect(
                settings.nats_url,
                user=settings.nats_user,
                password=settings.nats_password,
                timeout_seconds=settings.start_timeout_seconds,
            ) as client,
            database.pool(most=1) as pool,
            Parts() as parts,
        ):
            self._held = HeldLog(pool)
            self._relay = Relay(self._log, client, replicas=settings.nats_replicas)
            self._recounting = Recounting(self._log)
            parts.start(self._until_it_halts("relay", self._relay.run, self._held), name="relay")
            parts.start(self._lag.watch(self._published, self._recorded), name="lag")
            parts.start(self._until_it_halts("recount", self._recounting.run, self._held), name="recount")
            yield

    async def lag(self) -> str | None:
        """Return why the relay is not ready, if it is not."""
        if self._halted:
            return "; ".join(self._halted.values())
        if self._relay is None or self._log is None:
            return "starting"
        self._lag.pending.seen(self._relay.published, (await self._log.head()).position)
        behind, seconds = self._lag.pending.count, self._lag.pending.seconds
        if behind > TOLERATED_LAG or seconds > TOLERATED_SECONDS:
            return f"{behind} events behind the log, the oldest for {seconds:.0f} s"
        return None

    async def _published(self) -> int:
        return self._relay.published if self._relay else 0

    async def _recorded(self, _known: int) -> int:
        assert self._log is not None
        return (await self._log.head()).position

    async def hold(self) -> str | None:
        """Return why nothing is recorded, if the log is on hold: by this process, or by one before it."""
        held = await self._held.held() if self._held is not None else None
        return f"on hold since {held.held_at}: {held}" if held is not None else None

    async def _until_it_halts(self, part: str, work: Callable[[], Awaitable[None]], log: HeldLog) -> None:
        while True:
            try:
                await work()
            except HistoryDiverged as diverged:
                self._halt(part, diverged)
                # Every event recorded from now on would have to be taken back or explained: let there be none.
                await _insisting(partial(log.hold, diverged.position, expected=diverged.expected, got=diverged.got))
                await _released(log)
                _log.info("The log goes on: it is looked at again", action="relay-released", part=part)
                del self._halted[part]
            except INCOMPLETE as error:
                self._halt(part, error)
                await _insisting(self._all_is_there)
                _log.info("What the log lacked is there: it is looked at again", action="relay-released", part=part)
                del self._halted[part]
            except Exception as error:  # noqa: BLE001  # whatever ends a part must be seen, not swallowed with its task
                # Not restarted: what it met, no repetition can mend, and publishing on would bury it.
                self._halt(part, error)
                return

    async def _all_is_there(self) -> None:
        """Read whatever is read of the log while relaying: a database that is being restored has it table by table."""
        assert self._log is not None
        assert self._held is not None
        await self._log.head()
        await self._log.read_log(after=0, limit=1)
        await self._held.held()

    def _halt(self, part: str, error: Exception) -> None:
        self._halted[part] = in_public(error)
        diverged = error if isinstance(error, HistoryDiverged) else None
        _log.critical(
            "The relay has halted",
            action="relay-halted",
            part=part,
            kind=type(error).__name__,
            position=diverged.position if diverged else None,
            expected=diverged.expected if diverged else None,
            got=diverged.got if diverged else None,
            exc_info=None if diverged else error,
        )


async def _released(log: HeldLog) -> None:
    """Wait until an operator has decided how the log goes on."""
    while await _insisting(log.held) is not None:  # noqa: ASYNC110  # a row rings no bell
        await asyncio.sleep(HOLD_LOOK_SECONDS)


async def _insisting(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask the log until it answers."""
    said: str | None = None
    while True:
        try:
            return await ask()
        except LogUnavailable as error:
            reason = str(error)
        except INCOMPLETE as error:
            reason = in_public(error)
        if reason != said:
            _log.warning("The log does not answer", action="relay-waits", reason=reason)
        said = reason
        await asyncio.sleep(HOLD_LOOK_SECONDS)


def create(settings: Settings) -> Application:
    """Return the relay's application: no routes but health and metrics."""
    registry = CollectorRegistry()
    relaying = Relaying(settings, registry)
    return create_operations_app(
        readiness={"relay": relaying.lag, "log": relaying.hold}, lifespan=[relaying.lifespan], registry=registry
    )


if __name__ == "__main__":
    sys.exit(run(create, "relay"))
