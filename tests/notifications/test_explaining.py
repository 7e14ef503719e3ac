"""Why there is an alert, in words: the rule, the reason, and what came of it on every way that it or its event went."""

import asyncio
from datetime import date
from functools import partial

import pytest
from click.testing import CliRunner

from services.cli.main import program
from services.notifications.alarms.model import Alarm, alerts_of
from services.notifications.consumer import Alerting
from services.notifications.errors import NothingToExplain
from services.notifications.escalations.escalating import Escalating
from services.notifications.escalations.model import TYPE, TYPE_BY_ANOTHER
from services.notifications.inbox.store import Inbox
from services.notifications.looking import Today
from services.notifications.reminders.model import Deadline, reminders_of
from services.notifications.store import ESCALATION_LOCK, sole_writer
from shared.database import Database, Pool
from shared.testing import MigratedDatabase
from tests.notifications.controls import (
    RECORDED_AT,
    activated,
    adopted,
    contribution_recorded,
    drafted,
    published,
    said,
    terms_drafted,
)

EVENTS = [
    *(said(drafted()), said(terms_drafted()), said(activated())),
    said(contribution_recorded(), stream="contribution:CTB-1"),
    said(adopted({"ATRC": "1/2", "HUT": "1/2"}), stream="invention:INV-1"),
]


async def immediately(now: Today) -> Today:
    return now


_WEBHOOK = """
    INSERT INTO webhook (id, party, name, url, types, agreements, payload, ordered, state, reached)
    VALUES ($1, 'ATRC', $2, 'https://atrc.example', '{}', '{}', 'FULL', false, 'ACTIVE', $3)
"""
_ATTEMPT = """
    INSERT INTO webhook_attempt (webhook, number, attempt, outcome, status, milliseconds, answer)
    VALUES ('whk-1', $1, $2, $3, $4, 12, '')
"""
_LETTER = """
    INSERT INTO delivery (alert, person, channel, message_id, attempts, outcome, status, sent_hash, settled_at)
    VALUES ($1, $2, 'email', $2, $3, $4, $5, $6, CASE WHEN $4::text IS NOT NULL THEN now() END)
"""


@pytest.fixture
async def told(alerting: Alerting) -> None:
    await alerting.take(published(EVENTS))


async def explained(database: MigratedDatabase, alert: str) -> str:
    environment = {"MOIETY_DATABASE_URL": database.owner_dsn, "MOIETY_DATABASE_PASSWORD": database.owner_password or ""}

    def run() -> str:
        command = ["alerts", "explain", alert]
        ran = CliRunner().invoke(program, command, env=environment, catch_exceptions=False)
        assert 0 == ran.exit_code, ran.output
        return ran.output

    return await asyncio.to_thread(run)


async def alert_of(inbox: Inbox, party: str, position: int) -> str:
    return next(each.id for each in await inbox.after(party, 0, limit=100) if each.position == position)


@pytest.mark.usefixtures("told")
async def test_the_rule_the_reason_and_the_day_are_said(inbox: Inbox, notifications_database: MigratedDatabase):
    """Of whoever is asked, of whoever has a receipt alone, and of what has weight in law."""
    asked = await explained(notifications_database, await alert_of(inbox, "ATRC", 4))
    receipt = await explained(notifications_database, await alert_of(inbox, "HUT", 4))
    critical = await explained(notifications_database, await alert_of(inbox, "HUT", 5))

    assert "to ATRC, of agreements.ContributionRecorded.v1 about contribution:CTB-1, at position 4" in asked
    assert "the rule: action, to `attesting_parties`" in asked
    assert "told as one of: `attesting_parties`" in asked
    assert "it waited for ATRC, as one of:" in asked
    assert "told as a receipt" in receipt
    assert "as legal-critical" in critical
    assert "nobody has acknowledged it, which it asks for" in critical


async def test_what_weighs_in_law_by_its_days_says_by_which(
    inbox: Inbox, alerting: Alerting, notifications_database: MigratedDatabase
):
    """An action that a clock begins with is legal-critical, and has no day before there is notice."""
    asking = contribution_recorded(deemed_on=None, deemed_after=30)
    await alerting.take(published([*EVENTS[:3], said(asking, stream="contribution:CTB-1")]))

    words = await explained(notifications_database, await alert_of(inbox, "ATRC", 4))

    assert "legal-critical where it says `deemed_after`" in words
    assert "as legal-critical" in words


@pytest.mark.usefixtures("told")
async def test_each_letter_and_whether_notice_is_proven_are_said(
    inbox: Inbox, owner: Pool, notifications_database: MigratedDatabase
):
    """Sent, refused or still to be sent; owed, refused or recorded."""
    alert = await alert_of(inbox, "ATRC", 5)
    await owner.fetch(_LETTER, alert, "ann", 1, "SENT", 250, b"1" * 32)
    await owner.fetch(_LETTER, alert, "bob", 2, "BOUNCED", 550, None)
    await owner.fetch(_LETTER, alert, "cem", 3, None, None, None)
    owed = await explained(notifications_database, alert)
    await owner.fetch("UPDATE proof SET refused = 'NOTICED_EVENT_NOT_FOUND', attempts = 4 WHERE alert = $1", alert)
    refused = await explained(notifications_database, alert)
    await owner.fetch("UPDATE proof SET proven_at = now() WHERE alert = $1", alert)
    proven = await explained(notifications_database, alert)
    await owner.fetch("UPDATE proof SET refused = 'RECORDED_OTHERWISE' WHERE alert = $1", alert)
    otherwise = await explained(notifications_database, alert)

    assert "letter to ann: SENT at " in owed
    assert "tried 2 times, where the server said 550" in owed
    assert "letter to cem: to be sent at " in owed
    assert "proof of notice, that it is in the inbox: owed since" in owed
    assert "refused 4 times, last as NOTICED_EVENT_NOT_FOUND" in refused
    assert "proof of notice, that it is in the inbox: recorded at" in proven
    assert "proof of notice, that it is in the inbox: other content was proven before, which counts" in otherwise


