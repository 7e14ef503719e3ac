"""What is coming that time alone will do, as whoever reminds of it reads it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from shared.database import Pool, reaching
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
