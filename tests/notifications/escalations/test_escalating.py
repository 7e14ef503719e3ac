"""What nobody takes note of is told to others once its days are over: once each, whatever is killed or started anew."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.errors import DayUnavailable
from services.notifications.escalations.escalating import AT_ONCE, Escalating
from services.notifications.escalations.model import TYPE, TYPE_BY_ANOTHER
from services.notifications.going_back import go_back
from services.notifications.inbox.store import Inbox
from services.notifications.inbox.views import InboxAlert
from services.notifications.looking import Today
from services.notifications.rules.sources import OPERATOR
from services.notifications.store import ESCALATION_LOCK, AlertStore, sole_writer
from services.notifications.webhooks.store import DISABLED
from shared.bus.consumer import StreamMessage
from shared.database import Database, Pool
from shared.errors import Unavailable
from shared.events.agreement import AmendmentProposed, AmendmentTookEffect
from shared.events.log import LogContinued
from shared.events.terms import NoticeTerms, Terms
from shared.testing import MigratedDatabase
from tests.docs.made import made
from tests.notifications.controls import activated, adopted, alerts_of, drafted, published, said, terms_drafted
from tests.notifications.mail.test_recipients import appointed

BEGUN = date(2024, 7, 16)
SHARES = {"ATRC": "37/72", "HUT": "35/72"}
FIVE_DAYS = Terms(notice=NoticeTerms(escalate_after_days=5))
NEVER = Terms(notice=NoticeTerms(escalate_after_days=None))


class Away(Unavailable):
    """The database does not answer."""


class Agreements:
    """Tell which day it is."""

    def __init__(self) -> None:
        self.today = BEGUN
        self.silent = False

    async def read(self) -> Today:
        if self.silent:
            raise DayUnavailable(reason="silent")
        return Today(self.today, datetime.combine(self.today, datetime.min.time(), UTC))

    def after(self, days: int) -> None:
        self.today = BEGUN + timedelta(days=days)


@pytest.fixture
def agreements() -> Agreements:
    return Agreements()


@pytest.fixture
async def escalating(database: Database, agreements: Agreements) -> AsyncIterator[Escalating]:
    async with sole_writer(database, lock=ESCALATION_LOCK) as store:
        yield Escalating(store, agreements.read, writes=True)


def in_force(terms: Terms) -> list[StreamMessage]:
    """An agreement of three parties; those of two of them hear of shares, with which its terms have to do."""
    return published([said(drafted()), said(terms_drafted(terms=terms)), said(activated())])


def shares(after: int) -> list[StreamMessage]:
    return published([said(adopted(SHARES), stream="invention:INV-1")], after=after)


@pytest.fixture
async def determined(alerting: Alerting, inbox: Inbox) -> None:
    """Shares that ATRC and HUT are told of, under terms that give five days to take note; nothing else is open."""
    await alerting.take(in_force(FIVE_DAYS))
    await noted(inbox, "ATRC", "HUT", "EGU")
    await alerting.take(shares(3))


async def noted(inbox: Inbox, *parties: str) -> None:
    for party in parties:
        for alert in await inbox.after(party, 0, limit=1000):
            await inbox.acknowledge(party, alert.id, by=f"{party}-1")


async def look(escalating: Escalating) -> None:
    while await escalating.look():
        pass


async def told(inbox: Inbox, party: str) -> Sequence[InboxAlert]:
    alerts = await inbox.after(party, 0, limit=1000)
    assert list(range(1, len(alerts) + 1)) == [alert.sequence for alert in alerts]
    return [alert for alert in alerts if alert.type in {TYPE, TYPE_BY_ANOTHER}]


async def kinds(inbox: Inbox, party: str) -> list[str]:
    return [each.type for each in await told(inbox, party)]


async def test_after_the_terms_days_its_own_party_is_told_and_after_as_many_more_the_other(
    determined, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """Neither a day early; HUT has taken note, so that nobody is told of it."""
    await escalating.look()
    await noted(inbox, "HUT")
    seen = {}
    for day in (4, 5, 6, 9, 10, 11, 400):
        agreements.after(day)
        await look(escalating)
        seen[day] = (await kinds(inbox, "ATRC"), await kinds(inbox, "HUT"))

    own, both = ([TYPE], list[str]()), ([TYPE], [TYPE_BY_ANOTHER])
    assert {4: ([], []), 5: own, 6: own, 9: own, 10: both, 11: both, 400: both} == seen
    assert [] == await told(inbox, "EGU")
    [other] = await told(inbox, "HUT")
    assert "party:ATRC" == other.subject
    assert other.link.removeprefix("/v1/inbox/") in [each.id for each in await inbox.after("HUT", 0, limit=100)]


@pytest.mark.parametrize("day", [4, 9])
async def test_whoever_takes_note_ends_it(
    determined, escalating: Escalating, agreements: Agreements, inbox: Inbox, day: int
):
    """On the last day, before its own is told or before the other side is."""
    await escalating.look()
    agreements.after(day)
    await look(escalating)
    before = await kinds(inbox, "ATRC")
    await noted(inbox, "ATRC", "HUT")
    agreements.after(40)
    await look(escalating)

    assert before == await kinds(inbox, "ATRC")
    assert TYPE_BY_ANOTHER not in [*await kinds(inbox, "ATRC"), *await kinds(inbox, "HUT")]


async def test_to_take_note_of_what_tells_it_ends_nothing(
    determined, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """It is the alert itself that waits; and what tells of it is told of to nobody."""
    await escalating.look()
    await noted(inbox, "HUT")
    agreements.after(5)
    await look(escalating)
    [own] = await told(inbox, "ATRC")
    await inbox.acknowledge("ATRC", own.id, by="ATRC-1")
    for day in (10, 20, 40, 80):
        agreements.after(day)
        await look(escalating)

    assert [TYPE_BY_ANOTHER] == await kinds(inbox, "HUT")
    assert [TYPE] == await kinds(inbox, "ATRC")


async def test_terms_that_say_so_have_nobody_told(
    alerting: Alerting, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """However long nobody takes note."""
    await alerting.take([*in_force(NEVER), *shares(3)])
    await look(escalating)
    agreements.after(4_000)
    await look(escalating)

    assert [] == [*await told(inbox, "ATRC"), *await told(inbox, "HUT")]


async def test_terms_that_say_nothing_give_seven_days(
    alerting: Alerting, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """As do those from before there was such a key."""
    await alerting.take([*in_force(Terms()), *shares(3)])
    await noted(inbox, "HUT")
    await look(escalating)
    for day, expected in ((6, 0), (7, 1)):
        agreements.after(day)
        await look(escalating)
        assert expected == len({each.link for each in await told(inbox, "ATRC") if each.position == 4})


async def test_what_was_counted_keeps_its_days(
    determined, alerting: Alerting, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """What the terms said when it was alerted of stands; what comes after an amendment goes by that."""
    await escalating.look()
    amending = made(AmendmentProposed, agreement="AGR-1", terms=NEVER)
    effect = made(AmendmentTookEffect, agreement="AGR-1")
    await alerting.take(published([said(amending), said(effect)], after=4))
    await alerting.take(shares(6))
    await noted(inbox, "HUT")
    for day in (1, 5, 40):
        agreements.after(day)
        await look(escalating)

    assert [4] == [each.position for each in await told(inbox, "ATRC") if each.type == TYPE]


async def test_whoever_begins_anew_repeats_nothing(
    determined, escalating: Escalating, agreements: Agreements, database: Database, owner: Pool, inbox: Inbox
):
    """Not even where what it had told is written and that it had is not, or where two tell at once."""
    await escalating.look()
    await noted(inbox, "HUT")
    agreements.after(5)
    await look(escalating)
    await owner.fetch("UPDATE escalation SET told = 0, next_on = $1, closed = false", BEGUN)
    async with database.connected() as one, database.connected() as other:
        both = [Escalating(AlertStore(each), agreements.read, writes=True) for each in (one, other)]
        await asyncio.gather(*(each.look() for each in both))

    assert [TYPE] == await kinds(inbox, "ATRC")


async def test_reading_the_log_again_tells_nobody(
    determined,
    alerting: Alerting,
    metrics: ConsumerMetrics,
    escalating: Escalating,
    agreements: Agreements,
    owner: Pool,
    inbox: Inbox,
):
    """While what the terms say is learned again nothing is counted or told by terms that are not known."""
    await owner.fetch("TRUNCATE remembered")
    await owner.fetch("UPDATE progress SET remembered = 0")
    agreements.after(400)
    assert not await escalating.look()
    assert [None] == [row["next_on"] for row in await owner.fetch("SELECT DISTINCT next_on FROM escalation")]

    again = Alerting(alerting._store, metrics)
    await again.resume()
    await again.take([*in_force(FIVE_DAYS), *shares(3)])
    await escalating.look()

    assert {5} == {row["days"] for row in await owner.fetch("SELECT days FROM escalation")}
    assert [] == await told(inbox, "ATRC")


async def test_what_was_alerted_of_before_is_told_to_nobody(
    determined, escalating: Escalating, agreements: Agreements, owner: Pool, inbox: Inbox
):
    """An old home has no rows for it: whoever upgrades writes nobody a thousand letters."""
    await owner.fetch("DELETE FROM escalation")
    await look(escalating)
    agreements.after(400)
    await look(escalating)

    assert [] == [*await told(inbox, "ATRC"), *await told(inbox, "HUT")]


async def test_only_what_has_weight_in_law_in_an_agreement_asks_for_it(alerting: Alerting, owner: Pool):
    """Neither what informs, nor what operators are told, nor what is of nobody's agreement or of our own."""
    lost = made(LogContinued)
    await alerting.take(published([said(drafted()), said(lost, agreement="_", by=None)]))
    [alert] = alerts_of(said(lost, agreement="_", by=None))
    own = [
        {"id": "alr-1", "event_id": "1", "recipient": "HUT", "type": "agreements.X.v1", "agreement": "_"},
        {"id": "alr-2", "event_id": "2", "recipient": "HUT", "type": DISABLED, "agreement": "AGR-1"},
        {"id": "alr-3", "event_id": "3", "recipient": "HUT", "type": "agreements.X.v1", "agreement": "AGR-1"},
        {"id": "alr-4", "event_id": "4", "recipient": OPERATOR, "type": "ledger.X.v1", "agreement": "AGR-1"},
        {"id": "alr-5", "event_id": "5", "recipient": "HUT", "type": "ledger.X.v1", "agreement": "AGR-1"},
    ]
    await alerting._store.add([replace(alert, class_="legal-critical", **each) for each in own])
    await alerting._store.add([replace(alert, **own[2], class_="info") for _ in own[:1]])

    assert ["alr-3", "alr-5"] == [row["alert"] for row in await owner.fetch("SELECT alert FROM escalation ORDER BY 1")]


