"""Proof of notice, as whoever delivers says it of what a desk has recorded."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.agreements.disputes.model import Dispute
from services.agreements.notices import handling
from services.agreements.notices.decisions import Acknowledged, Delivered, RecordNotice
from services.agreements.scheduler.registry import Advancing
from shared.calendar import legal_day
from shared.canonical import sha256_text
from shared.log.envelope import decode
from shared.log.handle import Reader, Work
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
    event = decode((await desk.store.read_stream(stream))[-1].state).id
    return await of_event(desk, event, *said, today=today, **changed)


async def of_event(
    desk: Desk, event_id: str, *said: Delivered | Acknowledged, today: date = TODAY, **changed: Any
) -> Work:
    """Give the work of proving notice of an event."""
    log = await desk.store.read_log(after=0, limit=10_000)
    [event] = [entry for entry in log if decode(entry.state).id == event_id]
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


async def given_of(desk: Desk, advancing: Advancing, name: str) -> None:
    """Have it proven that everybody is on notice of whatever silence about a thing waits for, if there is any."""
    state = (await desk.handler.load(advancing.aggregate, advancing.aggregate.stream(name))).state
    if state is None:
        return
    state = await advancing.on_notice(Reader(desk.handler, trusting=False), state)
    waiting: list[Any] = [getattr(state, "open", state), getattr(state, "retirement", None)]
    for each in waiting:
        if each is not None and each.silence is not None:
            said = _to_whom(each)
            await desk.does(await of_event(desk, each.silence.event, *said, today=legal_day(desk.now)))


def _to_whom(waiting: Any) -> list[Delivered]:
    # What one side laid down does not take an inbox for notice.
    if isinstance(waiting, Dispute):
        return [delivered(party, channel="EMAIL") for party in waiting.pending.missing] if waiting.pending else []
    return [delivered(party) for party in getattr(waiting, "silent", ()) or waiting.notice_to]


async def transfer_noticed(desk: Desk) -> Work:
    """Give the work of proving that ATRC is on notice of a transfer."""
    return await of_last(desk, "transfer:XFR", delivered())
