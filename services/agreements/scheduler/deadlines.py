"""What is coming that time alone will do, as whoever reminds of it reads it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from services.agreements.contracts.model import AGREEMENT
from services.agreements.inventions.model import INVENTION
from services.agreements.tasks.asking import Around
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.handling import ON_NOTICE
from shared.database import Pool, reaching
from shared.errors import NotFound
from shared.log.latest import Latest
from shared.log.store import LogUnavailable

_DAY: Final = timedelta(days=1)

# Of each thing: what was last recorded of it, and who is asked something about it since when.
_COMING: Final = """
    SELECT due.stream, last.agreement, due.due_on, convert_from(last.body, 'UTF8')::jsonb ->> 'time' AS told_at,
        ARRAY (SELECT task.party FROM task WHERE task.stream = due.stream GROUP BY party ORDER BY party) AS asked
    FROM due CROSS JOIN LATERAL (
        SELECT event.agreement, event.body FROM event WHERE event.stream = due.stream
        ORDER BY event.version DESC LIMIT 1
    ) AS last
    WHERE (due.due_on, due.stream) > ($1, $2) AND due.due_on <= $3
    ORDER BY due.due_on, due.stream LIMIT $4
"""

# What is announced: whoever is asked about it has until the notice is over, and then time does nothing to it.
_ANNOUNCED: Final = """
    SELECT open.stream, last.agreement, convert_from(last.body, 'UTF8')::jsonb ->> 'time' AS told_at
    FROM (
        SELECT DISTINCT stream FROM task
        WHERE name IN ('CONSENT_TO_LICENCE', 'CONSENT_TO_TRANSFER') AND stream > $1 ORDER BY stream LIMIT $2
    ) AS open CROSS JOIN LATERAL (
        SELECT event.agreement, event.body FROM event WHERE event.stream = open.stream
        ORDER BY event.version DESC LIMIT 1
    ) AS last
    ORDER BY open.stream
"""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """That time will do something to a thing once a day is over, unless something else happens first.

    `told_at` is when something was last recorded of the thing: by that its parties know of the day. `asked` are those
    of whom something is still asked about it.
    """

    stream: str
    agreement: str
    last_day: date
    told_at: datetime
    asked: tuple[str, ...]


class Announced(NamedTuple):
    """Something about which somebody is asked until a notice is over, and when something was last recorded of it."""

    stream: str
    agreement: str
    told_at: datetime


class Coming(NamedTuple):
    """Where a page of deadlines begins: after a day on which time acts, and a stream."""

    day: date
    stream: str


class DeadlineList:
    """The list of what is due, as it is read by day."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def coming(self, after: Coming, *, until: date, limit: int) -> Sequence[Deadline]:
        """Return what time will do after `after`, the last day before it by `until`; raises LogUnavailable."""
        with reaching(LogUnavailable):
            rows = await self._pool.fetch(_COMING, after.day, after.stream, until + _DAY, limit)
        return [
            Deadline(
                stream=row["stream"],
                agreement=row["agreement"],
                last_day=row["due_on"] - _DAY,
                told_at=datetime.fromisoformat(row["told_at"]),
                asked=tuple(row["asked"]),
            )
            for row in rows
        ]

    async def announced(self, after: str, *, limit: int) -> Sequence[Announced]:
        """Return the next things, by their names, that may be done after a notice; raises LogUnavailable."""
        with reaching(LogUnavailable):
            rows = await self._pool.fetch(_ANNOUNCED, after, limit)
        return [Announced(row["stream"], row["agreement"], datetime.fromisoformat(row["told_at"])) for row in rows]


async def end_of_notice(latest: Latest, announced: Announced) -> Deadline | None:
    """Return until when whoever is asked about something has notice of it, by the terms that stand; None for never."""
    entity, _, identifier = announced.stream.partition(":")
    if (waiting := WAITING_FOR.get(entity)) is None:
        return None
    try:
        state: Any = await latest(waiting.aggregate, identifier)
        if (on_notice := ON_NOTICE.get(entity)) is not None:
            state = await on_notice(latest, state)
        assets = [await latest(INVENTION, asset) for asset in dict.fromkeys(waiting.assets(state))]
        around = Around(assets, (await latest(AGREEMENT, announced.agreement)).standing.terms)
    except NotFound:  # a row that somebody put there
        return None
    asks = [ask for awaited in waiting.awaited for ask in awaited.asks(state, around) if ask.silence == "PASSES"]
    last_day = min((ask.due_on for ask in asks if ask.due_on is not None), default=None)
    if last_day is None:
        return None
    asked = tuple(sorted({ask.party for ask in asks}))
    return Deadline(
        stream=announced.stream,
        agreement=announced.agreement,
        last_day=last_day,
        told_at=announced.told_at,
        asked=asked,
    )
