"""Proof of notice, as whoever delivers says it of what a desk has recorded."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.agreements.notices import handling
from services.agreements.notices.decisions import Acknowledged, Delivered, RecordNotice
from shared.canonical import sha256_text
from shared.log.envelope import decode
from shared.log.handle import Work
from tests.agreements.controls import DIGEST, TODAY
from tests.agreements.desk import Desk

AN_INSTANT = datetime(2025, 6, 1, 3, 59, tzinfo=UTC)


def delivered(party: str = "ATRC", **changed: Any) -> Delivered:
    given = {"channel": "INBOX", "sent_hash": DIGEST, "delivered_at": AN_INSTANT}
    return Delivered(party=party, **{**given, **changed})


def acknowledged(party: str = "ATRC", **changed: Any) -> Acknowledged:
    return Acknowledged(party=party, **{"person": f"{party}-REP", "acknowledged_at": AN_INSTANT, **changed})


async def of_last(
    desk: Desk, stream: str, *said: Delivered | Acknowledged, today: date = TODAY, **changed: Any
) -> Work:
    """Give the work of proving notice of what happened last in a stream."""
    entries = [entry for entry in await desk.store.read_log(after=0, limit=10_000) if entry.originator_id == stream]
    event = entries[-1]
    named = {"event": decode(event.state).id, "position": event.id, "event_hash": sha256_text(event.state)}
    command = RecordNotice(
        today=today,
        delivered=tuple(each for each in said if isinstance(each, Delivered)),
        acknowledged=tuple(each for each in said if isinstance(each, Acknowledged)),
        **{**named, **changed},
    )
    return partial(handling.record, command=command)


async def proven(desk: Desk, stream: str, *said: Delivered | Acknowledged, today: date = TODAY) -> None:
    """Have it proven on a day; delivered to ATRC's inbox, unless something else is said."""
    work = await of_last(desk, stream, *(said or (delivered(),)), today=today)
    desk.now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    await desk.does(work)
