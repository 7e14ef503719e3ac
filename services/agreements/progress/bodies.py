"""What callers send of a project's progress."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, Currency, HashText, Id, Line, Paragraph
from shared.events.progress import ResourceKind, ScreeningResult
from shared.events.values import Money

# Safe in every JSON reader, and beyond any budget.
_MOST = 10**15


class MoneyBody(Money, frozen=True, kw_only=True, forbid_unknown_fields=True):
    currency: Currency
    minor: Annotated[int, Meta(ge=-_MOST, le=_MOST)]


class CommitResourceBody(Body, frozen=True, kw_only=True):
    commitment: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: ResourceKind
    """What is put in: money (`CASH`), something else (`IN_KIND`) or the use of a facility (`FACILITY`)."""
    money: MoneyBody | None = None
    note: Paragraph | None = None


class ReachMilestoneBody(Body, frozen=True, kw_only=True):
    code: Id
    """The code of the milestone in the project's plan."""
    reached_on: date
    evidence_hash: HashText


class AcceptDeliverableBody(Body, frozen=True, kw_only=True):
    code: Id
    """The code of the deliverable in the project's plan."""
    document_hash: HashText


class RecordScreeningBody(Body, frozen=True, kw_only=True):
    regime: Line
    classification: Line
    result: ScreeningResult
    person: Id | None = None
    """The pseudonym of the person the finding is about; null where it is about the project."""
    valid_to: date | None = None
