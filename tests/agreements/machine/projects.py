"""What each command on a project comes to in each state, and what time does to it."""

from datetime import date, timedelta
from functools import partial

from services.agreements.errors import IdentifierTaken
from services.agreements.projects import decisions
from services.agreements.projects.errors import ApprovalsMissing, ProjectIsOver, ProjectNotActive, ProjectNotFound
from services.agreements.projects.model import PROJECT
from services.agreements.scheduler.registry import ADVANCING
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, HUT, TODAY
from tests.agreements.machine.acts import time_passes
from tests.agreements.machine.table import SAME, Table, since
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
_ABSENT, _IDLE, _OVER = ProjectNotFound, ProjectNotActive, ProjectIsOver

PROJECTS = Table(
    BY_HEADING["Project"],
    "PRJ",
    {
        BEFORE: at.an_agreement,
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
        "created": (at.created(), ("PROPOSED", *[SAME] * 9)),
        "created otherwise": (at.created(title="Another"), ("PROPOSED", *[IdentifierTaken] * 9)),
        "approved": (_APPROVED, (_ABSENT, "PROPOSED", *[SAME] * 4, *[_OVER] * 4)),
        "approved by another": (
            _APPROVED_BY_ATRC,
            (_ABSENT, "PROPOSED", "APPROVED", *[SAME] * 3, *[_OVER] * 4),
        ),
        "started": (
            at.started(),
            (_ABSENT, ApprovalsMissing, ApprovalsMissing, "ACTIVE", SAME, SAME, *[_OVER] * 4),
        ),
        "paused": (_PAUSED, (_ABSENT, *[_IDLE] * 3, "PAUSED", SAME, *[_IDLE] * 4)),
        "resumed": (lives.resumed(), (_ABSENT, *[_IDLE] * 3, SAME, "ACTIVE", *[_IDLE] * 4)),
        "completed": (_COMPLETED, (_ABSENT, *[_IDLE] * 3, "COMPLETED", "COMPLETED", SAME, *[_OVER] * 3)),
        "completed on another day": (
            lives.stopped(decisions.complete_project, lives.completing(completed_on=TODAY.replace(month=5))),
            (_ABSENT, *[_IDLE] * 3, "COMPLETED", "COMPLETED", *[_OVER] * 4),
        ),
        "completed on the day of its end": (
            lives.stopped(decisions.complete_project, lives.completing(completed_on=_ENDS, today=_ENDS)),
            (_ABSENT, *[_IDLE] * 3, "COMPLETED", "COMPLETED", _OVER, SAME, _OVER, _OVER),
        ),
        "cancelled": (_CANCELLED, (_ABSENT, *["CANCELLED"] * 5, _OVER, _OVER, SAME, SAME)),
        "time passes": (_TIME, (_ABSENT, *[SAME] * 3, "COMPLETED", "COMPLETED", *[SAME] * 4)),
        "time passes, but not enough": (
            time_passes(_BY_TIME, "PRJ", _ENDS - timedelta(days=1)),
            (_ABSENT, *[SAME] * 9),
        ),
    },
)
