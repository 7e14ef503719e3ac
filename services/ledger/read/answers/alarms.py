"""What people must look at, and what stopped the ledger."""

from typing import Final

import msgspec

from services.ledger.errors import AssetNotFound
from services.ledger.read.answers.access import check_accesses
from services.ledger.read.answers.reading import Reading, may_read, the_progress
from services.ledger.read.views import Alarm, AlarmFeed, AssetAlarm, RaisedAlarm

_ASSET_ALARMS: Final = f"""
    SELECT asset_alarm.position, asset_alarm.alarm, asset_alarm.details, (SELECT position FROM progress) AS size
    FROM asset LEFT JOIN asset_alarm ON asset_alarm.asset = asset.asset
    WHERE asset.asset = $1 AND {may_read()}
    ORDER BY asset_alarm.position, asset_alarm.number
"""  # noqa: S608  # put together from constants

_ALARMS: Final = """
    SELECT alarm.position, kind, expected, got, detected_at,
        alarm.position > coalesce(progress.position, 0) AND over_at IS NULL AS halting
    FROM alarm LEFT JOIN progress ON true
    ORDER BY alarm.position DESC, kind
"""

# One statement, so that the size is of the moment of the rows. With ties: a page never ends within a position.
_ALARM_FEED: Final = """
    WITH raised AS (
        SELECT 'alm-' || position || '-' || number AS id, position, alarm AS kind, asset, recorded_at
        FROM asset_alarm CROSS JOIN LATERAL (
            -- One by one: joined, the server may go through all entries before it knows how few alarms there are.
            SELECT recorded_at FROM entry WHERE entry.position = asset_alarm.position OFFSET 0
        ) AS entry
        WHERE position > $1
        UNION ALL
        SELECT 'alm-' || position || '-' || kind, position, kind, NULL, detected_at FROM alarm WHERE position > $1
    ), page AS (
        SELECT * FROM raised ORDER BY position FETCH FIRST ($2) ROWS WITH TIES
    )
    SELECT progress.position AS size, page.* FROM progress LEFT JOIN page ON true ORDER BY page.position, page.id
"""


async def alarms_about(reading: Reading, asset: str, *, party: str | None) -> list[AssetAlarm]:
    """Return what people must look at in an asset, in the order it was noticed; raises AssetNotFound."""
    rows = await reading.fetch(_ASSET_ALARMS, asset, party)
    if not rows:
        raise AssetNotFound(asset=asset)
    await check_accesses(reading, [asset], rows[0]["size"], party=party)
    return [
        AssetAlarm(row["position"], row["alarm"], msgspec.json.decode(row["details"]))
        for row in rows
        if row["alarm"] is not None
    ]


async def ledger_alarms(reading: Reading) -> list[Alarm]:
    """Return everything that ever stopped the ledger, the newest first."""
    return [Alarm(**dict(row)) for row in await reading.fetch(_ALARMS)]


async def alarm_feed(reading: Reading, *, after: int, limit: int) -> AlarmFeed:
    """Return what was noticed above a position, in order, and up to where nothing can be added to it."""
    rows = await reading.fetch(_ALARM_FEED, after, limit)
    with reading.noticing():
        size: int = the_progress(rows)["size"]
    raised = [
        RaisedAlarm(row["id"], row["position"], row["kind"], row["asset"], row["recorded_at"])
        for row in rows
        if row["id"] is not None
    ]
    # What halts the ledger stands above its size, and what else is noticed there is noticed when it goes on.
    return AlarmFeed(raised, final=min(raised[-1].position, size) if len(raised) >= limit else size)


async def halted(reading: Reading) -> str | None:
    """Return why the ledger does not go on, if so."""
    for alarm in await ledger_alarms(reading):
        if alarm.halting:
            return f"{alarm.kind} at position {alarm.position}: expected {alarm.expected}, got {alarm.got}"
    return None
