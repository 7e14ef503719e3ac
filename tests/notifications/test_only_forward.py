"""What proves notice changes in one direction only, whoever has the service's own role on the database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.store import sole_writer
from shared.database import Database, Pool
from tests.notifications.controls import adopted, contribution_recorded, drafted, published, said
from tests.notifications.mail.test_recipients import appointed

LONG_AGO = datetime(2020, 2, 2, tzinfo=UTC)
_SENT = "outcome = 'SENT', settled_at = $1, sent_hash = sha256('')"
_NOTED = """
    UPDATE alert SET acknowledged_at = now(), acknowledged_by = 'hut-1' WHERE recipient = 'HUT' AND position = 5
"""
_WRITTEN = """
    INSERT INTO delivery (alert, person, channel, message_id, noted_at)
    SELECT id, 'nobody', 'email', 'made-up', $1 FROM alert LIMIT 1
"""
_SENT_AT_ONCE = """
    INSERT INTO delivery (alert, person, channel, message_id, outcome, settled_at, sent_hash)
    SELECT id, 'nobody', 'email', 'made-up', 'SENT', now(), sha256('') FROM alert LIMIT 1
"""
_ALERTED = """
    INSERT INTO alert (
        recipient, sequence, id, event_id, channel, position, type, class, agreement, subject, link, recorded_at,
        alerted_at
    )
    SELECT 'HUT', 99, 'made-up', 'made-up', channel, position, type, class, agreement, subject, link, recorded_at, $1
    FROM alert LIMIT 1
"""
_NOTED_AT_ONCE = """
    INSERT INTO alert (
        recipient, sequence, id, event_id, channel, position, type, class, agreement, subject, link, recorded_at,
        acknowledged_at, acknowledged_by
    )
    SELECT 'HUT', 99, 'made-up', 'made-up', channel, position, type, class, agreement, subject, link, recorded_at,
        now(), 'hut-1'
    FROM alert LIMIT 1
"""
_ASKED = """
    INSERT INTO contributor_letter (
        event_id, agreement, contribution, content_hash, recorded_by_party, person, corrected, recorded_at{columns}
    ) VALUES ('{event}', 'AGR-1', 'CTB-1', 'sha256:1', 'HUT', 'ann', false, now(){values})
