"""What waits for a party is told whoever controls it, too: it may answer for it, and has its tasks."""

from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.agreements.affiliations.model import Affiliations, evolve, is_affiliate_on
from services.agreements.tasks.handling import Tasks
from services.notifications.affiliates import Affiliates
from services.notifications.alarms.model import Alarm, Told, alerts_of
from services.notifications.alerts import TASKS, TASKS_OF, Alert, alerts_for, needed
from services.notifications.remembered import Remembered, learned
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded
from shared.events.registry import event_name
from shared.events.retirement import RetirementProposed
from shared.events.values import Period
from shared.log.envelope import Envelope
from tests.docs.made import made
from tests.notifications.controls import ASSET, adopted, said
from tests.notifications.test_links import NOW, listed_of
from tests.notifications.told import REGISTRAR, Happened, happening_in

# What HUT does to EGU, which is in no agreement and under the control of KPD.
STORIES: Final = {
    "RetirementProposed": ("HUT proposes to give up",),
    "TransferProposed": ("HUT offers XFR to NLN",),
    "LicenceDrafted": ("HUT drafts a licence",),
    "DisputeResolutionProposed": ("HUT disputes", "HUT proposes a settlement"),
}


async def last_of(*names: str) -> Happened:
    *_, last = [each async for each in happening_in("a story", REGISTRAR, names)]
    return last


def declared(parent: str, child: str, start: date = date(2015, 1, 1), end: date | None = None) -> AffiliationDeclared:
    return made(AffiliationDeclared, parent=parent, child=child, period=Period(start=start, end=end))


def ended(parent: str, child: str, to: date, since: date = date(2015, 1, 1)) -> AffiliationEnded:
    return made(AffiliationEnded, parent=parent, child=child, since=since, to=to)


def alerts_after(*earlier: Any, by: str = "HUT", holders: tuple[str, ...] = ("EGU", "HUT")) -> dict[str, Alert]:
    """Return the alerts of a proposal by HUT to give up what some hold, by recipient."""
    shares = {holder: f"1/{len(holders)}" for holder in holders}
    states: dict[str, Any] = {}
    for position, event in enumerate([adopted(shares), *earlier], start=1):
        envelope = said(event)
        states |= learned(Remembered(states, needed(envelope)), envelope, position)
    proposed = proposal(by=by)
    return {alert.recipient: alert for alert in alerts_for(9, proposed, Remembered(states, needed(proposed)))}


def proposal(by: str) -> Envelope:
    event = made(RetirementProposed, **{**ASSET, "invention": "INV-1", "party": "HUT", "retires_on": date(2030, 1, 1)})
    return said(event, by=by)


# -- held against what agreements asks --------------------------------------------------------------------------------


@pytest.mark.parametrize("event", STORIES)
async def test_whoever_controls_a_holder_finds_the_task_that_it_is_led_to(event: str) -> None:
    """What it may not read itself it is not linked to, but to the tasks of the one that it may answer for."""
    happened = await last_of("KPD controls EGU", *STORIES[event])

    [alert] = [each for each in happened.alerts if each.recipient == "KPD"]
    [own] = [each for each in happened.alerts if each.recipient == "EGU"]

    assert event == event_name(alert.type)
    assert own.needs_you
    assert (True, own.class_, own.due_on) == (alert.needs_you, alert.class_, alert.due_on)
    assert f"{TASKS_OF}EGU" == alert.link
    asked = Tasks(happened.after.handler, "KPD", NOW)
    assert "EGU" in await asked.parties()
    listed = [each for each in await listed_of(happened.after, {alert.subject}) if each.party == "EGU"]
    assert any([await asked.shown(each) for each in listed])


@pytest.mark.parametrize("event", STORIES)
async def test_whoever_controlled_a_holder_before_is_told_nothing(event: str) -> None:
    """From the day on which the affiliation ends nobody answers for the other any more."""
    happened = await last_of("KPD controls EGU", "KPD controls EGU no more", *STORIES[event])

    assert event in {event_name(alert.type) for alert in happened.alerts}
    assert [] == [alert for alert in happened.alerts if alert.recipient == "KPD"]


# -- who is told ------------------------------------------------------------------------------------------------------


def test_control_reaches_through_others() -> None:
    """Whoever controls the one that controls it, as well; not in a circle for ever, and not the other way."""
    alerts = alerts_after(declared("KPD", "EGU"), declared("TOP", "KPD"), declared("EGU", "NLN"))

    assert {"EGU", "KPD", "TOP"} == {recipient for recipient, alert in alerts.items() if alert.needs_you}


