"""What may be done with an opportunity, and what then happened."""

from datetime import date
from typing import Any

import msgspec

from services.agreements.affiliations.model import Affiliations, is_affiliate_on
from services.agreements.background.model import BackgroundItem
from services.agreements.commands import Command
from services.agreements.contracts.decisions import check_distinct
from services.agreements.contracts.errors import PartyNotInAgreement
from services.agreements.contracts.model import Agreement
from services.agreements.creation import create
from services.agreements.gates import Gate, Standing
from services.agreements.lists import check_named_once
from services.agreements.opportunities.errors import (
    BackgroundOfEachSideMissing,
    NotAnAffiliate,
    NotWhoIdentified,
    OpportunityDecided,
    OpportunityNotShared,
    OpportunityOverdue,
    OpportunitySharedAlready,
    ReasonExpected,
    RespondByPassed,
    SharedWithItself,
    SupportMissing,
)
from services.agreements.opportunities.model import (
    DECIDED,
    Opportunity,
    OpportunityStatus,
    Review,
    next_due,
)
from shared.events.opportunity import (
    OpportunityAccepted,
    OpportunityDeclined,
    OpportunityIdentified,
    OpportunityLapsed,
    OpportunityReviewed,
    OpportunityShared,
    ReasonCode,
    Verdict,
)
from shared.events.registry import Event

Events = tuple[Event, ...]


# Of opportunities no power is asked: nothing said of one binds anybody, the project that comes of it is approved.
class IdentifyOpportunity(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    opportunity: str
    agreement: str
    title: str
    field: str
    leverages_background: tuple[str, ...]
    affiliate: str | None = None


class ShareOpportunity(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    shared_with: tuple[str, ...]
    respond_by: date


class ReviewOpportunity(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    verdict: Verdict
    reason_code: ReasonCode | None = None


class AcceptOpportunity(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    project: str


class DeclineOpportunity(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ACTIVE_TODAY, member=True)

    reason_code: ReasonCode


class Ground(msgspec.Struct, frozen=True):
    """What an opportunity is checked against: the background it names, and who is whose affiliate."""

    background: tuple[BackgroundItem, ...]
    affiliations: Affiliations | None


def identify_opportunity(state: Opportunity | None, ground: Ground, command: IdentifyOpportunity) -> Events:
    check_named_once(command.leverages_background, "leverages_background")
    party = command.by.party
    side = {party}
    if command.affiliate is not None:
        if not is_affiliate_on(ground.affiliations, command.affiliate, party, command.today):
            raise NotAnAffiliate(expected=f"an affiliate of {party}", got=command.affiliate)
        side.add(command.affiliate)
    owners = {item.owner_party for item in ground.background}
    if not owners & side:
        raise BackgroundOfEachSideMissing(expected=sorted(side), got=sorted(owners))
    if not owners - side:
        raise BackgroundOfEachSideMissing(expected=f"another than {party}", got=sorted(owners))
    identified = OpportunityIdentified(
        agreement=command.agreement,
        opportunity=command.opportunity,
        by_party=party,
        title=command.title,
        field=command.field,
        leverages_background=command.leverages_background,
        affiliate=command.affiliate,
    )
    return create(state, identified, opportunity=command.opportunity)


def share_opportunity(state: Opportunity, agreement: Agreement, command: ShareOpportunity) -> Events:
    if command.by.party != state.by_party:
        raise NotWhoIdentified(expected=state.by_party, got=command.by.party, opportunity=state.opportunity)
    check_distinct(command.shared_with)
    if not command.shared_with or state.by_party in command.shared_with:
        raise SharedWithItself(got=list(command.shared_with))
    parties = (state.by_party, *command.shared_with)
    if state.status is not OpportunityStatus.IDENTIFIED:
        if (state.parties, state.respond_by) == (parties, command.respond_by):
            return ()
        raise OpportunitySharedAlready(got=list(state.parties), opportunity=state.opportunity)
    members = agreement.members_on(command.today)
    if strangers := set(command.shared_with) - set(members):
        raise PartyNotInAgreement(expected=list(members), got=sorted(strangers))
    if command.respond_by < command.today:
        raise RespondByPassed(expected=f"{command.today} or later", got=command.respond_by)
    return (
        OpportunityShared(
            agreement=state.agreement,
            opportunity=state.opportunity,
            parties=parties,
            by_party=state.by_party,
            respond_by=command.respond_by,
        ),
    )


def review_opportunity(state: Opportunity, command: ReviewOpportunity) -> Events:
    if (command.reason_code is None) != (command.verdict == "SUPPORT"):
        raise ReasonExpected(got=command.reason_code, opportunity=state.opportunity)
    review = Review(person=command.by.person, verdict=command.verdict, reason_code=command.reason_code)
    if state.reviews.get(command.by.party) == review:
        return ()
    _check_waiting(state, command)
    return (
        OpportunityReviewed(
            **_where(state, command),
            person=command.by.person,
            verdict=command.verdict,
            reason_code=command.reason_code,
        ),
    )


def accept_opportunity(state: Opportunity, command: AcceptOpportunity) -> Events:
    """Take it up as a project, which is created under this id and approved like any other."""
    if state.status is OpportunityStatus.ACCEPTED and state.project == command.project:
        return ()
    _check_waiting(state, command)
    supporting = {party for party, review in state.reviews.items() if review.verdict == "SUPPORT"}
    # Whoever accepts supports it by that, and so does whoever identified it unless it has said otherwise since.
    if state.by_party not in state.reviews:
        supporting.add(state.by_party)
    missing = [party for party in state.parties if party not in supporting | {command.by.party}]
    if missing:
        raise SupportMissing(missing=missing, opportunity=state.opportunity)
    return (OpportunityAccepted(**_where(state, command), project=command.project),)


def decline_opportunity(state: Opportunity, command: DeclineOpportunity) -> Events:
    declined = (OpportunityStatus.DECLINED, command.by.party, command.reason_code)
    if (state.status, state.declined_by, state.reason_code) == declined:
        return ()
    _check_waiting(state, command)
    return (OpportunityDeclined(**_where(state, command), reason_code=command.reason_code),)


def advance(state: Opportunity, today: date) -> Events:
    """Return what time alone has done by a day: what nobody decided on has lapsed."""
    due = next_due(state)
    if due is None or today < due or state.respond_by is None:
        return ()
    return (
        OpportunityLapsed(
            agreement=state.agreement,
            opportunity=state.opportunity,
            parties=state.parties,
            respond_by=state.respond_by,
        ),
    )


def _check_waiting(state: Opportunity, command: Command) -> None:
    if state.status is OpportunityStatus.IDENTIFIED:
        raise OpportunityNotShared(opportunity=state.opportunity)
    if state.status in DECIDED:
        raise OpportunityDecided(got=state.status, opportunity=state.opportunity)
    # The lapse may not be recorded yet on the day on which it is due.
    if state.respond_by is not None and command.today > state.respond_by:
        raise OpportunityOverdue(expected=f"by {state.respond_by}", got=command.today, opportunity=state.opportunity)


def _where(state: Opportunity, command: Command) -> dict[str, Any]:
    return {
        "agreement": state.agreement,
        "opportunity": state.opportunity,
        "parties": state.parties,
        "party": command.by.party,
    }
