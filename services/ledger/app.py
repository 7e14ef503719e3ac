"""The ledger service: a consumer that enters events, and an HTTP API that proves and answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from prometheus_client import CollectorRegistry

from services.ledger.errors import LedgerDamaged, LedgerUnavailable
from services.ledger.read.answers.alarms import halted
from services.ledger.read.answers.reading import PLANS, Reading
from services.ledger.read.api import ROUTES
from services.ledger.write.consumer import LedgerMetrics, enter_forever
from services.ledger.write.signing import signed_file_of, signer_of
from services.ledger.write.writer import Writer
from shared.bus.follow import between_services, published
from shared.clock import clock_of
from shared.database import Database
from shared.migrate import await_migrated, folder_of
from shared.parts import Parts
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.app import create_app
from shared.web.edge import Application
from shared.web.kept import Kept

_log = logger()


def create(settings: Settings) -> Application:
    """Return the service's application; it enters events from its start to its stop."""
    state = State()
    registry = CollectorRegistry()
    metrics = LedgerMetrics(registry)
    clock = clock_of(settings.scenario_clock_file)

    @asynccontextmanager
    async def entering(_app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            signer = signer_of(settings)
            kept = signed_file_of(settings, signer)
            database = Database(settings.database_url, settings.database_password, LedgerUnavailable)
            await await_migrated(database, folder_of("ledger"), timeout_seconds=settings.start_timeout_seconds)
            readers = await stack.enter_async_context(database.pool(settings=PLANS))
            reading = state.reading = Reading(readers, notice=damage_reporter(metrics))
            http = await stack.enter_async_context(between_services())
            source = await stack.enter_async_context(published(settings, http))
            writer_of = partial(Writer, signer=signer, kept=kept, clock=clock)
            parts = state.parts = await stack.enter_async_context(Parts())
            parts.start(enter_forever(database, source, writer_of, metrics), name="writer")
            parts.start(metrics.lag.watch(reading.size, source.last_recorded), name="lag")
            yield

    async def database_answers() -> str | None:
        await state.reading.size()
        return None

    async def events_are_entered() -> str | None:
        # Asked of the database first: a halt stops every replica, not only the one that found it.
        parts: Parts = state.parts
        return await halted(state.reading) or await parts.ended()

    async def nothing_is_damaged() -> str | None:
        reading: Reading = state.reading
        return await reading.damaged()

    return create_app(
        service="ledger",
        settings=settings,
        routes=ROUTES,
        lifespan=[entering],
        readiness={
            "database": database_answers,
            "entering": events_are_entered,
            "lag": metrics.lag.behind,
            "stored": nothing_is_damaged,
        },
        dependencies={"reading": Provide(lambda: state.reading, sync_to_thread=False)},
        registry=registry,
        kept=Kept.by(__package__),
        clock=clock,
    )


def damage_reporter(metrics: LedgerMetrics) -> Callable[[LedgerDamaged], None]:
    """Return what tells operators of damage."""

    def report(found: LedgerDamaged) -> None:
        metrics.damaged.set(1)
        _log.critical("What the ledger has stored is damaged", action="ledger-damaged", reason=str(found))

    return report
