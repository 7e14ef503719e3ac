"""Recording an IP instrument."""

from datetime import date

import pytest

from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.participants.decisions import MAX_INSTRUMENTS, record_ip_instrument
from services.agreements.participants.errors import (
    DeedIsATransfer,
    NotTheirInstrument,
    ParticipantNotFound,
    TooManyInstruments,
)
from shared.errors import DomainError
from shared.events.participant import IpInstrumentRecorded
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, engaged, participant, period, recording_instrument, started
from tests.told import refuses


def test_an_instrument_becomes_known():
    """It says whom the person's inventions go to, and since when."""
    (event,) = record_ip_instrument(participant(engaged()), started(), recording_instrument())

    assert isinstance(event, IpInstrumentRecorded)
    assert ("HUT-SE", "HUT", date(2015, 1, 1)) == (event.person, event.assignee_party, event.covers.start)


def test_the_assignee_may_record_it():
    """A rival instrument is best known to whom it favours."""
    command = recording_instrument(by=ATRC, assignee_party="ATRC")

    assert record_ip_instrument(participant(engaged()), started(), command)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": EGU, "assignee_party": "EGU"}, NotAProjectParty),
        ({"by": ATRC}, NotTheirInstrument),
        ({"kind": "DEED"}, DeedIsATransfer),
        ({"covers": period(date(2015, 1, 1), date(2014, 1, 1))}, PeriodEmpty),
        ({"signed_on": date(2099, 1, 1)}, DayNotReached),
    ],
)
def test_an_instrument_that_cannot_be_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Each rule has its name."""
    with refuses(refusal):
        record_ip_instrument(participant(engaged()), started(), recording_instrument(**changed))


def test_a_person_has_a_bounded_number_of_instruments():
    """What is read for every determination must not grow for ever."""
    events = engaged()
    for number in range(MAX_INSTRUMENTS):
        command = recording_instrument(instrument=f"I{number}")
        events += record_ip_instrument(participant(events), started(), command)

    with refuses(TooManyInstruments):
        record_ip_instrument(participant(events), started(), recording_instrument(instrument="LAST"))


async def test_an_outsider_finds_nobody():
    """To a party outside the agreement, the person does not exist, no more than one who really does not."""
    desk = await at.a_project()

    for person in ("HUT-SE", "NOBODY"):
        with refuses(ParticipantNotFound):
            await desk.does(at.instrument_recorded(person, by=EGU))


def test_recording_it_again_changes_nothing():
    """The same instrument, sent twice, is recorded once."""
    events = engaged()
    events += record_ip_instrument(participant(events), started(), recording_instrument())

    assert () == record_ip_instrument(participant(events), started(), recording_instrument())


async def test_of_two_instruments_that_want_one_id_one_gets_it():
    """Two at once cannot both have the id."""
    desk = await at.a_project()
    statute = at.instrument_recorded(instrument="X", kind="STATUTE")

    with refuses(IdentifierTaken):
        await desk.interrupted(at.instrument_recorded(instrument="X"), meanwhile=statute)
