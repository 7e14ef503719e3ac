"""Going back to where histories part: what was alerted of beyond is no longer recorded, and whoever was told hears so.

No alert is taken away: that somebody was told, and took note, is evidence. Alerts of the events that the log has there
now come after.
"""

from typing import Final, NamedTuple

import asyncpg

from services.notifications.alarms import TYPE_PREFIX as LEDGERS
from services.notifications.alerts import INBOX, Alert, alert_id
from services.notifications.errors import NothingBeyond
from services.notifications.store import AlertStore
from shared.database import Connection
from shared.log.chain import START

TYPE: Final = "log.EventLost.v1"

_BEYOND: Final = """
    SELECT event_id, recipient, position, class, agreement, subject, link, recorded_at FROM alert
    WHERE position > $1 AND channel = $2 AND NOT starts_with(type, $3) AND type <> $4 AND NOT lost(alert)
    ORDER BY position, recipient
"""


class GoneBack(NamedTuple):
    """From where to where, and how many alerts told that an event is no longer recorded."""

    alerted: int
    last: int
    told: int


async def go_back(connection: Connection, last: int) -> GoneBack:
    """Forget what was followed after a position, in one transaction, and tell whom it had been told."""
    store = AlertStore(connection)
    async with connection.transaction():
        alerted = await store.position()
        if alerted <= last:
            message = f"everybody is alerted up to {alerted}, got {last}"
            raise NothingBeyond(message)
        rows = await connection.fetch(_BEYOND, last, INBOX, LEDGERS, TYPE)
        told = await store.add([_notice(row) for row in rows])
        await connection.execute("INSERT INTO gone_back (last) VALUES ($1)", last)
        await connection.execute("DELETE FROM quarantine WHERE position > $1", last)
        # What earlier events said is learned again from the first one on: it is not known what came of those lost.
        await connection.execute("DELETE FROM remembered")
        await connection.execute("UPDATE progress SET (position, remembered, chain) = ($1, 0, $2)", last, START.chain)
        return GoneBack(alerted, last, len(told))


def _notice(alert: asyncpg.Record) -> Alert:
    event_id = f"lost-{alert['event_id']}"
    return Alert(
        id=alert_id(event_id, alert["recipient"], INBOX),
        event_id=event_id,
        recipient=alert["recipient"],
        channel=INBOX,
        position=alert["position"],
        type=TYPE,
        class_="legal-critical" if alert["class"] == "legal-critical" else "info",
        agreement=alert["agreement"],
        subject=alert["subject"],
        link=alert["link"],
        due_on=None,
        recorded_at=alert["recorded_at"],
    )
