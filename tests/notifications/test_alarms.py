"""What the ledger noticed reaches whom it concerns, once each, whatever is repeated or started anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
import pytest

from services.notifications.alarms.alarming import Alarming, AlarmPage
from services.notifications.alarms.model import Alarm
from services.notifications.consumer import Alerting
from services.notifications.errors import AlarmsUnavailable
from services.notifications.inbox.store import Inbox
from services.notifications.reminders.model import Deadline, reminders_of
from services.notifications.rules.sources import OPERATOR
from services.notifications.store import ALARM_LOCK, AlertStore, sole_writer
from shared.database import Database
from shared.events.invention import DeterminationProposed
from tests.docs.made import made
from tests.notifications.controls import RECORDED_AT, adopted, contribution_recorded, drafted, published, said

SHARES = {"ATRC": "37/72", "HUT": "35/72"}
DEADLINE = Deadline(
    stream="agreement:AGR-1",
    agreement="AGR-1",
    last_day=date(2024, 7, 20),
    told_at=datetime(2024, 1, 15, tzinfo=UTC),
    asked=("HUT", "NLN"),
    today=date(2024, 7, 19),
    as_of=RECORDED_AT,
)


class Ledger:
    """The alarms of a ledger, as its feed tells them: those above a position, a few at a time."""

    def __init__(self, size: int = 100) -> None:
        self.alarms: list[Alarm] = []
        self.size = size
        self.silent = False

    async def feed(self, after: int) -> AlarmPage:
        if self.silent:
            raise AlarmsUnavailable(reason="silent")
        page = [alarm for alarm in self.alarms if alarm.position > after][:2]
        return AlarmPage(tuple(page), final=min(page[-1].position, self.size) if len(page) == 2 else self.size)

    def notices(self, position: int, kind: str = "OverclaimDetected", *, asset: str | None = "INV-1") -> None:
        number = sum(alarm.position == position for alarm in self.alarms) + 1
        self.alarms.append(Alarm(f"alm-{position}-{number if asset else kind}", position, kind, asset, RECORDED_AT))
        self.alarms.sort(key=lambda alarm: alarm.position)

    def halts_at(self, position: int) -> None:
        self.size = position - 1
        self.notices(position, "LedgerInconsistencyDetected", asset=None)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def alarming(database: Database, ledger: Ledger):
    """What alerts of a ledger's alarms, beside what alerts of events."""
    async with sole_writer(database, lock=ALARM_LOCK) as store:
        yield Alarming(store, ledger.feed)


async def look(alarming: Alarming) -> None:
    while await alarming.look():
        pass


@pytest.fixture
def alarms_in(inbox: Inbox) -> Callable[[str], object]:
    """Return what an inbox holds of alarms; its numbers have no gap."""

    async def read(recipient: str) -> list[tuple[int, str]]:
        alerts = await inbox.after(recipient, 0, limit=1000)
        assert list(range(1, len(alerts) + 1)) == [alert.sequence for alert in alerts]
        return [(alert.position, alert.type) for alert in alerts if alert.type.startswith("ledger.")]

    return read


@pytest.fixture
async def determined(alerting: Alerting) -> None:
    """Two events: one that ATRC alone is asked about, and shares that both are told of."""
    await alerting.take(published([said(contribution_recorded(), by="EGU"), said(adopted(SHARES))]))


OVERCLAIM = (2, "ledger.OverclaimDetected.v1")
HALT = (2, "ledger.LedgerInconsistencyDetected.v1")


async def test_whoever_was_alerted_of_the_event_is_alerted_of_the_alarm(determined, ledger, alarming, alarms_in):
    """An alarm concerns whom the event concerned at which it was noticed, and not the operator."""
    ledger.notices(2)
    await look(alarming)

    assert [OVERCLAIM] == await alarms_in("ATRC") == await alarms_in("HUT")
    assert [] == await alarms_in("EGU") == await alarms_in(OPERATOR)


async def test_whoever_was_only_reminded_then_is_not(determined, ledger, alarming, alarms_in):
    """A reminder stands where the log had come to by then: it is of nothing that happened there."""
    reminded = [
        reminders_of([msgspec.structs.replace(DEADLINE, stream=stream)], {}, position=position)
        for position, stream in enumerate(("agreement:AGR-1", "project:PRJ-1"), start=1)
    ]
    await alarming._store.add([alert for alerts in reminded for alert in alerts])
    ledger.notices(1)
    ledger.notices(2)
    await look(alarming)

    assert [] == await alarms_in("NLN")
    assert [OVERCLAIM] == await alarms_in("HUT")


async def test_an_alarm_tells_that_it_is_there_and_where_it_is_read(determined, ledger, alarming, inbox):
    """It must be acknowledged, has one name in every inbox, and says nothing of what was claimed."""
    ledger.notices(2)
    await look(alarming)

    for party in SHARES:
        alert = (await inbox.after(party, 0, limit=10))[-1]
        assert ("alm-2-1", "invention:INV-1", "AGR-1") == (alert.event_id, alert.subject, alert.agreement)
        assert "/v1/assets/INV-1/alarms" == alert.link
        assert "legal-critical" == alert.class_
        assert alert.needs_acknowledgement


