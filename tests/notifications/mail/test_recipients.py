"""To whom alerts are written: by their powers, on that day, once, and only where mail is sent at all."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from services.notifications.alerts import Alert
from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.mail.recipients import ASKS_FOR, is_written, message_id, written_to
from services.notifications.remembered import Representation, Representatives
from services.notifications.reminders.model import TYPE as DEADLINE_NEAR
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule
from services.notifications.store import sole_writer
from shared.database import Database, Pool
from shared.events.contribution import ContributionRecorded
from shared.events.party import Power, RepresentativeAppointed, RepresentativeRevoked
from shared.events.values import Period
from tests.bus.known_log import KnownLog
from tests.notifications.controls import adopted, contribution_recorded, drafted, published, said
from tests.notifications.letters.controls import ALERT

DAY = date(2024, 7, 16)
OPEN = Period(start=date(2024, 1, 1))
SHARES = {"ATRC": "37/72", "HUT": "35/72"}


def alert(**changed: Any) -> Alert:
    return msgspec.structs.replace(ALERT, **changed)


def representatives(**powers: tuple[Power, ...]) -> Representatives:
    return Representatives(people={name: Representation(powers=each, period=OPEN) for name, each in powers.items()})


BOTH = representatives(attests=("ATTEST", "SIGN"), signs=("SIGN",))


# -- by their powers ---------------------------------------------------------------------------------------------------


def test_what_asks_for_something_goes_to_those_who_may_do_it():
    """A contribution waits for an attestation: whoever may only sign has nothing to do with it."""
    assert ("attests",) == written_to(alert(type=ContributionRecorded.TYPE, needs_you=True), BOTH, DAY)


def test_a_reminder_goes_to_those_who_may_do_something_about_the_thing():
    """It does not say what of it: whoever may only keep a party's people has nothing to do with any."""
    named = representatives(attests=("ATTEST",), consents=("CONSENT",), keeps=("PERSONNEL",))
    near = {"type": DEADLINE_NEAR, "class_": "reminder", "needs_you": True}

    assert ("attests", "consents") == written_to(alert(**near, subject="invention:INV"), named, DAY)
    assert ("consents",) == written_to(alert(**near, subject="transfer:XFR"), named, DAY)
    assert ("attests", "consents", "keeps") == written_to(alert(**near, subject="project:PRJ"), named, DAY)
    asked_of_others = alert(**{**near, "needs_you": False}, subject="transfer:XFR")
    assert ("attests", "consents", "keeps") == written_to(asked_of_others, named, DAY)


def test_where_nobody_may_do_it_everybody_learns_of_it():
    """A party that named nobody for an act would otherwise miss its day."""
    asked = alert(type=ContributionRecorded.TYPE, needs_you=True)

    assert ("first", "second") == written_to(asked, representatives(second=("SIGN",), first=("DISPUTE",)), DAY)


def test_what_asks_for_nothing_goes_to_everybody_who_may_act():
    """Whatever decides who owns what concerns all of them."""
    critical = alert(class_="legal-critical", needs_you=False)

    assert ("attests", "signs") == written_to(critical, BOTH, DAY)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2024, 2, 28), ()), (date(2024, 3, 1), ("now",)), (date(2024, 3, 31), ("now",)), (date(2024, 4, 1), ())],
)
def test_the_day_counts(day: date, expected: tuple[str, ...]):
    """Whoever may act later, or might before, is written nothing."""
    period = Period(start=date(2024, 3, 1), end=date(2024, 4, 1))
    named = Representatives(people={"now": Representation(powers=("ATTEST",), period=period)})

    assert expected == written_to(alert(needs_you=True), named, day)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"class_": "info", "needs_you": False}, False),
        ({"class_": "action", "needs_you": False}, False),
        ({"class_": "action", "needs_you": True}, True),
        ({"class_": "info", "needs_you": True}, True),
        ({"class_": "reminder", "needs_you": False}, True),
        ({"class_": "legal-critical", "needs_you": False}, True),
    ],
    ids=str,
)
def test_what_only_informs_waits_in_the_inbox(changed: dict[str, Any], expected: bool):  # noqa: FBT001
    """Nobody who is written about everything reads anything."""
    assert expected == is_written(alert(**changed))


def test_of_everything_that_waits_for_somebody_it_is_said_who_may_do_it():
    """A rule by which a party is asked has its power here, or none on purpose, and nothing else has."""
    asking = {event for event, rule in RULES.items() if isinstance(rule, Rule) and rule.awaits}

    assert asking == ASKS_FOR.keys()


def test_a_message_has_one_id_that_says_nothing():
    """The same whoever makes it; another for everybody else, and for every other alert."""
    ids = {message_id(alert, person) for alert in ("alr-1", "alr-2") for person in ("HUT-REP", "ATRC-REP")}

    assert (4, True) == (len(ids), all(len(each) == 64 and each.isalnum() for each in ids))
    assert message_id("alr-1", "HUT-REP") == message_id("alr-1", "HUT-REP")