"""
_ASKED_FIRST = _ASKED.format(event="asked", columns="", values="")
_ASKED_BEFORE = _ASKED.format(event="another", columns=", noted_at", values=", $1")
_ANSWERED_AT_ONCE = _ASKED.format(
    event="another", columns=", outcome, settled_at, sent_hash", values=", 'SENT', now(), sha256('')"
)
_PROVEN = "SELECT proven_at FROM proof WHERE proven_at IS NOT NULL"


@pytest.fixture
async def evidence(database: Database, pool: Pool) -> AsyncIterator[None]:
    """Two letters were sent, and a contributor's, one alert was taken note of, and one notice was proven."""
    async with sole_writer(database) as writer:
        alerting = Alerting(writer, ConsumerMetrics(CollectorRegistry()), writes=True)
        await alerting.resume()
        happened = [
            drafted(),
            appointed("ATRC", "ATRC-1", "ATTEST"),
            appointed("ATRC", "ATRC-2", "ATTEST"),
            contribution_recorded(deemed_after=10, contribution="CTB-1", notice_method="EMAIL"),
            adopted({"ATRC": "1/2", "HUT": "1/2"}),
        ]
        await alerting.take(published([said(each) for each in happened]))
        await pool.fetch(f"UPDATE delivery SET {_SENT} WHERE person = 'ATRC-1'", datetime.now(UTC))
        await pool.fetch(_ASKED_FIRST)
        await pool.fetch(f"UPDATE contributor_letter SET {_SENT}", datetime.now(UTC))
        await pool.fetch(_ASKED.format(event="asked later", columns="", values=""))
        await pool.fetch(_NOTED)
        await pool.fetch("UPDATE proof SET proven_at = now() WHERE position = 5 AND what = 'DELIVERED'")
        yield


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE delivery SET outcome = 'BOUNCED', sent_hash = NULL WHERE outcome = 'SENT'", "evidence"),
        ("UPDATE delivery SET sent_hash = sha256('x') WHERE outcome = 'SENT'", "evidence"),
        ("UPDATE delivery SET settled_at = '2020-02-02' WHERE outcome = 'SENT'", "evidence"),
        (
            "UPDATE delivery SET outcome = NULL, settled_at = NULL, sent_hash = NULL WHERE outcome = 'SENT'",
            "evidence",
        ),
        (_SENT_AT_ONCE, "only noted"),
        ("UPDATE contributor_letter SET outcome = 'BOUNCED', sent_hash = NULL WHERE outcome = 'SENT'", "evidence"),
        ("UPDATE contributor_letter SET settled_at = '2020-02-02' WHERE outcome = 'SENT'", "evidence"),
        ("UPDATE contributor_letter SET attempts = 9 WHERE outcome = 'SENT'", "evidence"),
        (_ANSWERED_AT_ONCE, "only noted"),
        ("UPDATE proof SET proven_at = NULL WHERE proven_at IS NOT NULL", "stays proven"),
        ("UPDATE proof SET proven_at = '2020-02-02' WHERE proven_at IS NOT NULL", "stays proven"),
        ("UPDATE proof SET refused = 'X' WHERE proven_at IS NOT NULL", "stays proven"),
        ("INSERT INTO proof (alert, what, position) SELECT id, 'MAILED', 5 FROM alert LIMIT 1", "permission denied"),
        ("UPDATE alert SET acknowledged_by = 'president' WHERE acknowledged_by IS NOT NULL", "evidence"),
        (
            "UPDATE alert SET acknowledged_at = NULL, acknowledged_by = NULL WHERE acknowledged_at IS NOT NULL",
            "evidence",
        ),
        (_NOTED_AT_ONCE, "not in an inbox yet"),
        ("UPDATE feed SET number = number - 1", "grows at its end"),
        ("UPDATE feed SET chain = sha256(chain)", "grows at its end"),
        ("UPDATE inbox SET last_sequence = last_sequence - 1", "grows at its end"),
        ("UPDATE progress SET position = position - 1", "stays alerted of"),
        ("UPDATE progress SET fed = fed - 1", "stays alerted of"),
    ],
)
async def test_what_is_evidence_stays_as_it_is(evidence: None, pool: Pool, statement: str, why: str):
    """Whoever has stolen the role makes none of it undone."""
    with pytest.raises(asyncpg.PostgresError, match=why):
        await pool.fetch(statement)


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        (
            f"UPDATE delivery SET {_SENT} WHERE person = 'ATRC-2'",
            "SELECT settled_at FROM delivery WHERE outcome = 'SENT'",
        ),
        (_WRITTEN, "SELECT noted_at FROM delivery"),
        (_ASKED_BEFORE, "SELECT noted_at FROM contributor_letter"),
        (
            f"UPDATE contributor_letter SET {_SENT} WHERE outcome IS NULL",
            "SELECT settled_at FROM contributor_letter WHERE outcome = 'SENT'",
        ),
        (
            "UPDATE alert SET acknowledged_at = $1, acknowledged_by = 'president' WHERE acknowledged_at IS NULL",
            "SELECT acknowledged_at FROM alert WHERE acknowledged_at IS NOT NULL",
        ),
        (_ALERTED, "SELECT alerted_at FROM alert"),
        ("UPDATE proof SET proven_at = $1 WHERE proven_at IS NULL", _PROVEN),
    ],
)
@pytest.mark.parametrize("said_at", [LONG_AGO, datetime(9999, 1, 1, tzinfo=UTC)], ids=["long ago", "never"])
async def test_when_something_happened_is_when_it_did(
    evidence: None, pool: Pool, statement: str, asked: str, said_at: datetime
):
    """Whatever is written: a clock begins no sooner for it, nor later."""
    await pool.fetch(statement, said_at)

    rows: list[Any] = await pool.fetch(asked)
    assert rows
    assert all(abs(datetime.now(UTC) - row[0]) < timedelta(minutes=5) for row in rows)


async def test_what_is_owed_is_put_off_an_hour_at_most(evidence: None, pool: Pool):
    """Then it is said again."""
    await pool.fetch("UPDATE proof SET not_before = 'infinity' WHERE proven_at IS NULL")

    rows = await pool.fetch("SELECT not_before FROM proof WHERE proven_at IS NULL")
    assert rows
    assert all(row[0] < datetime.now(UTC) + timedelta(hours=1, minutes=5) for row in rows)


async def test_the_owner_goes_back(evidence: None, owner: Pool):
    """Where histories part: whoever migrates is no service, and takes back what was said of what is lost."""
    for statement in (
        "UPDATE proof SET proven_at = NULL WHERE proven_at IS NOT NULL",
        "UPDATE feed SET number = number - 1",
        "UPDATE progress SET (position, fed) = (1, 1)",
    ):
        await owner.fetch(statement)

    assert [] == await owner.fetch(_PROVEN)
