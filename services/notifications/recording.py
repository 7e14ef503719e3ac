"""What writes a batch, alerts alone, or what a feed is brought: a statement each, so all of it happens or nothing."""

from typing import Final

from services.notifications.mail.recipients import EMAIL

CHANNEL: Final = "moiety_inbox"
FEED_CHANNEL: Final = "moiety_feed"
MAIL_CHANNEL: Final = "moiety_mail"

# Numbers are given per recipient under the lock of its inbox row, in the order in which `new` has them; rows are locked
# in the order of their recipients, so that two writers could not wait for each other.
_INTO_INBOXES: Final = """
    numbered AS (
        INSERT INTO inbox (recipient, last_sequence)
        SELECT recipient, count(*) FROM new GROUP BY recipient ORDER BY recipient
        ON CONFLICT (recipient) DO UPDATE SET last_sequence = inbox.last_sequence + excluded.last_sequence
        RETURNING recipient, last_sequence
    ), alerted AS (
        INSERT INTO alert (
            recipient, sequence,
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at, needs_you
        )
        SELECT
            recipient, last_sequence + 1 - row_number() OVER (PARTITION BY recipient ORDER BY place DESC),
            id, event_id, channel, position, type, class, agreement, subject, link, due_on, recorded_at, needs_you
        FROM new JOIN numbered USING (recipient)
        RETURNING id, recipient, sequence, position, subject
    )
"""
_ABOUT_WHAT_IT_NAMES: Final = """
    SELECT recipient, substr(subject, length('invention:') + 1), sequence FROM alerted
    WHERE starts_with(subject, 'invention:')
"""


def _noted(first: int) -> str:
    """Return what notes of alerts just written to whom they are sent, whose three parameters begin with a number.

    What was noted before stays as it is: whoever writes all of this anew sends to nobody a second time.
    """
    return f"""
    noted AS (
        INSERT INTO delivery (alert, person, channel, message_id)
        SELECT alert, person, '{EMAIL}', message_id FROM alerted JOIN unnest(
            ${first}::text[], ${first + 1}::text[], ${first + 2}::text[]
        ) AS sent (alert, person, message_id) ON alert = alerted.id
        ON CONFLICT DO NOTHING
        RETURNING alert
    )
    """  # noqa: S608  # put together from constants


def _into_feeds(first: int) -> str:
    """Return what puts rows in feeds and moves their heads, whose eight parameters begin with a number."""
    party, number, position, came_with, chain, *head = (f"${first + place}" for place in range(8))
    return f"""
    entries AS (
        INSERT INTO feed_entry (party, number, position, came_with, chain)
        SELECT row.* FROM moved CROSS JOIN unnest(
            {party}::text[], {number}::bigint[], {position}::bigint[], {came_with}::bigint[], {chain}::bytea[]
        ) AS row
    ), heads AS (
        INSERT INTO feed (party, number, chain)
        SELECT head.* FROM moved
        CROSS JOIN unnest({head[0]}::text[], {head[1]}::bigint[], {head[2]}::bytea[]) AS head (party, number, chain)
        ORDER BY head.party
        ON CONFLICT (party) DO UPDATE SET number = excluded.number, chain = excluded.chain
        RETURNING party
    )
    """  # noqa: S608  # put together from constants


# Everything hangs on `moved`: where the progress is not the one this batch follows, nothing is written at all.
RECORD: Final = f"""
    WITH moved AS (
        UPDATE progress SET
            position = greatest(position, $3), remembered = $3, fed = greatest(fed, $3), chain = $23
        WHERE (position, remembered) = ($1, $2) RETURNING position
    ), new AS (
        SELECT alert.* FROM moved CROSS JOIN unnest(
            $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::date[], $15::timestamptz[], $16::boolean[]
        ) WITH ORDINALITY AS alert (
            id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
            needs_you, place
        )
    ), {_INTO_INBOXES}, learned AS (
        INSERT INTO remembered (name, state)
        SELECT name, state::jsonb FROM moved CROSS JOIN unnest($17::text[], $18::text[]) AS learned (name, state)
        ON CONFLICT (name) DO UPDATE SET state = excluded.state
    ), quarantined AS (
        INSERT INTO quarantine (position, subject, body, reason)
        SELECT malformed.* FROM moved
        CROSS JOIN unnest($19::bigint[], $20::text[], $21::bytea[], $22::text[]) AS malformed
    ), taken_up AS (
        UPDATE quarantine SET alerted_at = now() FROM moved WHERE quarantine.position = ANY ($38::bigint[])
    ), kept AS (
        INSERT INTO published (position, subject, body, leaf)
        SELECT event.* FROM moved
        CROSS JOIN unnest($24::bigint[], $25::text[], $26::bytea[], $27::bytea[]) AS event
    ), kept_around AS (
        INSERT INTO published_around (circle, position)
        SELECT each.* FROM moved CROSS JOIN unnest($28::text[], $29::bigint[]) AS each
    ), about AS (
        INSERT INTO alert_asset (recipient, asset, sequence)
        SELECT recipient, substr(circle, length('invention:') + 1), sequence
        FROM alerted JOIN unnest($28::text[], $29::bigint[]) AS each (circle, position) USING (position)
        WHERE starts_with(circle, 'invention:')
        UNION {_ABOUT_WHAT_IT_NAMES}
    ), {_into_feeds(30)}, {_noted(39)}, asked AS (
        INSERT INTO contributor_letter (
            event_id, agreement, contribution, content_hash, recorded_by_party, person, corrected, recorded_at
        )
        SELECT asking.* FROM moved CROSS JOIN unnest(
            $42::text[], $43::text[], $44::text[], $45::text[], $46::text[], $47::text[], $48::boolean[],
            $49::timestamptz[]
        ) AS asking
        ON CONFLICT DO NOTHING
        RETURNING event_id
    )
    SELECT
        position,
        (SELECT count(pg_notify('{CHANNEL}', recipient)) FROM numbered),
        (SELECT count(pg_notify('{MAIL_CHANNEL}', '')) FROM noted),
        (SELECT count(pg_notify('{MAIL_CHANNEL}', '')) FROM asked),
        (SELECT count(pg_notify('{FEED_CHANNEL}', party)) FROM heads)
    FROM moved
"""  # noqa: S608  # put together from constants

# In pieces, each in a transaction of its own: what is written already is not missing when this begins again.
BRING: Final = f"""
    WITH moved AS (SELECT), {_into_feeds(1)}
    SELECT count(pg_notify('{FEED_CHANNEL}', party)) FROM heads
"""  # noqa: S608  # put together from constants

# What is in an inbox already is left out before it could take a number, which no inbox may skip.
ADD: Final = f"""
    WITH new AS (
        SELECT alert.* FROM unnest(
            $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::date[], $12::timestamptz[], $13::boolean[]
        ) WITH ORDINALITY AS alert (
            id, event_id, recipient, channel, position, type, class, agreement, subject, link, due_on, recorded_at,
            needs_you, place
        )
        WHERE NOT EXISTS (SELECT FROM alert AS there WHERE there.id = alert.id)
    ), {_INTO_INBOXES}, about AS (
        INSERT INTO alert_asset (recipient, asset, sequence) {_ABOUT_WHAT_IT_NAMES}
    ), {_noted(14)}
    SELECT
        array(SELECT id FROM alerted) AS ids,
        (SELECT count(pg_notify('{CHANNEL}', recipient)) FROM numbered),
        (SELECT count(pg_notify('{MAIL_CHANNEL}', '')) FROM noted)
"""  # noqa: S608  # put together from constants
