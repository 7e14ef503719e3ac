"""What is remembered of earlier events: no more than is needed, in a form that a new release can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.inbox.store import Inbox
from services.notifications.remembered import AgreedConsent, NotAskedFor, Remembered, State, learned, needed_to_learn
from shared.bus.consumer import StreamMessage
from shared.database import Pool
from shared.events.concerned import NOBODY
from shared.log.chain import START
from shared.log.envelope import Envelope
from tests.events.histories import histories
from tests.notifications.controls import (
    activated,
    adopted,
    contribution_recorded,
    drafted,
    licence_drafted,
    project_created,
    published,
    said,
    terms_drafted,
    told,
)
from tests.notifications.memory import REMEMBERED, remembered

SHARES = {"ATRC": "37/72", "HUT-RD": "35/72"}


def history() -> list[StreamMessage]:
    """An agreement with its terms, a project, shares, and a licence whose notice runs."""
    events = [drafted(), terms_drafted(), activated(), project_created(), adopted(SHARES), licence_drafted()]
    return published([said(event) for event in events])


# -- no more than is needed -------------------------------------------------------------------------------------------


@given(histories, st.integers(1, 7))
def test_alerts_are_the_same_when_only_what_is_needed_is_remembered(history: list[Envelope], at_once: int):
    """However the events come in batches, each fetching nothing but what its own events say that they need."""
    events = list(enumerate(history, start=1))
    everything, everything_learned = told(events)
    stored: dict[str, State] = {}
    alerts = []
    for first in range(0, len(events), at_once):
        more, changed = told(events[first : first + at_once], stored)
        alerts += more
        stored |= changed

    assert everything == alerts
    assert everything_learned == stored


@given(histories)
def test_nothing_is_fetched_but_what_an_event_changes(history: list[Envelope]):
    """Each name costs a row that is read and written."""
    for position, envelope in enumerate(history, start=1):
        names = needed_to_learn(envelope)
        assert names == learned(Remembered({}, names), envelope, position).keys()


def test_what_was_not_asked_for_is_not_taken_for_nothing():
    """Nothing is known of a circle that was asked for and is not there; of another, not even that."""
    asked = Remembered({}, {"agreement:AGR-1", "consent:AGR-1"})

    assert NOBODY == asked.circle("agreement:AGR-1")
    assert AgreedConsent() == asked.consent("consent:AGR-1")
    with pytest.raises(NotAskedFor):
        asked.circle("invention:INV-1")
    with pytest.raises(NotAskedFor):
        asked.only({"consent:AGR-1"}).circle("agreement:AGR-1")


def test_what_is_stored_has_the_form_that_the_last_migration_made_room_for():
    """Where this differs, rows of the release before would be misread: see `tests/notifications/memory.py`."""
    assert REMEMBERED.read_text(encoding="utf-8") == remembered()


# -- learned again ----------------------------------------------------------------------------------------------------


async def forget(owner: Pool, *, alerted: int) -> None:
    """Leave the tables as the release before left them: alerted so far, and nothing remembered that this one reads."""
    await owner.fetch("TRUNCATE remembered")
    await owner.fetch("UPDATE progress SET position = $1, remembered = 0", alerted)


async def positions(inbox: Inbox) -> dict[str, list[int]]:
    """At which positions each party was alerted."""
    parties = ("ATRC", "EGU", "HUT", "HUT-RD")
    return {party: [alert.position for alert in await inbox.after(party, 0, limit=100)] for party in parties}


async def test_what_an_earlier_release_remembered_is_learned_again_and_told_to_nobody(
    owner: Pool, alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox
):
    """It is read once more; alerts go on with the first event that nobody was told of, knowing what was said before."""
    messages = history()
    await alerting.take(messages[:5])
    before = await positions(inbox)
    await forget(owner, alerted=5)

    again = Alerting(alerting._store, metrics)
    assert 0 == await again.resume()
    for message in messages[:5]:
        await again.take([message])
    assert before == await positions(inbox)

    await again.take(messages[5:])
    [asked] = [alert for alert in await inbox.after("ATRC", 0, limit=100) if alert.position == 6]
    assert "2024-09-29" == str(asked.due_on)
    assert {**before, "ATRC": [*before["ATRC"], 6], "HUT-RD": [*before["HUT-RD"], 6]} == await positions(inbox)


async def test_one_batch_may_learn_again_and_go_on(
    owner: Pool, alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox
):
    """Where it was alerted to and where it was not yet, is decided event by event."""
    messages = history()
    await alerting.take(messages[:3])
    await forget(owner, alerted=3)

    again = Alerting(alerting._store, metrics)
    await again.resume()
    await again.take(messages)

    expected = {"ATRC": [3, 4, 5, 6], "EGU": [3, 4], "HUT": [3, 4, 5], "HUT-RD": [5, 6]}
    assert expected == await positions(inbox)
    assert (6, 6) == (await alerting._store.progress())[:2]


async def test_what_could_not_be_read_then_is_put_aside_once(
    owner: Pool, alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox
):
    """Neither a message that is no event nor one that no table can hold is in the way of learning again."""
    unreadable = StreamMessage(2, "moiety.v1.AGR-1.agreement.AgreementDrafted", b"{}", None, START.chain)
    nul = adopted({"A\0": "1/1"})
    unstorable = published([said(nul)], after=2)
    messages = [*history()[:1], unreadable, *unstorable, *published([said(contribution_recorded())], after=3)]
    await alerting.take(messages)
    await forget(owner, alerted=4)

    again = Alerting(alerting._store, metrics)
    await again.resume()
    await again.take(messages)

    assert [2, 3] == [aside.position for aside in await inbox.quarantine(after=0, limit=10)]
    assert (4, 4) == (await alerting._store.progress())[:2]


async def test_a_process_of_the_release_before_may_alert_in_between(
    owner: Pool, alerting: Alerting, metrics: ConsumerMetrics, inbox: Inbox
):
    """It moves the alerts on and learns nothing; what it told is then learned here, and told to nobody again."""
    messages = history()
    await alerting.take(messages[:3])
    await owner.fetch("UPDATE progress SET position = 5")

    again = Alerting(alerting._store, metrics)
    assert 3 == await again.resume()
    await again.take(messages[3:])

    assert {"ATRC": [3, 6], "EGU": [3], "HUT": [3], "HUT-RD": [6]} == await positions(inbox)
