"""Participants over HTTP; a participant's address is that of a person in a project."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.contracts.errors import AgreementNotFound
from services.agreements.contracts.finding import list_found
from services.agreements.errors import DayNotReached, IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, OfAgreement, OfProject, one_of, taking_part
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.participants import decisions, errors, handling
from services.agreements.participants.bodies import (
    EngageParticipantBody,
    LeaveProjectBody,
    RecordInstrumentBody,
    StudentConditionsBody,
)
from services.agreements.participants.model import PARTICIPANT, ParticipantStatus, StudentConditions, participant_id
from services.agreements.participants.views import PARTICIPANTS, ParticipantView
from services.agreements.parties.errors import PartyNotFound
from services.agreements.progress.errors import SharingRestricted
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.values import Period
from shared.ids import new_id
from shared.ratio import NotARatio, SharesDoNotSumToOne
from shared.web.auth import requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(ParticipantStatus)] | None, HAS_STATUS]
OfParty = Annotated[Id | None, taking_part("`home_party`, `host_party`, or the assignee of one of the `instruments`")]


@post(
    "/",
    responses=creating(
        ParticipantView,
        decisions.EngageParticipant,
        ProjectNotFound,
        ProjectNotActive,
        PartyNotFound,
        NotAProjectParty,
        errors.NotTheirParticipant,
        errors.SplitNotBetweenHomeAndHost,
        NotARatio,
        SharesDoNotSumToOne,
        PeriodEmpty,
        SharingRestricted,
        IdentifierTaken,
    ),
)
async def engage_participant(
    data: JSONBody[EngageParticipantBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Engage a person, under a pseudonym, in a project."""
    engage = decisions.EngageParticipant(
        **command.said,
        project=data.project,
        person=data.person,
        role=data.role,
        home_party=data.home_party,
        host_party=data.host_party,
        appointment_split=data.appointment_split,
        period=published(data.period, Period),
        orcid_hash=data.orcid_hash,
    )
    return await command.create(PARTICIPANTS, partial(handling.engage, command=engage))


@post(
    "/{project:str}/{person:str}/instruments",
    status_code=200,
    responses=changing(
        ParticipantView,
        decisions.RecordIpInstrument,
        errors.ParticipantNotFound,
        PartyNotFound,
        NotAProjectParty,
        errors.NotTheirInstrument,
        errors.DeedIsATransfer,
        errors.TooManyInstruments,
        PeriodEmpty,
        DayNotReached,
        IdentifierTaken,
    ),
)
async def record_instrument(
    project: FromPath[Id],
    person: FromPath[Id],
    data: JSONBody[RecordInstrumentBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Record an instrument that says whose this person's inventions are."""
    record = decisions.RecordIpInstrument(
        **change.said,
        instrument=data.instrument or new_id("ins"),
        kind=data.kind,
        assignee_party=data.assignee_party,
        signed_on=data.signed_on,
        covers=published(data.covers, Period),
        document_hash=data.document_hash,
    )
    work = partial(handling.record_instrument, project=project, person=person, command=record)
    return await change.record(PARTICIPANTS, participant_id(project, person), work)


@post(
    "/{project:str}/{person:str}/student-conditions",
    status_code=200,
    responses=changing(
        ParticipantView,
        decisions.RecordStudentConditions,
        errors.ParticipantNotFound,
        NotAProjectParty,
        errors.NotTheirParticipant,
        errors.NotAStudent,
    ),
)
async def record_student_conditions(
    project: FromPath[Id],
    person: FromPath[Id],
    data: JSONBody[StudentConditionsBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Record what a student was given, on which a claim to their inventions may rest."""
    record = decisions.RecordStudentConditions(**change.said, conditions=published(data, StudentConditions))
    work = partial(handling.student_conditions, project=project, person=person, command=record)
    return await change.record(PARTICIPANTS, participant_id(project, person), work)


@post(
    "/{project:str}/{person:str}/leave",
    status_code=200,
    responses=changing(
        ParticipantView,
        decisions.LeaveProject,
        errors.ParticipantNotFound,
        NotAProjectParty,
        errors.NotTheirParticipant,
        errors.LeftAlready,
        errors.LeftOutsideEngagement,
        DayNotReached,
    ),
)
async def leave_project(
    project: FromPath[Id],
    person: FromPath[Id],
    data: JSONBody[LeaveProjectBody],
    change: NamedDependency[ChangeRequest],
) -> Response[bytes]:
    """Record from which day on a person takes part no more."""
    leave = decisions.LeaveProject(**change.said, on=data.on)
    work = partial(handling.leave, project=project, person=person, command=leave)
    return await change.record(PARTICIPANTS, participant_id(project, person), work)


@get("/", responses=finding(AgreementNotFound))
async def list_participants(
    pages: NamedDependency[ListRequest],
    agreement: OfAgreement = None,
    status: HasStatus = None,
    project: OfProject = None,
    party: OfParty = None,
) -> Response[Page[ParticipantView]]:
    """List the participants that the caller's party may see, of one agreement or of all."""
    return await list_found(
        pages,
        PARTICIPANTS,
        handling.participant_named,
        agreement,
        {"status": status, "project": project, "party": party},
    )


@get("/{project:str}/{person:str}", responses=showing(ParticipantView, errors.ParticipantNotFound))
async def show_participant(
    project: FromPath[Id],
    person: FromPath[Id],
    read: NamedDependency[ReadRequest],
) -> Response[bytes]:
    """Show a participant."""
    state = await handling.participant_of(read.reader, project, person, read.by)
    return await read.shown(PARTICIPANTS, participant_id(project, person), state)


@get("/{project:str}/{person:str}/history", responses=remembering(errors.ParticipantNotFound))
async def show_history_of_participant(
    project: FromPath[Id], person: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a participant, oldest first, as far as the caller's party sees it."""
    await handling.participant_of(history.reader, project, person, history.by)
    return await history.shown(PARTICIPANT, participant_id(project, person))


ROUTES = Router(
    "/v1/participants",
    guards=[requires("representative"), names_ids],
    route_handlers=[
        engage_participant,
        record_instrument,
        record_student_conditions,
        leave_project,
        list_participants,
        show_participant,
        show_history_of_participant,
    ],
    tags=["participants"],
)
