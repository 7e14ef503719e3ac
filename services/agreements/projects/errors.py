"""What is refused about projects."""

from shared.errors import Conflict, Invalid, NotFound


class ProjectNotFound(NotFound):
    """There is no such project in the agreements of the caller's party."""


class AgreementNotBinding(Conflict):
    """The agreement binds on ownership neither as a whole nor by its IP terms, so nothing could be owned under it."""


class ProjectOutsideAgreement(Invalid):
    """A project's period lies within that of its agreement."""


class ApprovalsMissing(Conflict):
    """A project starts after all its parties have approved it; `missing` names those that have not."""


class StartOutsideProject(Invalid):
    """A project starts on a day of its period."""


class ProjectNotActive(Conflict):
    """This needs a project that has started."""


class ProjectIsOver(Conflict):
    """The project was completed or cancelled."""


class OverrideWithoutRevenue(Invalid):
    """A project overrides steps of the agreement's revenue terms only where the agreement has some."""


class CompletionBeforeStart(Invalid):
    """A project is completed on the day on which it started or later."""
