"""Going back to where histories part: what was alerted of beyond is no longer recorded, and whoever was told hears so.

No alert is taken away: that somebody was told, and took note, is evidence. Alerts of the events that the log has there
now come after. Feeds end where the first event stood that is lost: under its number there is another from now on, and
the chain says so to whoever has it.
"""

from typing import Final, NamedTuple

import asyncpg

from services.notifications.alarms.model import TYPE_PREFIX as LEDGERS
from services.notifications.alerts import INBOX, OWN_TYPES, Alert, alert_id
from services.notifications.errors import NothingBeyond
from services.notifications.store import AlertStore
from shared.database import Connection
from shared.log.chain import START

TYPE: Final = "log.EventLost.v1"

_BEYOND: Final = """
    SELECT event_id, recipient, position, class, agreement, subject, link, recorded_at FROM alert
    WHERE position > $1 AND channel = $2 AND NOT starts_with(type, $3) AND NOT starts_with(type, $4) AND type <> $5
        AND NOT lost(alert)
    ORDER BY position, recipient
"""

_UNFEED: Final = (
    """
    DELETE FROM feed_entry USING (
        SELECT party, min(number) AS number FROM feed_entry WHERE came_with > $1 GROUP BY party
    ) AS lost
    WHERE feed_entry.party = lost.party AND feed_entry.number >= lost.number
    """,
    """
    DELETE FROM feed WHERE NOT EXISTS (
        SELECT FROM feed_entry WHERE feed_entry.party = feed.party AND came_with <= $1
    )
    """,
    """
    UPDATE feed SET (number, chain) = (last.number, last.chain)
    FROM (
        SELECT DISTINCT ON (party) party, number, came_with, chain FROM feed_entry ORDER BY party, number DESC
    ) AS last
    WHERE feed.party = last.party AND feed.number > last.number AND last.came_with <= $1
    """,
    "DELETE FROM published WHERE position > $1",
    "DELETE FROM published_around WHERE position > $1",
    "UPDATE progress SET fed = least(fed, $1)",
)

# Whose streams on NATS hold what is no longer recorded (services/notifications/streams/).
_MARK_CUT: Final = """
    INSERT INTO feed_cut SELECT DISTINCT party FROM feed_entry WHERE came_with > $1 ON CONFLICT DO NOTHING
"""
# No consumer is further than its feed, which has other events from there on. All are looked at anew: how far one had
# come may be under way here from a stream of before.
_TAKE_CONSUMERS_BACK: Final = """
    UPDATE feed_consumer SET
        after = least(after, number), acknowledged = least(acknowledged, number), revision = revision + 1
    FROM feed WHERE feed.party = feed_consumer.party
"""
_FORGET_CONSUMERS: Final = "DELETE FROM feed_consumer WHERE party NOT IN (SELECT party FROM feed)"
# What is sent under those numbers from now on was never sent.
_UNSEND: Final = (
    """
    UPDATE webhook SET
        reached = least(reached, (SELECT coalesce(max(number), 0) FROM feed WHERE feed.party = webhook.party))
    """,
    "DELETE FROM webhook_delivery USING webhook WHERE webhook = webhook.id AND number > reached",
)

# Nor has anybody to take note of it. That it is lost is another alert.
_ASK_NO_LONGER: Final = """
    UPDATE escalation SET closed = true
    FROM alert WHERE alert.id = escalation.alert AND alert.position > $1 AND alert.type <> $2 AND NOT closed
"""
# What is no longer recorded, nobody can have notice of. Of what still is, the proof may have been recorded beyond: it
# is said again, and where agreements have it nothing is recorded twice.
_OWE_AGAIN: Final = (
    "DELETE FROM proof WHERE position > $1 AND proven_at IS NULL",
    """
    UPDATE proof SET proven_at = NULL, since = now(), not_before = now()
    WHERE position <= $1 AND proven_at IS NOT NULL
    """,
)


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
        rows = await connection.fetch(_BEYOND, last, INBOX, LEDGERS, OWN_TYPES, TYPE)
        told = await store.add([_notice(row) for row in rows])
        await connection.execute("INSERT INTO gone_back (last) VALUES ($1)", last)
        await connection.execute("DELETE FROM quarantine WHERE position > $1", last)
        await connection.execute(_ASK_NO_LONGER, last, TYPE)
        for statement in _OWE_AGAIN:
            await connection.execute(statement, last)
        await connection.execute(_MARK_CUT, last)
        await _unfeed(connection, last)
        await take_consumers_back(connection)
        for statement in _UNSEND:
            await connection.execute(statement)
        await connection.execute("UPDATE progress SET position = $1", last)
        await _learn_again(connection)
        return GoneBack(alerted, last, len(told))


async def feed_anew(connection: Connection) -> int:
    """Empty all feeds, in one transaction, and return how far they had come: they are written again as they were."""
    async with connection.transaction():
        fed: int = await connection.fetchval("SELECT fed FROM progress")
        await _unfeed(connection, 0)
        await _learn_again(connection)
        return fed


async def take_consumers_back(connection: Connection) -> None:
    """Have no consumer be further than its feed, once that has been cut."""
    await connection.execute(_TAKE_CONSUMERS_BACK)
    await connection.execute(_FORGET_CONSUMERS)


async def _unfeed(connection: Connection, last: int) -> None:
    """Take out of the feeds what was put in them by events after a position."""
    for statement in _UNFEED:
        await connection.execute(statement, last)


async def _learn_again(connection: Connection) -> None:
    """Have what earlier events said learned from the first one on: what came of those lost is not known."""
    await connection.execute("DELETE FROM remembered")
    await connection.execute("UPDATE progress SET (remembered, chain) = (0, $1)", START.chain)


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
