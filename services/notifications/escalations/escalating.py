"""Counts the days of what is to be acknowledged, by agreements' clock, and tells others once they are over."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.notifications.alerts import Alert
from services.notifications.escalations.model import (
    ITS_OWN,
    THE_OTHERS,
    Unacknowledged,
    counted,
    to_its_own,
    to_the_others,
    written_to,
)
from services.notifications.escalations.store import Counted, EscalationStore, Moved
from services.notifications.looking import Today, TodayFeed, Turn, Unheard, look_forever
from services.notifications.mail.recipients import Delivery, deliveries_of, needed_to_deliver
from services.notifications.remembered import Remembered, notice_of, representatives_of
from services.notifications.store import ESCALATION_LOCK, AlertStore
from shared.calendar import legal_day
from shared.database import Database
from shared.telemetry import logger

LOOK_SECONDS: Final = 5.0
# So much is counted, or told of, in one transaction; whoever alerts of events waits for no more than that.
AT_ONCE: Final = 100

_log = logger()


class EscalationMetrics:
    """What an operator watches: that somebody counts the days."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.looked = Gauge(
            "moiety_escalations_looked_at_timestamp_seconds",
            "When this process last looked what nobody has acknowledged in time; 0 where it stands by.",
            registry=registry,
        )


class Escalating:
    """Tells others what nobody acknowledged; one at a time, by the lock that its store holds.

    What is told, and that it was, is written in one transaction; and what is told has its name from the alert that it
    is of, so whoever begins again repeats nothing.
    """

    def __init__(self, alerts: AlertStore, today: TodayFeed, *, writes: bool = False) -> None:
        self._alerts = alerts
        self._store = EscalationStore(alerts.connection)
        self._today = today
        self._writes = writes

    async def look(self) -> bool:
        """Count, and tell, some of what there is, and return whether there is more.

        Raises DayUnavailable, InboxUnavailable.
        """
        now = await self._today()
        progress = await self._alerts.progress()
        if progress.remembered < progress.alerted:
            return False  # what the terms say, and who may act for whom, is being learned again
        uncounted = await self._count(now)
        due, noted = await self._store.due(now.today, limit=AT_ONCE)
        if due or noted:
            await self._tell(due, noted, now)
        return uncounted or len(due) + len(noted) == AT_ONCE

    async def _count(self, now: Today) -> bool:
        uncounted = await self._store.uncounted(limit=AT_ONCE)
        if not uncounted:
            return False
        names = {notice_of(each.agreement) for each in uncounted}
        remembered = Remembered(await self._alerts.remembered(names), names)
        terms = [remembered.notice(notice_of(each.agreement)).in_force for each in uncounted]
        days = [each.escalate_after_days for each in terms]
        await self._store.count(
            [
                Counted(each.alert, within, counted(within, now.today))
                for each, within in zip(uncounted, days, strict=True)
            ]
        )
        return len(uncounted) == AT_ONCE

    async def _tell(self, due: Sequence[Unacknowledged], noted: Sequence[Moved], now: Today) -> None:
        own = [to_its_own(each.alert, as_of=now.as_of) for each in due if each.told < ITS_OWN]
        others = await self._others([each.alert for each in due if each.told == ITS_OWN], now)
        deliveries = await self._deliveries(due, own, others, now) if self._writes else []
        async with self._alerts.connection.transaction():
            added = await self._alerts.add([*own, *others], writes=self._writes, deliveries=deliveries)
            await self._store.move([*noted, *(_moved(each, now) for each in due)])
        _log.info("Told others what nobody has acknowledged", action="alerts-escalated", count=len(added))

    async def _others(self, alerts: Sequence[Alert], now: Today) -> list[Alert]:
        beside = await self._store.beside({each.event_id for each in alerts})
        names = {f"agreement:{each.agreement}" for each in alerts}
        remembered = Remembered(await self._alerts.remembered(names), names)
        return [
            told
            for each in alerts
            for told in to_the_others(
                each,
                beside.get(each.event_id, ()),
                remembered.circle(f"agreement:{each.agreement}"),
                as_of=now.as_of,
            )
        ]

    async def _deliveries(
        self, due: Sequence[Unacknowledged], own: Sequence[Alert], others: Sequence[Alert], now: Today
    ) -> list[Delivery]:
        names = needed_to_deliver([*own, *others])
        states = await self._alerts.remembered(names)
        remembered = Remembered(states, names)
        of_own = [each.alert.id for each in due if each.told < ITS_OWN]
        written = await self._store.written(of_own)
        found = deliveries_of(others, states)
        for before, alert in zip(of_own, own, strict=True):
            representatives = remembered.representatives(representatives_of(alert.recipient))
            found += written_to(alert, written.get(before, ()), representatives, legal_day(now.as_of))
        return found


def _moved(each: Unacknowledged, now: Today) -> Moved:
    told = min(each.told + 1, THE_OTHERS)
    following = counted(each.days, now.today)
    closed = told == THE_OTHERS or following is None
    return Moved(each.alert.id, told, following or now.today, closed=closed)


async def escalate_forever(
    database: Database, today: TodayFeed, metrics: EscalationMetrics, *, writes: bool = False
) -> None:
    """Tell others what nobody acknowledged whenever no other process does, for ever."""
    unheard = Unheard("Nobody counts the days of what is to be acknowledged", action="day-unheard")
    begin = partial(Escalating, today=today, writes=writes)
    await look_forever(database, Turn(ESCALATION_LOCK, begin, LOOK_SECONDS, metrics.looked, unheard))