async def test_each_alarm_is_alerted_of_once_however_often_it_is_told(
    determined, ledger, alarming, database, alarms_in
):
    """Whether the feed is read again or by a process that starts anew and knows of nothing."""
    ledger.notices(2)
    ledger.notices(2, "TitleGapDetected")
    await look(alarming)
    await look(alarming)
    async with database.connected() as connection:
        await look(Alarming(AlertStore(connection), ledger.feed))

    assert [OVERCLAIM, (2, "ledger.TitleGapDetected.v1")] == await alarms_in("HUT")


async def test_an_alarm_waits_for_its_event(alerting, ledger, alarming, alarms_in):
    """Whom it concerns is known once the event has been alerted of, and nobody is passed over until then."""
    events = published([said(contribution_recorded(), by="EGU"), said(adopted(SHARES))])
    ledger.notices(2)
    await alerting.take(events[:1])
    await look(alarming)
    assert [] == await alarms_in("HUT")

    await alerting.take(events[1:])
    await look(alarming)

    assert [OVERCLAIM] == await alarms_in("HUT")


async def test_everybody_hears_that_the_ledger_has_halted(determined, ledger, alarming, alarms_in):
    """The operator and whom the event concerns."""
    ledger.halts_at(2)
    await look(alarming)
    await look(alarming)

    assert [HALT] == await alarms_in(OPERATOR) == await alarms_in("ATRC") == await alarms_in("HUT")


async def test_the_operator_need_not_wait_for_the_event(alerting, ledger, alarming, alarms_in):
    """An event that never comes is a reason to hear of it at once; the parties hear when it has come, once each."""
    ledger.halts_at(2)
    await look(alarming)
    assert [HALT] == await alarms_in(OPERATOR)

    await alerting.take(published([said(contribution_recorded(), by="EGU"), said(adopted(SHARES))]))
    await look(alarming)

    assert [HALT] == await alarms_in(OPERATOR) == await alarms_in("HUT")


async def test_what_is_noticed_once_the_ledger_goes_on_is_alerted_of(determined, ledger, alarming, alarms_in):
    """At the position where it had halted, too."""
    ledger.halts_at(2)
    await look(alarming)
    ledger.size = 100
    ledger.notices(2)
    await look(alarming)

    assert [HALT, OVERCLAIM] == await alarms_in("HUT")


async def test_an_alarm_about_an_event_nobody_could_read_goes_to_the_operator(alerting, ledger, alarming, alarms_in):
    """Nobody was alerted of the event; the alarm must not be lost on everybody as well."""
    message = published([said(contribution_recorded())])[0]
    await alerting.take([message._replace(body=b"{}")])
    ledger.notices(1)
    await look(alarming)

    assert [(1, "ledger.OverclaimDetected.v1")] == await alarms_in(OPERATOR)


async def test_many_alarms_are_read_page_by_page(alerting, ledger, alarming, alarms_in):
    """None is passed over, however many there are and whatever is alerted of in between."""
    for message in published([said(adopted(SHARES)) for _ in range(9)]):
        await alerting.take([message])
        ledger.notices(message.position)
        if message.position % 4 == 0:
            await look(alarming)
    await look(alarming)

    assert [(position, "ledger.OverclaimDetected.v1") for position in range(1, 10)] == await alarms_in("HUT")


async def test_a_silent_ledger_is_asked_again(determined, ledger, alarming, alarms_in):
    """Nothing is lost while it does not answer."""
    ledger.silent = True
    ledger.notices(2)
    with pytest.raises(AlarmsUnavailable):
        await alarming.look()

    ledger.silent = False
    await look(alarming)

    assert [OVERCLAIM] == await alarms_in("HUT")


async def test_who_is_only_told_of_an_asset_is_not_sent_to_the_ledger(alerting, ledger, alarming, inbox):
    """It shows what it noticed to who is in the agreement or ever held a share, and to nobody else."""
    shares, parties = {"ATRC": "1/2", "HUT-RD": "1/2"}, ("HUT", "ATRC")
    asset = "invention-1"  # as the stream of what is said here is called
    open_shares = made(DeterminationProposed, invention=asset, agreement="AGR-1", parties=parties, shares=shares)
    await alerting.take(published([said(drafted()), said(open_shares)]))
    ledger.notices(2, asset=asset)
    await look(alarming)

    links = {party: [alert.link for alert in await inbox.after(party, 0, limit=10)] for party in ("ATRC", "HUT-RD")}
    assert {"ATRC": f"/v1/assets/{asset}/alarms", "HUT-RD": f"/v1/inventions/{asset}"} == {
        party: told[-1] for party, told in links.items()
    }
