"""Creating a project."""

from datetime import date

import pytest

from services.agreements.contracts.errors import AgreementNotFound, PartyNotInAgreement, TermInvalid, TooFewParties
from services.agreements.errors import AgreementNotActive, IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.projects.decisions import create_project
from services.agreements.projects.errors import AgreementNotBinding, OverrideWithoutRevenue, ProjectOutsideAgreement
from shared.errors import DomainError
from shared.events.project import PolicyOverrides, ProjectCreated
from shared.events.terms import RevenueStep
from tests.agreements import desk as at
from tests.agreements.controls import EGU, active, created, creating, period, project
from tests.told import refuses


def test_a_project_is_created_among_parties_of_the_agreement():
    """Its event names everybody whom it concerns."""
    (event,) = created()

    assert isinstance(event, ProjectCreated)
    assert ("MOU", ("HUT", "ATRC"), "HUT") == (event.agreement, event.parties, event.created_by_party)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"parties": ("HUT",)}, TooFewParties),
        ({"parties": ("HUT", "EGU")}, PartyNotInAgreement),
        ({"by": EGU}, NotAProjectParty),
        ({"period": period(date(2024, 3, 1), date(2024, 3, 1))}, PeriodEmpty),
        ({"period": period(date(2024, 1, 31), date(2025, 1, 1))}, ProjectOutsideAgreement),
        ({"period": period(date(2024, 3, 1))}, ProjectOutsideAgreement),
    ],
)
def test_a_project_beside_its_agreement_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """A project is made of its agreement's parties and days."""
    with refuses(refusal):
        create_project(None, active(), creating(**changed))


def test_nothing_is_begun_under_an_agreement_that_binds_nobody():
    """Shares under a memorandum that is not binding would be nobody's."""
    state = active(binding=False, ip_terms_binding=False)

    with refuses(AgreementNotBinding):
        create_project(None, state, creating())


def test_binding_ip_terms_are_enough():
    """A memorandum that is not binding otherwise may bind on ownership."""
    assert create_project(None, active(binding=False), creating())


def test_a_project_may_go_its_own_way():
    """In the keys that a project may override; approving it is approving that."""
    own = PolicyOverrides(method="POINTS", revenue_steps=("SPLIT",))
    state = project(created(policy_overrides=own, trl_start=3))

    assert (own, 3) == (state.policy_overrides, state.trl_start)
    assert ("POINTS", ("SPLIT",)) == (
        state.method(active().standing.terms),
        state.revenue_steps(active().standing.terms),
    )


def test_a_project_without_its_own_way_goes_the_agreements():
    """What it does not override holds."""
    agreed = active().standing.terms
    state = project(created())

    assert (agreed.ownership.method, ("DEDUCT_TAX", "RECOUP", "SPLIT")) == (
        state.method(agreed),
        state.revenue_steps(agreed),
    )


@pytest.mark.parametrize(("steps", "refusal"), [(("RECOUP",), TermInvalid), (("FEE", "SPLIT"), OverrideWithoutRevenue)])
def test_an_override_that_the_agreement_cannot_carry_is_refused(
    steps: tuple[RevenueStep, ...], refusal: type[DomainError]
):
    """A fee that nobody agreed on has no amount."""
    with refuses(refusal):
        create_project(None, active(), creating(policy_overrides=PolicyOverrides(revenue_steps=steps)))


async def test_an_agreement_that_is_not_active_has_no_projects():
    """Signatures come first."""
    desk = await at.a_draft()

    with refuses(AgreementNotActive):
        await desk.does(at.created())


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(at.created(by=EGU))


def test_creating_it_again_changes_nothing():
    """The same project, sent twice, is created once."""
    assert () == create_project(project(created()), active(), creating())


async def test_of_two_projects_that_want_one_id_one_gets_it():
    """Two creations at once cannot both have the id."""
    desk = await at.an_agreement()

    with refuses(IdentifierTaken):
        await desk.interrupted(at.created(title="Late"), meanwhile=at.created())
