"""The agreements service: its slices, its feed, and the log behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from prometheus_client import CollectorRegistry

from services.agreements import feed
from services.agreements.acknowledgements import api as acknowledgements
from services.agreements.affiliations import api as affiliations
from services.agreements.affiliations import declarations_api as declarations
from services.agreements.background import api as background
from services.agreements.concern import Concern
from services.agreements.contracts import api as contracts
from services.agreements.contributions import api as contributions
from services.agreements.disputes import api as disputes
from services.agreements.histories import history
from services.agreements.indexing.store import ListIndex
from services.agreements.inventions import api as inventions
from services.agreements.licences import api as licences
from services.agreements.links import api as links
from services.agreements.links import page_api as link_pages
from services.agreements.links.store import LinkStore
from services.agreements.notices import api as notices
from services.agreements.opportunities import api as opportunities
from services.agreements.ownership import api as ownership
from services.agreements.participants import api as participants
from services.agreements.parties import api as parties
from services.agreements.people import api as people_api
from services.agreements.people.register import People
from services.agreements.people.sealing import MasterKey, snapshot_seal
from services.agreements.people.store import PeopleStore
from services.agreements.preview import api as preview
from services.agreements.progress import api as progress
from services.agreements.projects import api as projects
from services.agreements.requests import change, command, pages, question, read
from services.agreements.retirement import api as retirement
from services.agreements.scheduler import api as deadlines
from services.agreements.scheduler.deadlines import DeadlineList
from services.agreements.scheduler.schedule import TICK_SECONDS, SchedulerMetrics, keep_schedule
from services.agreements.simulation import api as simulation
from services.agreements.simulation.workers import Workers
from services.agreements.tasks import api as tasks
from services.agreements.tasks.handling import possible
from services.agreements.tasks.store import TaskList
from services.agreements.transfers import api as transfers
from shared.clock import clock_of
from shared.database import Database
from shared.log.handle import Handler
from shared.log.keys import StoredKeys, expire_forever
from shared.log.postgres import PostgresEventStore
from shared.log.store import NOTHING, LogOnHold, LogUnavailable
from shared.migrate import await_migrated, folder_of
from shared.parts import Parts
from shared.settings import Settings
from shared.web.app import create_app
from shared.web.contract.routes import contract_routes
from shared.web.edge import Application
from shared.web.health import ReadyBut
from shared.web.kept import Kept

# Whoever plays a scenario waits, at every step of its time, for what that day does.
SCENARIO_LOOK_SECONDS: Final = 0.005
_READING_LISTS: Final = 2
ROUTES = [
    parties.ROUTES,
    affiliations.ROUTES,
    declarations.ROUTES,
    people_api.ROUTES,
    people_api.ADDRESSES,
    contracts.ROUTES,
    background.ROUTES,
    opportunities.ROUTES,
    projects.ROUTES,
    progress.ROUTES,
    participants.ROUTES,
    inventions.ROUTES,
    retirement.ROUTES,
    preview.ROUTES,
    contributions.ROUTES,
    links.ROUTES,
    links.VOICES,
    link_pages.ROUTES,
    ownership.ROUTES,
    acknowledgements.ROUTES,
    transfers.ROUTES,
    disputes.ROUTES,
    licences.ROUTES,
    notices.ROUTES,
    tasks.ROUTES,
    deadlines.ROUTES,
    simulation.ROUTES,
    feed.ROUTES,
]
_REQUESTS: Final = {
    "command": Provide(command, sync_to_thread=False),
    "change": Provide(change, sync_to_thread=False),
    "read": Provide(read, sync_to_thread=False),
    "pages": Provide(pages, sync_to_thread=False),
    "history": Provide(history, sync_to_thread=False),
    "question": Provide(question, sync_to_thread=False),
    "possible": Provide(lambda: possible, sync_to_thread=False),
}
# What is opened when the application starts.
_HELD: Final = (
    *("handler", "people", "links", "visitors", "workers"),
    *("tasks", "index", "concern", "deadlines"),
)


def create(settings: Settings) -> Application:
    """Return the service's application; it opens the log when it starts."""
    state = State()
    registry = CollectorRegistry()
    metrics = SchedulerMetrics(registry)
    clock = clock_of(settings.scenario_clock_file)
    master_key = MasterKey.parse(settings.people_key, settings.people_previous_keys) if settings.people_key else None
    seal = snapshot_seal(settings.people_key) if settings.people_key else None

    @asynccontextmanager
    async def with_log(_app: Litestar) -> AsyncIterator[None]:
        database = Database(settings.database_url, settings.database_password, LogUnavailable)
        await await_migrated(database, folder_of("agreements"), timeout_seconds=settings.start_timeout_seconds)
        async with (
            PostgresEventStore.open(settings.database_url, password=settings.database_password) as store,
            PeopleStore.open(settings.database_url, password=settings.database_password) as people_store,
            LinkStore.open(settings.database_url, password=settings.database_password) as link_store,
            database.pool(most=_READING_LISTS) as reading_lists,
            Workers(open_per_caller=settings.simulations_per_caller) as workers,
            Parts() as parts,
        ):
            state.handler = Handler(store, StoredKeys(store, most=settings.keys_per_caller), seal)
            state.people = People(people_store, master_key)
            state.links, state.visitors = link_store, link_pages.visitors()
            state.workers, state.parts = workers, parts
            state.tasks, state.index = TaskList(reading_lists), ListIndex(reading_lists)
            state.deadlines = DeadlineList(reading_lists)
            state.concern = Concern(store, state.index)
            look_seconds = SCENARIO_LOOK_SECONDS if settings.scenario_clock_file else TICK_SECONDS
            schedule = keep_schedule(state.handler, database, clock=clock, metrics=metrics, look_seconds=look_seconds)
            parts.start(schedule, name="schedule")
            parts.start(expire_forever(store), name="keys")
            yield

    async def commands_can_be_recorded() -> str | None:
        # By nothing, through the very queue, writer and lock that commands need: reads answer also while these do not.
        try:
            await state.handler.store.append(NOTHING)
        except LogOnHold:  # commands are told so, and reads go on; it is the relay that is not ready
            return ReadyBut("the log is on hold: reads are answered, commands are not")
        return None

    async def schedule_is_kept() -> str | None:
        parts: Parts = state.parts
        return await parts.ended() or metrics.failing

    return create_app(
        service="agreements",
        settings=settings,
        routes=[*ROUTES, contract_routes()],
        lifespan=[with_log],
        readiness={"log": commands_can_be_recorded, "schedule": schedule_is_kept},
        dependencies={
            **{name: _held(state, name) for name in _HELD},
            **_REQUESTS,
        },
        registry=registry,
        kept=Kept.by(__package__),
        clock=clock,
    )


def _held(state: State, name: str) -> Provide:
    return Provide(lambda: state[name], sync_to_thread=False)
