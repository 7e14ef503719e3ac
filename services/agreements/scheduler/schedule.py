"""Records what time alone has done: follows the log for what is due when, and lets each thing happen once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Gauge

from services.agreements.following import Comparison
from services.agreements.indexing.keeping import IndexKeeper
from services.agreements.notices.model import NOTICE
from services.agreements.scheduler.registry import ADVANCING, Advancing
from services.agreements.scheduler.store import DueStore
from services.agreements.tasks.keeping import TaskKeeper
from shared.calendar import legal_day
from shared.clock import Clock
from shared.database import Database
from shared.errors import MoietyError
from shared.ids import new_id
from shared.log.context import CommandContext
from shared.log.handle import Change, Decided, Handler, Reader
from shared.log.latest import Latest
from shared.log.store import LogUnavailable
from shared.telemetry import logger
from shared.web.health import ReadyBut

# Who acts when nobody does.
SYSTEM: Final = "system"
RETRY_SECONDS: Final = 1.0
TICK_SECONDS: Final = 1.0
_FOLLOWED: Final = 1_000
_AT_ONCE: Final = 100
# So often in a row is no accident that the next time mends.
AGAIN_AND_AGAIN: Final = 3
DUE, TASKS, LISTS = "due", "tasks", "lists"
# More transitions of one thing in a row, and its rules would go on for ever.
_IN_A_ROW: Final = 100

_log = logger()


class NeverEnding(MoietyError):
    """Time keeps changing this without getting anywhere: its next day must lie after the one that was due."""


class SchedulerMetrics:
    """What an operator watches: who records what time does, and up to which day all of it is recorded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.active = Gauge(
            "moiety_schedule_active",
            "1 in the one process that records what time does, 0 in those that stand by.",
            registry=registry,
        )
        self.day = Gauge(
            "moiety_schedule_day",
            "The legal day, as YYYYMMDD, by which this process last recorded all that was due.",
            registry=registry,
        )
        self.stuck = Gauge(
            "moiety_schedule_stuck",
            "Things that were due and could not happen when this process, if it is the active one, last tried.",
            registry=registry,
        )
        self._failing = Gauge(
            "moiety_schedule_failing",
            "1 for a list (due, tasks, lists) that this process, if it is the active one, has failed to keep again and"
            " again; else 0.",
            ["list"],
            registry=registry,
        )
        self._failed = dict.fromkeys((DUE, TASKS, LISTS), 0)
        self.others_turn()

    def succeeded(self, kept: str) -> None:
        """Note that one of the lists was kept."""
        self._count(kept, 0)

    def failed(self, kept: str) -> None:
        """Note that one of the lists could not be kept, for a reason that waiting does not mend."""
        self._count(kept, self._failed[kept] + 1)

    def others_turn(self) -> None:
        """Note that another process keeps the lists: what this one last met is the other's to tell."""
        for kept in self._failed:
            self._count(kept, 0)

    @property
    def failing(self) -> str | None:
        """Why what time does is not recorded, or a list not kept; None where all is well."""
        again = [kept for kept, times in self._failed.items() if times >= AGAIN_AND_AGAIN]
        if not again:
            return None
        reason = f"keeping {' and '.join(again)} fails again and again"
        return reason if DUE in again else ReadyBut(f"{reason}: what time does is recorded, what is listed is behind")

    def _count(self, kept: str, times: int) -> None:
        self._failed[kept] = times
        self._failing.labels(kept).set(times >= AGAIN_AND_AGAIN)


