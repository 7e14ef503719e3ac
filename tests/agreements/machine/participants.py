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
from tests.agreements.machine.table import SAME, STAYS, Table, since
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
            {BEFORE: "ENGAGED", ("ENGAGED", "LEFT"): SAME, ("as a student", "under instruments"): IdentifierTaken},
        ),
        "engaged as a student": (
            _STUDENT,
            {BEFORE: "ENGAGED", ("ENGAGED", "LEFT"): IdentifierTaken, ("as a student", "under instruments"): SAME},
        ),
        "instrument recorded": (
            _INSTRUMENT,
            {BEFORE: _UNKNOWN, ("ENGAGED", "LEFT"): STAYS, "under instruments": SAME},
        ),
        "instrument recorded otherwise": (
            at.instrument_recorded("P", document_hash=OTHER_DIGEST),
            {BEFORE: _UNKNOWN, ("ENGAGED", "LEFT"): STAYS, "under instruments": IdentifierTaken},
        ),
        "conditions recorded": (
            _studying(),
            {
                BEFORE: _UNKNOWN,
                ("ENGAGED", "LEFT"): NotAStudent,
                "as a student": STAYS,
                "under instruments": SAME,
            },
        ),
        "conditions recorded otherwise": (
            _studying(OTHER_DIGEST),
            {BEFORE: _UNKNOWN, ("ENGAGED", "LEFT"): NotAStudent, ("as a student", "under instruments"): STAYS},
        ),
        "left": (_left(), {BEFORE: _UNKNOWN, "ENGAGED": "LEFT", "LEFT": SAME}),
        "left on another day": (_left(TODAY), {BEFORE: _UNKNOWN, "ENGAGED": "LEFT", "LEFT": LeftAlready}),
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
# The projects of which nothing was reported yet, and those that are not running.
_UNREPORTED = ("of a proposed project", "of an approved project", "of an active project", "of a cancelled project")
_RESTING = (*_UNREPORTED[:2], "of a cancelled project", "of a paused project", "of a completed project")

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
        "committed": (
            _committed(),
            {BEFORE: ProjectNotFound, "REPORTED": SAME, _UNREPORTED: _SAID},
        ),
        "committed otherwise": (
            _committed(200_000),
            {BEFORE: ProjectNotFound, "REPORTED": IdentifierTaken, _UNREPORTED: _SAID},
        ),
        "reached": (
            _reached(),
            {
                BEFORE: ProjectNotFound,
                "REPORTED": SAME,
                _RESTING: _IDLE,
                "of an active project": _SAID,
            },
        ),
        "reached otherwise": (
            _reached(OTHER_DIGEST),
            {
                BEFORE: ProjectNotFound,
                "REPORTED": MilestoneReportedAlready,
                _RESTING: _IDLE,
                "of an active project": _SAID,
            },
        ),
        "accepted": (
            _accepted(),
            {
                BEFORE: ProjectNotFound,
                "REPORTED": SAME,
                _RESTING: _IDLE,
                "of an active project": _SAID,
            },
        ),
        "another version accepted": (
            _accepted(OTHER_DIGEST),
            {
                BEFORE: ProjectNotFound,
                "REPORTED": STAYS,
                _RESTING: _IDLE,
                "of an active project": _SAID,
            },
        ),
        "screened": (
            screened(),
            {BEFORE: ProjectNotFound, "REPORTED": SAME, _UNREPORTED: _SAID},
        ),
        "screened otherwise": (
            screened(result="CLEAR"),
            {BEFORE: ProjectNotFound, "REPORTED": STAYS, _UNREPORTED: _SAID},
        ),
        "another commitment": (
            _reported(
                progress.commit_resource,
                progress.CommitResource(**said({}, commitment="RES-2", kind="IN_KIND", note="a year of work")),
                running=False,
            ),
            {BEFORE: ProjectNotFound, "REPORTED": STAYS, _UNREPORTED: _SAID},
        ),
        "another milestone": (
            _reported(
                progress.reach_milestone,
                progress.ReachMilestone(**said({}, code="M2", reached_on=TODAY, evidence_hash=DIGEST)),
                running=True,
            ),
            {
                BEFORE: ProjectNotFound,
                "REPORTED": STAYS,
                _RESTING: _IDLE,
                "of an active project": _SAID,
            },
        ),
    },
)
