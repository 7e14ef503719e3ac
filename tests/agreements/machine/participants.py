"""What each command on a participant, and each report on a project, comes to in each state."""

from datetime import date
from functools import partial
from typing import Any

from services.agreements.errors import IdentifierTaken
from services.agreements.participants import decisions, handling
from services.agreements.participants.errors import LeftAlready, NotAStudent, ParticipantNotFound
from services.agreements.participants.model import StudentConditions, participant_id
from services.agreements.progress import decisions as progress
from services.agreements.progress.errors import MilestoneReportedAlready
from services.agreements.progress.handling import report
from services.agreements.projects import decisions as projects
from services.agreements.projects.errors import ProjectNotActive, ProjectNotFound
from shared.events.values import Money
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, DIGEST, HUT, OTHER_DIGEST, TODAY, said
from tests.agreements.machine.table import SAME, Table, since
from tests.agreements.prospects import screened
from tests.docs.drawings import BEFORE, BY_HEADING

_ENGAGED = at.engaged(person="P")
_STUDENT = at.engaged(person="P", role="GRAD_STUDENT")
_INSTRUMENT = at.instrument_recorded("P")


def _left(on: date = date(2025, 5, 1)) -> Work:
    return partial(handling.leave, project="PRJ", person="P", command=decisions.LeaveProject(**said({}, on=on)))


def _studying(document_hash: str = DIGEST) -> Work:
    conditions = StudentConditions(
        stipend=True, material_resources=True, guidance=True, grant=False, document_hash=document_hash
    )
    command = decisions.RecordStudentConditions(**said({}, conditions=conditions))
    return partial(handling.student_conditions, project="PRJ", person="P", command=command)


_UNKNOWN = ParticipantNotFound

PARTICIPANTS = Table(
    BY_HEADING["Participant"],
    participant_id("PRJ", "P"),
    {
        BEFORE: at.a_project,
        "ENGAGED": since(at.a_project, _ENGAGED),
        "ENGAGED, as a student": since(at.a_project, _STUDENT),
        "ENGAGED, under instruments": since(at.a_project, _STUDENT, _INSTRUMENT, _studying()),
        "LEFT": since(at.a_project, _ENGAGED, _left()),
        "LEFT, as a student": since(at.a_project, _STUDENT, _left()),
        "LEFT, under instruments": since(at.a_project, _STUDENT, _INSTRUMENT, _studying(), _left()),
    },
    {
        "engaged": (
            _ENGAGED,
            ("ENGAGED", SAME, IdentifierTaken, IdentifierTaken, SAME, IdentifierTaken, IdentifierTaken),
        ),
        "engaged as a student": (
            _STUDENT,
            ("ENGAGED", IdentifierTaken, SAME, SAME, IdentifierTaken, SAME, SAME),
        ),
        "instrument recorded": (_INSTRUMENT, (_UNKNOWN, "ENGAGED", "ENGAGED", SAME, "LEFT", "LEFT", SAME)),
        "instrument recorded otherwise": (
            at.instrument_recorded("P", document_hash=OTHER_DIGEST),
            (_UNKNOWN, "ENGAGED", "ENGAGED", IdentifierTaken, "LEFT", "LEFT", IdentifierTaken),
        ),
        "conditions recorded": (
            _studying(),
            (_UNKNOWN, NotAStudent, "ENGAGED", SAME, NotAStudent, "LEFT", SAME),
        ),
        "conditions recorded otherwise": (
            _studying(OTHER_DIGEST),
            (_UNKNOWN, NotAStudent, "ENGAGED", "ENGAGED", NotAStudent, "LEFT", "LEFT"),
        ),
        "left": (_left(), (_UNKNOWN, *["LEFT"] * 3, *[SAME] * 3)),
        "left on another day": (_left(TODAY), (_UNKNOWN, *["LEFT"] * 3, *[LeftAlready] * 3)),
    },
)

# -- reports --------------------------------------------------------------------------------------------------------


