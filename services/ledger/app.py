"""The ledger service: a consumer that enters events, and an HTTP API that proves and answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from prometheus_client import CollectorRegistry

from services.ledger.database import Address, Readers
from services.ledger.errors import LedgerDamaged
from services.ledger.read.answers import Answers
from services.ledger.read.api import ROUTES
from services.ledger.write.consumer import LedgerMetrics, enter_forever, published, watch_lag
from services.ledger.write.signing import signer_of
from shared.clock import clock_of
from shared.migrate import await_migrated, folder_of
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.app import create_app
from shared.web.edge import Application

_log = logger()


def create(settings: Settings) -> Application:
    """Return the service's application; it enters events from its start to its stop."""
    state = State()
    registry = CollectorRegistry()
    metrics = LedgerMetrics(registry)

    @asynccontextmanager
    async def entering(_app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            signer = signer_of(settings)
            address = await _migrated(settings)
            readers = await stack.enter_async_context(Readers.open(address))
            answers = state.answers = Answers(readers, notice=damage_reporter(metrics))
            source = await stack.enter_async_context(published(settings))
            state.writer = asyncio.create_task(enter_forever(address, source, signer, metrics), name="writer")
            lag = asyncio.create_task(watch_lag(source, metrics, answers.size), name="lag")
            for task in (state.writer, lag):
                stack.push_async_callback(_cancel, task)
            state.writer.add_done_callback(_report_end)
            yield

    async def database_answers() -> str | None:
        await state.answers.size()
        return None

    async def events_are_entered() -> str | None:
        # Asked of the database first: a halt stops every replica, not only the one that found it.
        return await state.answers.halted() or _why_ended(state.writer)

    async def nothing_is_damaged() -> str | None:
        answers: Answers = state.answers
        return await answers.damaged()

    return create_app(
        service="ledger",
        settings=settings,
        routes=ROUTES,
        lifespan=[entering],
        readiness={"database": database_answers, "entering": events_are_entered, "stored": nothing_is_damaged},
        dependencies={"answers": Provide(lambda: state.answers, sync_to_thread=False)},
        registry=registry,
        clock=clock_of(settings.scenario_clock_file),
    )


def damage_reporter(metrics: LedgerMetrics) -> Callable[[LedgerDamaged], None]:
    """Return what tells operators of damage."""

    def report(found: LedgerDamaged) -> None:
        metrics.damaged.set(1)
        _log.critical("What the ledger has stored is damaged", action="ledger-damaged", reason=str(found))

    return report


async def _migrated(settings: Settings) -> Address:
    address = Address(settings.database_url, settings.database_password)
    await await_migrated(*address, folder_of("ledger"), timeout_seconds=settings.start_timeout_seconds)
    return address


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _report_end(task: asyncio.Task[None]) -> None:
    if reason := _why_ended(task):
        _log.critical("Events are no longer entered", action="entering-ended", reason=reason)


def _why_ended(task: asyncio.Task[None]) -> str | None:
    """Return why a task has ended that should run for ever, None while it runs or when it was told to stop."""
    if not task.done() or task.cancelled():
        return None
    return repr(error) if (error := task.exception()) else "halted"
