"""What happens to a project, the frame in which foreground arises."""

from datetime import date

from shared.contracts.values import Period
from shared.log.events import Event, event


@event("agreements.ProjectCreated.v1", entity="project")
class ProjectCreated(Event, frozen=True, kw_only=True):
    """A party put a project before those of the agreement's parties that take part in it."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    created_by_party: str
    title: str
    fields: tuple[str, ...]
    period: Period


@event("agreements.ProjectApproved.v1", entity="project")
class ProjectApproved(Event, frozen=True, kw_only=True):
    """One of the project's parties approved it."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    party: str
    person: str


@event("agreements.ProjectStarted.v1", entity="project")
class ProjectStarted(Event, frozen=True, kw_only=True):
    """All had approved, and work began on `started_on`."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    started_on: date