def test_whoever_is_told_itself_is_told_once() -> None:
    """By its own link, and that it waits for it: for one that it controls."""
    alerts = alerts_after(declared("ATRC", "EGU"))

    assert (alerts["EGU"].link, True) == (alerts["ATRC"].link, alerts["ATRC"].needs_you)
    assert not alerts_after()["ATRC"].needs_you


def test_nobody_is_asked_about_its_own_act_for_another() -> None:
    """Whoever controls a holder, and did it, knows."""
    alerts = alerts_after(declared("HUT", "EGU"))

    assert not alerts["HUT"].needs_you
    assert alerts["EGU"].needs_you
    assert "KPD" not in alerts_after(declared("KPD", "EGU"), by="KPD")


def test_of_several_it_is_led_to_all_tasks() -> None:
    """Where no filter shows those of both."""
    alerts = alerts_after(declared("KPD", "EGU"), declared("KPD", "NLN"), holders=("EGU", "HUT", "NLN"))

    assert TASKS == alerts["KPD"].link


def test_who_waits_for_nothing_tells_nobody_above_it() -> None:
    """What a party is only told of is its own affair."""
    assert "KPD" not in alerts_after(declared("KPD", "ATRC"))


@pytest.mark.parametrize(
    ("day", "told"), [(date(2024, 12, 31), False), (date(2025, 1, 1), True), (date(2025, 6, 1), False)]
)
def test_control_counts_on_its_days(day: date, *, told: bool) -> None:
    """From its first day on, up to but not including the day of its end; by legal days."""
    affiliates = Affiliates().declared(declared("KPD", "EGU", date(2025, 1, 1), date(2025, 6, 1)))

    assert ({"KPD"} if told else set()) == affiliates.above("EGU", day)


def test_the_day_is_the_legal_one() -> None:
    """Of what is recorded in the evening of UTC, the next."""
    states: dict[str, Any] = {}
    for position, event in enumerate([adopted({"EGU": "1/1"}), declared("KPD", "EGU", date(2025, 6, 2))], start=1):
        states |= learned(Remembered(states, needed(said(event))), said(event), position)

    told = []
    for hour in (15, 16):
        proposed = replace(proposal(by="HUT"), time=datetime(2025, 6, 1, hour, tzinfo=UTC))
        alerts = alerts_for(9, proposed, Remembered(states, needed(proposed)))
        told.append("KPD" in {alert.recipient for alert in alerts})
    assert [False, True] == told


def test_what_the_ledger_notices_is_told_to_those_it_is_about() -> None:
    """Whoever was only told of what waits for another has no part in it, and may not read it."""
    told = [
        Told(1, "EGU", "AGR-1", "dispute:DSP", "/v1/disputes/DSP"),
        Told(1, "KPD", "AGR-1", "dispute:DSP", f"{TASKS_OF}EGU"),
    ]
    alarm = Alarm("alm-1", 1, "OverclaimDetected", "INV-1", NOW)

    assert ["EGU"] == [alert.recipient for alert in alerts_of(alarm, told, {}, alerted=1)]


# -- as agreements has it ---------------------------------------------------------------------------------------------

PARTIES: Final = ("A", "B", "C", "D")
DAYS: Final = [date(2025, 1, day) for day in range(1, 8)]
PAIRS: Final = st.tuples(st.sampled_from(PARTIES), st.sampled_from(PARTIES)).filter(lambda pair: pair[0] != pair[1])
DECLARED: Final = st.builds(
    lambda pair, days: declared(pair[0], pair[1], min(days), max(days) if min(days) < max(days) else None),
    PAIRS,
    st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)),
)
ENDED: Final = st.builds(
    lambda pair, since, to: ended(pair[0], pair[1], to, since), PAIRS, st.sampled_from(DAYS), st.sampled_from(DAYS)
)


@given(st.lists(st.one_of(DECLARED, ENDED), max_size=12), st.sampled_from(DAYS))
def test_who_controls_whom_is_what_agreements_says(events: list[Any], day: date) -> None:
    """Whatever is declared and ended, in whatever order, for every two of them."""
    registry: Affiliations | None = None
    affiliates = Affiliates()
    for event in events:
        if isinstance(event, AffiliationEnded) and registry is None:
            continue
        registry = evolve(registry, event)
        affiliates = affiliates.declared(event) if isinstance(event, AffiliationDeclared) else affiliates.ended(event)

    for child in PARTIES:
        expected = {each for each in PARTIES if each != child and is_affiliate_on(registry, child, each, day)}
        assert expected == affiliates.above(child, day)