async def test_what_is_no_longer_recorded_needs_nobodys_note(  # what goes back, and what alerts after that
    determined,
    alerting: Alerting,
    metrics: ConsumerMetrics,
    escalating: Escalating,
    agreements: Agreements,
    notifications_database: MigratedDatabase,
    inbox: Inbox,
):
    """That it was lost does: of that alert the days are counted."""
    await escalating.look()
    async with notifications_database.reached_by_owner(Away).connected() as connection:
        await go_back(connection, 3)
    again = Alerting(alerting._store, metrics)
    await again.resume()
    await again.take(in_force(FIVE_DAYS))
    await look(escalating)
    agreements.after(5)
    await look(escalating)

    [own] = await told(inbox, "ATRC")
    [of] = [each for each in await inbox.after("ATRC", 0, limit=100) if own.link == f"/v1/inbox/{each.id}"]
    assert "log.EventLost.v1" == of.type


async def test_however_much_there_is_all_of_it_is_told(
    alerting: Alerting, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """So much at a time, that nobody else waits for long."""
    number = AT_ONCE + 5
    await alerting.take(in_force(FIVE_DAYS))
    await noted(inbox, "ATRC", "HUT", "EGU")
    assets = [adopted({"ATRC": "1/1"}, invention=f"INV-{each}", parties=("ATRC",)) for each in range(number)]
    await alerting.take(published([said(each, stream=f"invention:{each.invention}") for each in assets], after=3))
    await look(escalating)
    agreements.after(5)
    assert await escalating.look()
    assert AT_ONCE == len(await told(inbox, "ATRC"))
    await look(escalating)

    assert number == len(await told(inbox, "ATRC"))


async def test_beyond_the_calendar_there_is_no_other_side(
    determined, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """A day that never comes is not the same one again."""
    await escalating.look()
    agreements.today = date.max
    for _ in range(3):
        await look(escalating)

    assert [TYPE] == await kinds(inbox, "ATRC")


async def test_while_agreements_do_not_say_the_day_nobody_is_told(
    determined, escalating: Escalating, agreements: Agreements, inbox: Inbox
):
    """It is made up for once they do."""
    await escalating.look()
    await noted(inbox, "HUT")
    agreements.after(6)
    agreements.silent = True
    with pytest.raises(DayUnavailable):
        await escalating.look()
    agreements.silent = False
    await look(escalating)

    assert [TYPE] == await kinds(inbox, "ATRC")


async def test_letters_go_to_whoever_else_may_act_and_then_to_the_other_side(
    database: Database, metrics: ConsumerMetrics, escalating: Escalating, agreements: Agreements, pool: Pool
):
    """Once each: to the second of two, where the first had a letter; and to all who act for the other party."""
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, writes=True)
        await alerting.resume()
        await alerting.take(in_force(FIVE_DAYS))
        await alerting.take(published([said(appointed("ATRC", "ATRC-1", "SIGN"))], after=3))
        await alerting.take(shares(4))
        people = [appointed("ATRC", "ATRC-2", "SIGN"), appointed("HUT", "HUT-1", "SIGN")]
        await alerting.take(published([said(each) for each in people], after=5))
    await escalating.look()
    for day in (5, 5, 10, 10):
        agreements.after(day)
        await look(escalating)

    sent = await pool.fetch(
        "SELECT type, person FROM delivery JOIN alert ON id = alert WHERE position = 5 ORDER BY type, person"
    )
    assert [("agreements.DeterminationAdopted.v1", "ATRC-1"), (TYPE, "ATRC-2"), (TYPE, "HUT-1")] == [
        (row["type"], row["person"]) for row in sent if row["type"] != TYPE_BY_ANOTHER
    ]
    assert ["ATRC-1", "ATRC-2", "HUT-1"] == [row["person"] for row in sent if row["type"] == TYPE_BY_ANOTHER]