class Scheduler:
    """Follows and advances. Any number may: a version check lets each transition be recorded once."""

    told: Mapping[str, str] = {"action": "due-put-right"}
    nothing: date | None = None

    def __init__(
        self, handler: Handler, store: DueStore, clock: Clock, advancing: Sequence[Advancing] = ADVANCING
    ) -> None:
        self._handler = handler
        self._store = store
        self._clock = clock
        self._advancing = {each.aggregate.name: each for each in advancing}
        self._position = 0
        self.stuck: set[str] = set()
        self.entities = self._advancing.keys()
        self.listed, self.streams, self.put = store.listed, store.streams, store.put
        self._comparison: Comparison[date | None] = Comparison(handler, store, self)

    async def resume(self) -> None:
        """Read how far the log was followed; by other rules than these counts as not at all."""
        rules = [f"{name}/{each.aggregate.revision}" for name, each in sorted(self._advancing.items())]
        self._position = await self._store.resume(" ".join(rules))

    async def tick(self) -> date:
        """Record everything that is due, and return the day by which that is so."""
        # The day first: what was recorded before a day began is known when that day's deadlines are looked at.
        today = legal_day(self._clock())
        await self.resume()
        await self._follow()
        await self._comparison.step(self._position)
        self.stuck = set()
        while due := await self._store.due(today, limit=_AT_ONCE, without=self.stuck):
            for stream in due:
                await self._advance_or_report(stream, today)
        return today

    async def _follow(self) -> None:
        """Note when each stream to which something happened is due next."""
        while True:
            entities = {*self._advancing, NOTICE.name}
            touched = await self._store.touched(self._position, limit=_FOLLOWED, entities=entities)
            if touched.upto == self._position:
                return
            # The state may be newer than the events that led here: then the day is, too, and stays right.
            latest = Latest(self._handler, touched.versions)
            streams = {stream: await self._thing_of(latest, stream) for stream in touched.versions}
            things = [thing for thing in dict.fromkeys(streams.values()) if thing is not None]
            await self._store.keep(touched.upto, await self.given(latest, things))
            self._position = touched.upto

    async def _thing_of(self, latest: Latest, stream: str) -> str | None:
        """Return whose days may be others by what happened to a stream: of a notice, what it is of, if it has any."""
        entity, _, identifier = stream.partition(":")
        if entity != NOTICE.name:
            return stream
        subject = (await latest(NOTICE, identifier)).subject
        return subject if subject.partition(":")[0] in self._advancing else None

    async def given(self, latest: Latest, streams: Iterable[str]) -> dict[str, date | None]:
        """Return when streams are due next, by the log."""
        return {stream: await self._next_due(latest, stream) for stream in streams}

    def by_hand(self, _listed: date | None, _given: date | None) -> bool:
        """Tell that nobody but a hand makes a difference."""
        return True

    async def _next_due(self, latest: Latest, stream: str) -> date | None:
        advancing = self._of(stream)
        state = await latest(advancing.aggregate, stream.partition(":")[2])
        return advancing.next_due(await advancing.on_notice(latest, state))

    async def _advance_or_report(self, stream: str, today: date) -> None:
        try:
            await self._store.put({stream: await self._advance(stream, today)})
        except LogUnavailable:
            raise
        except Exception:  # noqa: BLE001  # one thing whose rules fail must not keep all others from what is due
            self.stuck.add(stream)
            _log.exception("Something is due and cannot happen", action="due-stuck", stream=stream)

    async def _advance(self, stream: str, today: date) -> date | None:
        """Let everything happen that is due by today, one day after the other, and return the next day."""
        advancing = self._of(stream)
        identifier = stream.partition(":")[2]

        following: date | None = None

        async def work(reader: Reader) -> Decided:
            nonlocal following
            state = await advancing.on_notice(reader, await reader(advancing.aggregate, identifier))
            due = advancing.next_due(state)
            events = advancing.advance(state, due) if due is not None and due <= today else ()
            beside: tuple[Change, ...] | None = ()
            if events and advancing.elsewhere is not None:
                beside = await advancing.elsewhere(reader, state, events, due or today)
            if beside is None:
                events, beside = (), ()
            # Of the state with what follows from notice, which is none of what the log makes of it.
            following = advancing.next_due(advancing.aggregate.fold(state, events))
            own = Change(advancing.aggregate, identifier, events, due or today)
            return Decided(advancing.agreement_of(state), (own, *beside))

        for _ in range(_IN_A_ROW):
            outcome = await self._handler.handle(
                work,
                CommandContext(actor=SYSTEM, actor_party=None, now=self._clock(), correlation_id=new_id("due")),
                represent=lambda _state, _version: msgspec.json.encode(following),
                target=stream,
            )
            due = msgspec.json.decode(outcome.answer, type=date | None)
            if due is None or due > today:
                return due
            if outcome.position is None:
                # Nothing came of the day. It can only do so after something else has happened to it, and that is
                # noticed by following the log.
                _log.warning("A day came and changed nothing", action="due-empty", stream=stream, due_on=str(due))
                return None
        raise NeverEnding(stream)

    def _of(self, stream: str) -> Advancing:
        return self._advancing[stream.partition(":")[0]]


async def keep_schedule(  # noqa: PLR0913  # keyword-only; the parts of a service
    handler: Handler,
    database: Database,
    *,
    clock: Clock,
    metrics: SchedulerMetrics,
    tick_seconds: float = TICK_SECONDS,
    look_seconds: float = TICK_SECONDS,
) -> None:
    """Record what time does, for ever, whenever no other process does.

    That is looked at every `tick_seconds`, and at once when a look at the clock, every `look_seconds`, shows a new day.
    """
    while True:
        try:
            async with DueStore.sole_keeper(database, stands_by=metrics.others_turn) as store:
                scheduler = Scheduler(handler, store, clock)
                tasks, index = TaskKeeper(handler, store.tasks, store), IndexKeeper(handler, store.index, store)
                await scheduler.resume()
                metrics.active.set(1)
                while True:
                    today = await scheduler.tick()
                    metrics.succeeded(DUE)
                    metrics.stuck.set(len(scheduler.stuck))
                    metrics.day.set(int(today.strftime("%Y%m%d")))
                    # After what time has done, which asks others or ends what was asked.
                    await _keep_list(TASKS, tasks, store, metrics)
                    await _keep_list(LISTS, index, store, metrics)
                    await _pause(clock, today, tick_seconds, look_seconds)
        except LogUnavailable as error:
            _log.warning("What time does is not recorded for now", action="schedule-pauses", reason=str(error))
        except Exception:  # noqa: BLE001  # whatever fails here fails loudly and is tried again: no deadline is dropped
            metrics.failed(DUE)
            _log.exception("What time does is not recorded", action="schedule-fails")
        finally:
            metrics.active.set(0)
        await asyncio.sleep(RETRY_SECONDS)


async def _keep_list(name: str, keeper: TaskKeeper | IndexKeeper, store: DueStore, metrics: SchedulerMetrics) -> None:
    """Keep a list beside that of what is due, which matters more: it is followed by the next tick where this fails."""
    try:
        await keeper.resume()
        await keeper.follow(store.touched)
        await keeper.compare()
    except LogUnavailable:
        raise
    except Exception:  # noqa: BLE001  # no list may keep what is due from happening
        metrics.failed(name)
        _log.exception("A list is not kept", action="list-fails", list=name)
    else:
        metrics.succeeded(name)


async def _pause(clock: Clock, today: date, tick_seconds: float, look_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + tick_seconds
    while loop.time() < until and legal_day(clock()) == today:  # noqa: ASYNC110  # a clock rings no bell
        await asyncio.sleep(min(look_seconds, tick_seconds))
