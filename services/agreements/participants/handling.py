"""Reading what commands on participants need."""

from services.agreements.commands import Representative
from services.agreements.contracts.handling import admit
from services.agreements.participants import decisions
from services.agreements.participants.errors import ParticipantNotFound
from services.agreements.participants.model import PARTICIPANT, Participant, participant_id
from services.agreements.parties.model import PARTY
from services.agreements.progress.decisions import check_may_share
from services.agreements.progress.model import PROGRESS
from services.agreements.projects.handling import project_of
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
    state = await participant_of(reader, project, person, command.by)
    its_project, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    await reader(PARTY, command.assignee_party)
    events = decisions.record_ip_instrument(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.signed_on)
    return Decided(state.agreement, (change,))


async def student_conditions(
    reader: Reader, project: str, person: str, command: decisions.RecordStudentConditions
) -> Decided:
    state = await participant_of(reader, project, person, command.by)
    its_project, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    events = decisions.record_student_conditions(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.today)
    return Decided(state.agreement, (change,))


async def leave(reader: Reader, project: str, person: str, command: decisions.LeaveProject) -> Decided:
    state = await participant_of(reader, project, person, command.by)
    its_project, agreement = await project_of(reader, project, command.by)
    await admit(reader, agreement, command)
    events = decisions.leave_project(state, its_project, command)
    change = Change(PARTICIPANT, participant_id(project, person), events, command.on)
    return Decided(state.agreement, (change,))


async def participant_of(reader: Reader, project: str, person: str, by: Representative) -> Participant:
    """Return a participant in a project of an agreement of the representative's party."""
    hidden = ParticipantNotFound(project=project, person=person)
    state = await reader.find(PARTICIPANT, participant_id(project, person))
    if state is None:
        raise hidden
    await project_of(reader, project, by, hidden)
    return state