def _reported(decide: Any, command: Any, *, running: bool) -> Work:
    return partial(report, project="PRJ", command=command, decide=decide, running=running)


def _committed(minor: int = 100_000) -> Work:
    money = Money(currency="HKD", minor=minor)
    command = progress.CommitResource(**said({}, commitment="RES", kind="CASH", money=money))
    return _reported(progress.commit_resource, command, running=False)


def _reached(evidence_hash: str = DIGEST) -> Work:
    command = progress.ReachMilestone(**said({}, code="M1", reached_on=TODAY, evidence_hash=evidence_hash))
    return _reported(progress.reach_milestone, command, running=True)


def _accepted(document_hash: str = DIGEST) -> Work:
    command = progress.AcceptDeliverable(**said({}, code="D1", document_hash=document_hash))
    return _reported(progress.accept_deliverable, command, running=True)


_COMPLETED = lives.stopped(projects.complete_project, lives.completing())
_CANCELLED = lives.stopped(projects.cancel_project, lives.cancelling())
_PAUSED = lives.stopped(projects.pause_project, lives.pausing())
_REPORTS = (_committed(), _reached(), _accepted(), screened())
_APPROVALS = (at.approved(by=HUT), at.approved(by=ATRC))
_IDLE, _SAID = ProjectNotActive, "REPORTED"

PROGRESS = Table(
    BY_HEADING["Progress of a project"],
    "PRJ",
    {
        BEFORE: at.an_agreement,
        f"{BEFORE}, of a proposed project": since(at.an_agreement, at.created()),
        f"{BEFORE}, of an approved project": since(at.an_agreement, at.created(), *_APPROVALS),
        f"{BEFORE}, of an active project": at.a_project,
        f"{BEFORE}, of a cancelled project": since(at.a_project, _CANCELLED),
        "REPORTED": since(at.a_project, *_REPORTS),
        "REPORTED, of a paused project": since(at.a_project, *_REPORTS, _PAUSED),
        "REPORTED, of a completed project": since(at.a_project, *_REPORTS, _COMPLETED),
    },
    {
        "committed": (_committed(), (ProjectNotFound, *[_SAID] * 4, *[SAME] * 3)),
        "committed otherwise": (_committed(200_000), (ProjectNotFound, *[_SAID] * 4, *[IdentifierTaken] * 3)),
        "reached": (_reached(), (ProjectNotFound, _IDLE, _IDLE, _SAID, _IDLE, SAME, _IDLE, _IDLE)),
        "reached otherwise": (
            _reached(OTHER_DIGEST),
            (ProjectNotFound, _IDLE, _IDLE, _SAID, _IDLE, MilestoneReportedAlready, _IDLE, _IDLE),
        ),
        "accepted": (_accepted(), (ProjectNotFound, _IDLE, _IDLE, _SAID, _IDLE, SAME, _IDLE, _IDLE)),
        "another version accepted": (
            _accepted(OTHER_DIGEST),
            (ProjectNotFound, _IDLE, _IDLE, _SAID, _IDLE, _SAID, _IDLE, _IDLE),
        ),
        "screened": (screened(), (ProjectNotFound, *[_SAID] * 4, *[SAME] * 3)),
        "screened otherwise": (screened(result="CLEAR"), (ProjectNotFound, *[_SAID] * 7)),
        "another commitment": (
            _reported(
                progress.commit_resource,
                progress.CommitResource(**said({}, commitment="RES-2", kind="IN_KIND", note="a year of work")),
                running=False,
            ),
            (ProjectNotFound, *[_SAID] * 7),
        ),
        "another milestone": (
            _reported(
                progress.reach_milestone,
                progress.ReachMilestone(**said({}, code="M2", reached_on=TODAY, evidence_hash=DIGEST)),
                running=True,
            ),
            (ProjectNotFound, _IDLE, _IDLE, _SAID, _IDLE, _SAID, _IDLE, _IDLE),
        ),
    },
)