# -- noted with the alert ----------------------------------------------------------------------------------------------


def appointed(party: str, person: str, *powers: Power) -> RepresentativeAppointed:
    return RepresentativeAppointed(party=party, person=person, powers=powers, period=OPEN, appointed_by="OPERATOR")


def history() -> list[Any]:
    """Who may act for HUT and for ATRC, a contribution that HUT records, and shares; HUT's signatory leaves before."""
    events = [
        appointed("HUT", "HUT-SIGNS", "SIGN"),
        appointed("HUT", "HUT-ATTESTS", "ATTEST"),
        appointed("ATRC", "ATRC-SIGNS", "SIGN"),
        appointed("ATRC", "ATRC-ATTESTS", "ATTEST"),
        drafted(),
        contribution_recorded(),
        RepresentativeRevoked(party="HUT", person="HUT-SIGNS", to=date(2024, 7, 1), revoked_by="OPERATOR"),
        adopted(SHARES),
    ]
    return published([said(event) for event in events])


EXPECTED = [
    (6, "ATRC-ATTESTS"),
    (8, "ATRC-ATTESTS"),
    (8, "ATRC-SIGNS"),
    (8, "HUT-ATTESTS"),
]
_NOTED = "SELECT position, person FROM delivery JOIN alert ON alert = alert.id ORDER BY position, person"


async def noted(pool: Pool) -> list[Any]:
    return [tuple(row) for row in await pool.fetch(_NOTED)]


@pytest.mark.parametrize("at_once", [1, 2, 3, 8])
async def test_it_is_noted_with_the_alert_to_whom_it_is_sent(
    database: Database, pool: Pool, metrics: ConsumerMetrics, at_once: int
):
    """In batches of any size, and whether those who may act were named before or within one."""
    messages = history()
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, writes=True)
        await alerting.resume()
        for first in range(0, len(messages), at_once):
            await alerting.take(messages[first : first + at_once])

    assert EXPECTED == await noted(pool)


async def test_where_no_mail_is_sent_nothing_is_noted(alerting: Alerting, pool: Pool):
    """And nothing of before is sent once it is."""
    await alerting.take(history())

    assert [] == await noted(pool)


async def test_what_is_learned_anew_is_sent_to_nobody_again(
    database: Database, pool: Pool, owner: Pool, metrics: ConsumerMetrics
):
    """A release that remembers otherwise reads the log from the beginning, and so does a rebuild."""
    messages = history()
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, writes=True)
        await alerting.resume()
        await alerting.take(messages)
        sent = datetime(2024, 8, 1, tzinfo=UTC)
        await owner.fetch("UPDATE delivery SET outcome = 'SENT', settled_at = $1, sent_hash = $2", sent, bytes(32))
        await owner.fetch("DELETE FROM remembered")
        await owner.fetch("UPDATE progress SET remembered = 0")
        await alerting.resume()
        await alerting.take(messages)

    assert EXPECTED == await noted(pool)
    assert [] == await pool.fetch("SELECT FROM delivery WHERE outcome IS NULL")


@pytest.mark.parametrize("begun_after", [0, 6, 8])
async def test_of_what_the_log_held_before_inboxes_began_nobody_is_written_to(
    database: Database, pool: Pool, owner: Pool, metrics: ConsumerMetrics, begun_after: int
):
    """Made anew, they do not know what was sent, nor who took note: only what comes afterwards goes to people."""
    messages = history()
    log = KnownLog(held := list(messages[:begun_after]))
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, writes=True, asks=True)
        await alerting.resume_in(log)
        held += messages[begun_after:]
        await alerting.take(messages[:7])
        await alerting.resume_in(log)
        await alerting.take(messages)

    assert [each for each in EXPECTED if each[0] > begun_after] == await noted(pool)
    assert (6 > begun_after) == bool(await owner.fetch("SELECT FROM contributor_letter"))
    unacknowledged = await owner.fetch("SELECT position FROM escalation JOIN alert ON alert = alert.id")
    assert {row["position"] for row in unacknowledged} == {each for each in (8,) if each > begun_after}


async def test_what_the_ledger_notices_is_sent_too_and_once(database: Database, pool: Pool, metrics: ConsumerMetrics):
    """Its alarms are looked at anew by every process that begins: of what was alerted of before nothing is noted."""
    before, after = alert(id="alr-before", event_id="alm-1"), alert(id="alr-after", event_id="alm-2")
    known = [appointed("ATRC", "attests", "ATTEST", "SIGN"), appointed("ATRC", "signs", "SIGN")]
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics)
        await alerting.resume()
        await alerting.take(published([said(each) for each in known]))
        await store.add([before])
        for _ in range(2):
            await store.add([before, after], writes=True)

    assert [("alr-after", "attests")] == [
        tuple(row) for row in await pool.fetch("SELECT alert, person FROM delivery ORDER BY alert, person")
    ]
