"""Which aggregates change by time alone, one line each."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, NamedTuple

from services.agreements.affiliations import declarations
from services.agreements.affiliations.model import DECLARATION
from services.agreements.affiliations.model import next_due as declaration_due
from services.agreements.background.access import advance as end_access
from services.agreements.background.model import BACKGROUND
from services.agreements.background.model import next_due as background_due
from services.agreements.contracts import decisions as contracts
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.model import next_due as agreement_due
from services.agreements.contributions import decisions as contributions
from services.agreements.contributions.handling import confirm_elsewhere
from services.agreements.contributions.handling import on_notice as contribution_on_notice
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.model import next_due as contribution_due
from services.agreements.disputes import decisions as disputes
from services.agreements.disputes.handling import ended_elsewhere
from services.agreements.disputes.handling import on_notice as dispute_on_notice
from services.agreements.disputes.model import DISPUTE
from services.agreements.disputes.model import next_due as dispute_due
from services.agreements.inventions import decisions as inventions
from services.agreements.inventions.handling import on_notice as invention_on_notice
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.inventions.model import next_due as determination_due
from services.agreements.notices.handling import Reads
from services.agreements.opportunities import decisions as opportunities
from services.agreements.opportunities.model import OPPORTUNITY
from services.agreements.opportunities.model import next_due as opportunity_due
from services.agreements.projects import decisions as projects
from services.agreements.projects.model import PROJECT
from services.agreements.projects.model import next_due as project_due
from services.agreements.retirement import decisions as retirement
from services.agreements.transfers import decisions as transfers
from services.agreements.transfers.handling import consent_elsewhere
from services.agreements.transfers.handling import on_notice as transfer_on_notice
from services.agreements.transfers.model import TRANSFER
from services.agreements.transfers.model import next_due as transfer_due
from shared.events.registry import Event
from shared.log.aggregate import Aggregate
from shared.log.handle import Change, Reader

Elsewhere = Callable[[Reader, Any, tuple[Event, ...], date], Awaitable[tuple[Change, ...] | None]]


class Advancing(NamedTuple):
    """An aggregate that time changes.

    `next_due` is the next day on which it does, None for never unless something else happens first; `advance` is what
    it has done by a day. Both are pure. `advance` is given the day that was due, even if that is long past, so what
    is recorded does not depend on when somebody was there to record it; days that follow from it come in turn.
    `elsewhere` gives the changes that belong to these events in other streams, recorded with them or not at all; None
    where these events cannot be as things stand there: then nothing happens before something else has happened to it.
    """

    aggregate: Aggregate[Any]
    next_due: Callable[[Any], date | None]
    advance: Callable[[Any, date], tuple[Event, ...]]
    agreement_of: Callable[[Any], str]
    elsewhere: Elsewhere | None = None
    # Adds to a state what follows from notice of what was said last, where days depend on that.
    noticed: Callable[[Reads, Any], Awaitable[Any]] | None = None

    async def on_notice(self, reads: Reads, state: Any) -> Any:  # noqa: ANN401  # of the aggregate's type
        """Return a state by which its next day is known."""
        return state if self.noticed is None else await self.noticed(reads, state)


def _invention_due(state: Invention) -> date | None:
    days = (determination_due(state), retirement.next_due(state))
    return min((day for day in days if day is not None), default=None)


def _advance_invention(state: Invention, today: date) -> tuple[Event, ...]:
    """Take silence for attestation, give up what nobody opposed, or tell that nothing is determined: one at a time."""
    return (
        inventions.attest_by_silence(state, today)
        or retirement.advance(state, today)
        or inventions.escalate(state, today)
    )


ADVANCING: tuple[Advancing, ...] = (
    Advancing(DECLARATION, declaration_due, declarations.advance, lambda declaration: declaration.agreement),
    Advancing(AGREEMENT, agreement_due, contracts.advance, lambda agreement: agreement.agreement),
    Advancing(BACKGROUND, background_due, end_access, lambda item: item.agreement),
    Advancing(PROJECT, project_due, projects.advance, lambda project: project.agreement),
    Advancing(
        CONTRIBUTION,
        contribution_due,
        contributions.advance,
        lambda contribution: contribution.agreement,
        confirm_elsewhere,
        contribution_on_notice,
    ),
    Advancing(
        INVENTION,
        _invention_due,
        _advance_invention,
        lambda invention: invention.agreement,
        noticed=invention_on_notice,
    ),
    Advancing(
        TRANSFER,
        transfer_due,
        transfers.advance,
        lambda transfer: transfer.agreement,
        consent_elsewhere,
        transfer_on_notice,
    ),
    Advancing(
        DISPUTE,
        dispute_due,
        disputes.advance,
        lambda dispute: dispute.agreement,
        ended_elsewhere,
        dispute_on_notice,
    ),
    Advancing(OPPORTUNITY, opportunity_due, opportunities.advance, lambda opportunity: opportunity.agreement),
)
