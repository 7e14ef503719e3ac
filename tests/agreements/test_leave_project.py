"""A participant's conditions of study, and their leaving."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from services.agreements.errors import DayNotReached, NotAProjectParty, PowerMissing
from services.agreements.participants import decisions, handling
from services.agreements.participants.decisions import (
    check_engaged,
    leave_project,
    record_ip_instrument,
    record_student_conditions,
)
from services.agreements.participants.errors import (
    LeftAlready,
    LeftOutsideEngagement,
    NotAStudent,
    NotTheirParticipant,
    ParticipantNotEngaged,
)
from services.agreements.participants.model import ParticipantStatus, StudentConditions
from services.agreements.parties.decisions import appoint_representative
from shared.errors import DomainError
from shared.events.participant import ParticipantLeft, StudentConditionsRecorded
from shared.events.registry import Event
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    DIGEST,
    TODAY,
    engaged,
    participant,
    period,
    recording_instrument,
    said,
    started,
)
from tests.agreements.party_controls import appointing, of_party
from tests.told import refuses

LEFT = date(2024, 12, 31)
CONDITIONS = StudentConditions(stipend=True, material_resources=True, guidance=True, grant=False, document_hash=DIGEST)


def leaving(**changed: Any) -> decisions.LeaveProject:
    return decisions.LeaveProject(**said(changed, on=LEFT))


def conditioning(**changed: Any) -> decisions.RecordStudentConditions:
    return decisions.RecordStudentConditions(**said(changed, conditions=CONDITIONS))


def left(**changed: Any) -> tuple[Event, ...]:
    return (*engaged(), *leave_project(participant(engaged()), started(), leaving(**changed)))


def test_a_person_leaves_on_a_day():
    """Up to the day before they are engaged, from it on they are not."""
    event = left()[-1]
    after = participant(left())

    assert isinstance(event, ParticipantLeft)
    assert (ParticipantStatus.LEFT, LEFT) == (after.status, after.left_on)
    check_engaged(after, LEFT - timedelta(days=1))
    with refuses(ParticipantNotEngaged):
        check_engaged(after, LEFT)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": ATRC}, NotTheirParticipant),
        ({"on": TODAY + timedelta(days=1)}, DayNotReached),
        ({"on": date(2024, 3, 1)}, LeftOutsideEngagement),
    ],
)
def test_a_leaving_that_cannot_be_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """By their home or host, when it has happened, after they came."""
    with refuses(refusal):
        left(**changed)


@pytest.mark.parametrize(
    ("role", "decide", "command"),
    [
        ("RESEARCHER", leave_project, leaving()),
        ("RESEARCHER", record_ip_instrument, recording_instrument()),
        ("GRAD_STUDENT", record_student_conditions, conditioning()),
    ],
)
def test_only_the_projects_parties_say_anything_of_its_people(role: str, decide: Any, command: Any):
    """Also whoever is somebody's home has no say in a project that is not theirs."""
    elsewhere = msgspec.structs.replace(started(), parties=("ATRC", "EGU"))

    with refuses(NotAProjectParty) as refused:
        decide(participant(engaged(role=role)), elsewhere, command)

    assert (["ATRC", "EGU"], "HUT", {"project": "PRJ"}) == (
        refused.value.expected,
        refused.value.got,
        refused.value.ids,
    )


def test_nobody_leaves_after_the_engagement_was_over():
    """Then they are gone already."""
    known = participant(engaged(period=period(date(2024, 3, 1), date(2024, 9, 1))))

    with refuses(LeftOutsideEngagement):
        leave_project(known, started(), leaving())


def test_leaving_again_changes_nothing():
    """The same day is the same leaving; another day contradicts it."""
    assert () == leave_project(participant(left()), started(), leaving())
    with refuses(LeftAlready):
        leave_project(participant(left()), started(), leaving(on=date(2025, 1, 31)))


def test_what_becomes_known_after_they_left_is_recorded():
    """An instrument of a person who left may decide whose their inventions are."""
    assert record_ip_instrument(participant(left()), started(), recording_instrument())


def test_what_a_student_was_given_is_recorded():
    """The four things on which a claim may rest, and the document that says so."""
    student = participant(engaged(role="GRAD_STUDENT"))
    (event,) = record_student_conditions(student, started(), conditioning())

    assert isinstance(event, StudentConditionsRecorded)
    assert (True, True, True, False) == (event.stipend, event.material_resources, event.guidance, event.grant)
    after = participant((*engaged(role="GRAD_STUDENT"), event))
    assert CONDITIONS == after.student_conditions
    assert () == record_student_conditions(after, started(), conditioning())


@pytest.mark.parametrize(
    ("role", "changed", "refusal"),
    [
        ("RESEARCHER", {}, NotAStudent),
        ("GRAD_STUDENT", {"by": ATRC}, NotTheirParticipant),
    ],
)
def test_conditions_are_a_students(role: str, changed: dict[str, Any], refusal: type[DomainError]):
    """An employee's inventions go by law and contract; and no other party says what a student was given."""
    with refuses(refusal):
        record_student_conditions(participant(engaged(role=role)), started(), conditioning(**changed))


async def test_of_two_days_on_which_somebody_left_one_is_recorded():
    """Whichever is first; the other contradicts it."""
    desk = await at.a_project()

    def leaves(on: date) -> Any:
        return partial(handling.leave, project="PRJ", person="HUT-SE", command=leaving(on=on))

    with refuses(LeftAlready):
        await desk.interrupted(leaves(LEFT), meanwhile=leaves(date(2025, 1, 31)))


async def test_who_sees_to_people_is_for_the_party_to_say():
    """Instruments decide whose things are, so a party's own people record them with the power to."""
    desk = await at.a_project()
    await desk.does(of_party(appoint_representative, appointing()))

    for act in (at.engaged(person="OTHER"), at.instrument_recorded(instrument="LAW-2")):
        with refuses(PowerMissing):
            await desk.does(act)
    await desk.does(of_party(appoint_representative, appointing(powers=("PERSONNEL",))))
    await desk.does(at.engaged(person="OTHER"))