@pytest.mark.usefixtures("told")
async def test_a_reminder_says_what_it_is(inbox: Inbox, alerting: Alerting, notifications_database: MigratedDatabase):
    """Whom it goes to, and of which day it reminds."""
    deadline = Deadline(
        stream="contribution:CTB-1",
        agreement="AGR-1",
        last_day=date(2024, 8, 15),
        told_at=RECORDED_AT,
        asked=("ATRC",),
        today=date(2024, 8, 14),
        as_of=RECORDED_AT,
    )
    await alerting._store.add(reminders_of([deadline], {}, position=5))
    newest = [*await inbox.after("ATRC", 0, limit=100)][-1]

    words = await explained(notifications_database, newest.id)

    assert "it reminds of a deadline, and goes to whoever is asked" in words
    assert "its last day is 2024-08-15" in words


@pytest.mark.usefixtures("told")
async def test_what_came_of_it_is_said(inbox: Inbox, owner: Pool, notifications_database: MigratedDatabase):
    """Who took note of it and put it away; of its event each attempt of a webhook, or that it has not come so far."""
    alert = await alert_of(inbox, "ATRC", 5)
    [row] = await owner.fetch("SELECT number FROM feed_entry WHERE party = 'ATRC' AND position = 5")
    number = row["number"]
    await owner.fetch(_WEBHOOK, "whk-1", "main", number)
    await owner.fetch(_WEBHOOK, "whk-2", "slow", number - 1)
    await owner.fetch(_ATTEMPT, number, 1, "REFUSED", 500)
    await owner.fetch(_ATTEMPT, number, 2, "DELIVERED", 204)
    await inbox.acknowledge("ATRC", alert, by="atrc-1")
    await inbox.archive("ATRC", alert, by="atrc-2")

    words = await explained(notifications_database, alert)

    assert "acknowledged at" in words
    assert "by atrc-1" in words
    assert "by atrc-2" in words
    assert f"number {number} in its feed" in words
    assert "webhook main, attempt 1: REFUSED 500 at" in words
    assert "webhook main, attempt 2: DELIVERED 204 at" in words
    assert "webhook slow: not come so far, ACTIVE" in words


@pytest.mark.usefixtures("told")
async def test_whom_it_was_told_that_nobody_acknowledged_it_is_said(
    inbox: Inbox, database: Database, notifications_database: MigratedDatabase
):
    """And on which day it will be told whom, while nobody does; of what tells it, why it is there."""
    alert = await alert_of(inbox, "ATRC", 5)
    await inbox.acknowledge("HUT", await alert_of(inbox, "HUT", 5), by="HUT-1")
    words = [await explained(notifications_database, alert)]
    async with sole_writer(database, lock=ESCALATION_LOCK) as store:
        for day in (16, 23, 30):
            await Escalating(store, partial(immediately, Today(date(2024, 7, day), RECORDED_AT))).look()
            words.append(await explained(notifications_database, alert))

    assert "told on" not in words[0]
    assert "unless somebody acknowledges it, others of its recipient's are told on 2024-07-23" in words[1]
    assert "nobody had acknowledged it in 7 days: it was told to others who may act for its recipient" in words[2]
    assert "unless somebody acknowledges it, the other side is told on 2024-07-30" in words[2]
    assert "nor in as many more: those parties of the agreement were told that were alerted of the same" in words[3]
    assert "told on" not in words[3]
    of_own = [each for each in await inbox.after("ATRC", 0, limit=100) if each.type == TYPE][-1]
    of_others = [each for each in await inbox.after("HUT", 0, limit=100) if each.type == TYPE_BY_ANOTHER][-1]
    told = [await explained(notifications_database, each.id) for each in (of_own, of_others)]
    assert "that nobody acknowledged in the terms' days" in told[0]
    assert "another party has not acknowledged" in told[1]
    assert not any("in its feed" in each for each in told)


@pytest.mark.usefixtures("told")
async def test_what_is_of_no_event_says_so(inbox: Inbox, alerting: Alerting, notifications_database: MigratedDatabase):
    """An alarm goes to whoever was alerted of the event there; of what there is none, nothing is said."""
    alarm = Alarm(id="alarm-1", position=5, kind="TitleGapDetected", asset="INV-1", recorded_at=RECORDED_AT)
    await alerting._store.add(alerts_of(alarm, await alerting._store.told_of([5]), {}, alerted=5))
    newest = [*await inbox.after("ATRC", 0, limit=100)][-1]

    assert "it is of an alarm of the ledger's" in await explained(notifications_database, newest.id)
    with pytest.raises(NothingToExplain, match="there is no alert alr-0 in these inboxes"):
        await explained(notifications_database, "alr-0")
