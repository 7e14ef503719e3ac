"""What a page of an inbox is asked for, and by which index it is found.

By class, and by what needs its party, a page is a few ranges of an index. What else may be asked for is found by the
rarest of it, and compared with the rest: so many alerts at most for one page, which then says where to go on.
"""

from typing import Final, NamedTuple, get_args

from services.notifications.rules.rule import AlertClass
from shared.positions import LAST_POSITION

MOST_LOOKED_AT: Final = 1_000

# Of each kind that is asked for the newest of all: a range of an index, however few there are of it, and however much
# was put away between them.
_NEWEST_OF_KINDS_FIRST: Final = """
    SELECT of_a_kind.*, NULL::bigint AS stopped_at
    FROM unnest($4::text[]) AS class CROSS JOIN unnest($5::boolean[]) AS needs_you
    CROSS JOIN LATERAL (
        SELECT * FROM alert
        WHERE alert.recipient = $1 AND alert.class = class.class AND alert.needs_you = needs_you.needs_you
            AND alert.sequence < $2 AND alert.archived_at IS NULL
        ORDER BY alert.sequence DESC LIMIT $3
    ) AS of_a_kind
    ORDER BY of_a_kind.sequence DESC LIMIT $3
"""
_NEWEST_UNREAD_OF_KINDS_FIRST: Final = _NEWEST_OF_KINDS_FIRST.replace(
    "AND alert.archived_at IS NULL", "AND alert.archived_at IS NULL AND alert.acknowledged_at IS NULL"
)


def foldable(alert: str) -> str:
    """Return the condition under which an alert may be folded: what has weight in law, or waits, never is."""
    return f"""
        {alert}.class IN ('info', 'reminder') AND NOT {alert}.needs_you
        AND {alert}.acknowledged_at IS NULL AND {alert}.archived_at IS NULL
    """


def _looking(found: str) -> str:
    """Return what looks through alerts that are found by one thing for those that are all else that is asked for."""
    return f"""
    WITH looked_at AS MATERIALIZED (
        SELECT alert.* FROM {found} ORDER BY sequence DESC LIMIT {MOST_LOOKED_AT}
    ), found AS (
        SELECT * FROM looked_at
        WHERE (archived_at IS NOT NULL) = $5
            AND (NOT $6::boolean OR acknowledged_at IS NULL)
            AND ($7::text IS NULL OR class = $7)
            AND ($8::boolean IS NULL OR needs_you = $8)
            AND ($9::text IS NULL OR agreement = $9)
            AND ($10::text IS NULL OR subject = $10)
            AND ($11::text IS NULL OR type = $11)
            AND ($12::boolean IS NULL OR $12 = EXISTS (
                SELECT FROM alert_read WHERE recipient = $1 AND reader = $13
                    AND alert_read.sequence = looked_at.sequence
            ))
            AND NOT ($14::boolean AND {foldable("looked_at")} AND EXISTS (
                SELECT FROM alert AS later
                WHERE later.subject = looked_at.subject AND later.type = looked_at.type AND later.recipient = $1
                    AND later.sequence > looked_at.sequence AND {foldable("later")}
            ))
        ORDER BY sequence DESC LIMIT $4
    )
    SELECT found.*, stopped_at
    FROM (SELECT CASE count(*) WHEN {MOST_LOOKED_AT} THEN min(sequence) END AS stopped_at FROM looked_at) AS looked
    LEFT JOIN found ON true ORDER BY found.sequence DESC
    """  # noqa: S608  # put together from constants


_ABOUT_AN_ASSET: Final = _looking(
    """alert_asset JOIN alert USING (recipient, sequence)
        WHERE alert_asset.recipient = $1 AND alert_asset.asset = $3 AND alert_asset.sequence < $2"""
)
_PUT_AWAY: Final = _looking(
    "alert WHERE recipient = $1 AND sequence < $2 AND archived_at IS NOT NULL AND $3::text IS NULL"
)
_ABOUT: Final = _looking("alert WHERE recipient = $1 AND subject = $3 AND sequence < $2 AND archived_at IS NULL")
_IN_AN_AGREEMENT: Final = _looking(
    "alert WHERE recipient = $1 AND agreement = $3 AND sequence < $2 AND archived_at IS NULL"
)
_OF_A_TYPE: Final = _looking("alert WHERE recipient = $1 AND type = $3 AND sequence < $2 AND archived_at IS NULL")
_ANY: Final = _looking("alert WHERE recipient = $1 AND sequence < $2 AND $3::text IS NULL")

# Above every number that a bigint can hold but itself: a page without a beginning starts at the newest.
_NEWEST: Final = LAST_POSITION


class Wanted(NamedTuple):
    """What is asked for; None for whatever there is."""

    unread: bool = False
    class_: AlertClass | None = None
    needs_you: bool | None = None
    agreement: str | None = None
    asset: str | None = None
    subject: str | None = None
    type: str | None = None
    read: bool | None = None
    archived: bool = False
    folded: bool = False


class Question(NamedTuple):
    """A statement and what it is asked with."""

    statement: str
    arguments: tuple[object, ...]


def question_of(wanted: Wanted, party: str, reader: str, *, before: int | None, limit: int) -> Question:
    """Return what to ask for the newest alerts of a party that are wanted, below a number."""
    start = (party, before or _NEWEST)
    if wanted == Wanted(wanted.unread, wanted.class_, wanted.needs_you):
        statement = _NEWEST_UNREAD_OF_KINDS_FIRST if wanted.unread else _NEWEST_OF_KINDS_FIRST
        classes = get_args(AlertClass) if wanted.class_ is None else (wanted.class_,)
        needing = (False, True) if wanted.needs_you is None else (wanted.needs_you,)
        return Question(statement, (*start, limit, list(classes), list(needing)))
    statement, by = _found_by(wanted)
    compared = (wanted.archived, wanted.unread, wanted.class_, wanted.needs_you, wanted.agreement, wanted.subject)
    return Question(statement, (*start, by, limit, *compared, wanted.type, wanted.read, reader, wanted.folded))


def _found_by(wanted: Wanted) -> tuple[str, str | None]:
    """Return by which statement it is found, and by what: what few alerts have in common goes first."""
    if wanted.asset is not None:
        return _ABOUT_AN_ASSET, wanted.asset
    if wanted.archived:
        return _PUT_AWAY, None
    found = ((_ABOUT, wanted.subject), (_IN_AN_AGREEMENT, wanted.agreement), (_OF_A_TYPE, wanted.type))
    return next(((statement, by) for statement, by in found if by is not None), (_ANY, None))
