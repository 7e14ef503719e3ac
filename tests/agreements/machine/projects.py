"""What each command on a project, and on a licence, comes to in each state."""

from functools import partial

from services.agreements.errors import IdentifierTaken
from services.agreements.licences.errors import ConsentMissing, LicenceIsGranted, LicenceNotFound
from services.agreements.licences.model import LICENCE
from services.agreements.projects import decisions
from services.agreements.projects.errors import ApprovalsMissing, ProjectIsOver, ProjectNotActive, ProjectNotFound
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, HUT, OTHER_DIGEST, TODAY
from tests.agreements.machine.acts import knowing
from tests.agreements.machine.table import SAME, Table, since
from tests.agreements.machine.transfers import held_by_two
from tests.docs.drawings import BEFORE, BY_HEADING

_APPROVED, _APPROVED_BY_ATRC = at.approved(by=HUT), at.approved(by=ATRC)
_PAUSED = lives.stopped(decisions.pause_project, lives.pausing())
_COMPLETED = lives.stopped(decisions.complete_project, lives.completing())
_CANCELLED = lives.stopped(decisions.cancel_project, lives.cancelling())
_created = partial(since, at.an_agreement, at.created())
_started = partial(_created, _APPROVED, _APPROVED_BY_ATRC, at.started())
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
        "CANCELLED": _started(_CANCELLED),
        "CANCELLED, before it began": _created(_CANCELLED),
    },
    {
        "created": (at.created(), ("PROPOSED", *[SAME] * 8)),
        "created otherwise": (at.created(title="Another"), ("PROPOSED", *[IdentifierTaken] * 8)),
        "approved": (_APPROVED, (_ABSENT, "PROPOSED", *[SAME] * 4, *[_OVER] * 3)),
        "approved by another": (
            _APPROVED_BY_ATRC,
            (_ABSENT, "PROPOSED", "APPROVED", *[SAME] * 3, *[_OVER] * 3),
        ),
        "started": (
            at.started(),
            (_ABSENT, ApprovalsMissing, ApprovalsMissing, "ACTIVE", SAME, SAME, *[_OVER] * 3),
        ),
        "paused": (_PAUSED, (_ABSENT, *[_IDLE] * 3, "PAUSED", SAME, *[_IDLE] * 3)),
        "resumed": (lives.resumed(), (_ABSENT, *[_IDLE] * 3, SAME, "ACTIVE", *[_IDLE] * 3)),
        "completed": (_COMPLETED, (_ABSENT, *[_IDLE] * 3, "COMPLETED", "COMPLETED", SAME, _OVER, _OVER)),
        "completed on another day": (
            lives.stopped(decisions.complete_project, lives.completing(completed_on=TODAY.replace(month=5))),
            (_ABSENT, *[_IDLE] * 3, "COMPLETED", "COMPLETED", *[_OVER] * 3),
        ),
        "cancelled": (_CANCELLED, (_ABSENT, *["CANCELLED"] * 5, _OVER, SAME, SAME)),
    },
)

# -- licences -------------------------------------------------------------------------------------------------------

_DRAFTED, _GRANTED = at.licence_drafted(), at.licence_granted()
_CONSENTED = knowing(LICENCE, "LIC", lambda state: state.terms_hash, partial(at.licence_consented, by=ATRC))
_HELD_BY_TWO = held_by_two()

LICENCES = Table(
    BY_HEADING["Licence"],
    "LIC",
    {
        BEFORE: at.a_determination,
        "DRAFT": since(at.a_determination, _DRAFTED),
        "DRAFT, of what two hold": since(_HELD_BY_TWO, _DRAFTED),
        "DRAFT, and consented to": since(_HELD_BY_TWO, _DRAFTED, _CONSENTED),
        "GRANTED": since(at.a_determination, _DRAFTED, _GRANTED),
        "GRANTED, with consent": since(_HELD_BY_TWO, _DRAFTED, _CONSENTED, _GRANTED),
    },
    {
        "drafted": (_DRAFTED, ("DRAFT", *[SAME] * 5)),
        "drafted otherwise": (at.licence_drafted(document_hash=OTHER_DIGEST), ("DRAFT", *[IdentifierTaken] * 5)),
        "consented": (_CONSENTED, (LicenceNotFound, "DRAFT", "DRAFT", SAME, LicenceIsGranted, SAME)),
        "granted": (_GRANTED, (LicenceNotFound, "GRANTED", ConsentMissing, "GRANTED", SAME, SAME)),
    },
)
