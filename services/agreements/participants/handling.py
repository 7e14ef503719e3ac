"""Reading what commands on participants need."""

from collections.abc import Container, Mapping

from services.agreements.commands import Representative
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen
from services.agreements.participants import decisions
from services.agreements.participants.errors import ParticipantNotFound
from services.agreements.participants.model import PARTICIPANT, Participant, participant_id
from services.agreements.parties.model import PARTY
from services.agreements.progress.decisions import check_may_share
from services.agreements.progress.model import PROGRESS
from services.agreements.projects.handling import project_of
from services.agreements.projects.model import PROJECT, Project
from shared.events.questions import A_PARTICIPANT
from shared.log.handle import Change, Decided, Reader


async def engage(reader: Reader, command: decisions.EngageParticipant) -> Decided:
    project, agreement = await project_of(reader, command.project, command.by)
    await admit(reader, agreement, command)
    for party in filter(None, (command.home_party, command.host_party)):
        await reader(PARTY, party)
    check_may_share(await reader.find(PROGRESS, command.project), command.today, command.person)
    identifier = participant_id(command.project, command.person)
    events = decisions.engage_participant(await reader.new(PARTICIPANT, identifier), project, command)
    return Decided(project.agreement, (Change(PARTICIPANT, identifier, events, command.period.start),))


async def record_instrument(
    reader: Reader, project: str, person: str, command: decisions.RecordIpInstrument
) -> Decided:
    state, its_project, agreement = await _of_project(reader, project, person, command.by)
    await admit(reader, agreement, command)
    await reader(PARTY, command.assignee_party)
    events = decisions.record_ip_instrument(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.signed_on)
    return Decided(state.agreement, (change,))


async def student_conditions(
    reader: Reader, project: str, person: str, command: decisions.RecordStudentConditions
) -> Decided:
    state, its_project, agreement = await _of_project(reader, project, person, command.by)
    await admit(reader, agreement, command)
    events = decisions.record_student_conditions(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.today)
    return Decided(state.agreement, (change,))


async def leave(reader: Reader, project: str, person: str, command: decisions.LeaveProject) -> Decided:
    state, its_project, agreement = await _of_project(reader, project, person, command.by)
    await admit(reader, agreement, command)
    events = decisions.leave_project(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.on)
    return Decided(state.agreement, (change,))


async def participant_of(reader: Reader, project: str, person: str, by: Representative) -> Participant:
    """Return a participant in a project as far as the representative's party sees it."""
    state, _, _ = await _of_project(reader, project, person, by)
    return state


async def participant_named(reader: Reader, identifier: str, by: Representative) -> Participant:
    """Return the same, by the id that holds both names."""
    project, _, person = identifier.partition(".")
    return await participant_of(reader, project, person, by)


async def _of_project(
    reader: Reader, project: str, person: str, by: Representative
) -> tuple[Participant, Project, Agreement]:
    identifier = participant_id(project, person)
    hidden = ParticipantNotFound(project=project, person=person)
    if await reader.find(PARTICIPANT, identifier) is None:
        raise hidden
    state, agreement = await seen(
        reader, PARTICIPANT, identifier, by, question=A_PARTICIPANT, others=_employing, hidden=hidden
    )
    return state, await reader(PROJECT, project), agreement


async def _employing(state: Participant, _agreement: Agreement) -> Mapping[str, Container[str]]:
    return {"participant": tuple(filter(None, (state.home_party, state.host_party)))}
