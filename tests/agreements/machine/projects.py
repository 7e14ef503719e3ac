"""What each command on a project comes to in each state, and what time does to it."""

from datetime import date, timedelta
from functools import partial

from services.agreements.errors import IdentifierTaken
from services.agreements.projects import decisions
from services.agreements.projects.errors import ApprovalsMissing, ProjectIsOver, ProjectNotActive, ProjectNotFound
from services.agreements.projects.model import PROJECT
from services.agreements.scheduler.registry import ADVANCING
from shared.events.project import ProjectReserved
from shared.log.handle import Change, Decided, Reader
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, HUT, TODAY
from tests.agreements.machine.acts import time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING

_APPROVED, _APPROVED_BY_ATRC = at.approved(by=HUT), at.approved(by=ATRC)
_PAUSED = lives.stopped(decisions.pause_project, lives.pausing())
_COMPLETED = lives.stopped(decisions.complete_project, lives.completing())
_CANCELLED = lives.stopped(decisions.cancel_project, lives.cancelling())
_created = partial(since, at.an_agreement, at.created())
_started = partial(_created, _APPROVED, _APPROVED_BY_ATRC, at.started())
_ENDS = date(2025, 9, 1)
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is PROJECT]
_TIME = time_passes(_BY_TIME, "PRJ", _ENDS)
_CREATED = ("PROPOSED", "APPROVED", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED")
_ABSENT, _IDLE, _OVER = ProjectNotFound, ProjectNotActive, ProjectIsOver


async def _reserve(reader: Reader, opportunity: str) -> Decided:
    """Promise the project, as an opportunity does that is accepted."""
    reserved = ProjectReserved(agreement="MOU", project="PRJ", parties=("HUT", "ATRC"), opportunity=opportunity)
    events = decisions.reserve_project(await reader.find(PROJECT, "PRJ"), reserved)
    return Decided("MOU", (Change(PROJECT, "PRJ", events, TODAY),))


PROJECTS = Table(
    BY_HEADING["Project"],
    "PRJ",
    {
        BEFORE: at.an_agreement,
        "RESERVED": since(at.an_agreement, partial(_reserve, opportunity="OPP")),
        "PROPOSED": _created(),
        "PROPOSED, and approved by one": _created(_APPROVED),
        "APPROVED": _created(_APPROVED, _APPROVED_BY_ATRC),
        "ACTIVE": _started(),
        "PAUSED": _started(_PAUSED),
        "COMPLETED": _started(_COMPLETED),
        "COMPLETED, with its period": _started(_TIME),
        "CANCELLED": _started(_CANCELLED),
        "CANCELLED, before it began": _created(_CANCELLED),
    },
    {
        "created": (
            at.created(),
            {
                (BEFORE, "RESERVED"): "PROPOSED",
                ("PROPOSED", "APPROVED", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"): SAME,
            },
        ),
        "created otherwise": (
            at.created(title="Another"),
            {
                (BEFORE, "RESERVED"): "PROPOSED",
                ("PROPOSED", "APPROVED", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"): IdentifierTaken,
            },
        ),
        "approved": (
            _APPROVED,
            {
                (BEFORE, "RESERVED"): _ABSENT,
                "PROPOSED": STAYS,
                ("APPROVED", "ACTIVE", "PAUSED", "PROPOSED, and approved by one"): SAME,
                ("COMPLETED", "CANCELLED"): _OVER,
            },
        ),
        "approved by another": (
            _APPROVED_BY_ATRC,
            {
                (BEFORE, "RESERVED"): _ABSENT,
                "PROPOSED": STAYS,
                ("APPROVED", "ACTIVE", "PAUSED"): SAME,
                ("COMPLETED", "CANCELLED"): _OVER,
                "PROPOSED, and approved by one": "APPROVED",
            },
        ),
        "started": (
            at.started(),
            {
                (BEFORE, "RESERVED"): _ABSENT,
                "PROPOSED": ApprovalsMissing,
                "APPROVED": "ACTIVE",
                ("ACTIVE", "PAUSED"): SAME,
                ("COMPLETED", "CANCELLED"): _OVER,
            },
        ),
        "paused": (
            _PAUSED,
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED", "COMPLETED", "CANCELLED"): _IDLE,
                "ACTIVE": "PAUSED",
                "PAUSED": SAME,
            },
        ),
        "resumed": (
            lives.resumed(),
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED", "COMPLETED", "CANCELLED"): _IDLE,
                "ACTIVE": SAME,
                "PAUSED": "ACTIVE",
            },
        ),
        "completed": (
            _COMPLETED,
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED"): _IDLE,
                ("ACTIVE", "PAUSED"): "COMPLETED",
                "COMPLETED": SAME,
                ("CANCELLED", "COMPLETED, with its period"): _OVER,
            },
        ),
        "completed on another day": (
            lives.stopped(decisions.complete_project, lives.completing(completed_on=TODAY.replace(month=5))),
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED"): _IDLE,
                ("ACTIVE", "PAUSED"): "COMPLETED",
                ("COMPLETED", "CANCELLED"): _OVER,
            },
        ),
        "completed on the day of its end": (
            lives.stopped(decisions.complete_project, lives.completing(completed_on=_ENDS, today=_ENDS)),
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED"): _IDLE,
                ("ACTIVE", "PAUSED"): "COMPLETED",
                ("COMPLETED", "CANCELLED"): _OVER,
                "COMPLETED, with its period": SAME,
            },
        ),
        "cancelled": (
            _CANCELLED,
            {
                (BEFORE, "RESERVED"): _ABSENT,
                ("PROPOSED", "APPROVED", "ACTIVE", "PAUSED"): "CANCELLED",
                "COMPLETED": _OVER,
                "CANCELLED": SAME,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: _ABSENT,
                ("RESERVED", "PROPOSED", "APPROVED", "COMPLETED", "CANCELLED"): SAME,
                ("ACTIVE", "PAUSED"): "COMPLETED",
            },
        ),
        "time passes, but not enough": (
            time_passes(_BY_TIME, "PRJ", _ENDS - timedelta(days=1)),
            {BEFORE: _ABSENT, ("RESERVED", *_CREATED): SAME},
        ),
    },
)
