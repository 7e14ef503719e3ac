"""Giving an agreement up before everybody has signed."""

from datetime import date

import pytest

from services.agreements.contracts.decisions import (
    activate_agreement,
    propose_agreement,
    set_terms,
    sign_agreement,
    withdraw_agreement,
)
from services.agreements.contracts.errors import (
    AgreementIsSigned,
    AgreementIsWithdrawn,
    AgreementNotDraft,
    AgreementNotFound,
    TermsIncomplete,
)
from services.agreements.contracts.model import Agreement, next_due
from shared.events.agreement import AgreementWithdrawn
from shared.events.terms import Terms
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    activating,
    active,
    agreement,
    drafted,
    proposed,
    proposing,
    setting_terms,
    signed,
    signing,
)
from tests.agreements.lives import given_up, giving_up, then
from tests.told import refuses


def withdrawn() -> Agreement:
    return then(agreement(signed(HUT)), withdraw_agreement, giving_up())


@pytest.mark.parametrize("events", [drafted(), proposed(), signed(HUT)], ids=["draft", "proposed", "signed by one"])
def test_any_party_gives_it_up(events: tuple[object, ...]):
    """As long as one signature is missing, nobody is bound."""
    (event,) = withdraw_agreement(agreement(events), giving_up(by=ATRC))  # type: ignore[arg-type]  # events

    assert isinstance(event, AgreementWithdrawn)
    assert "ATRC" == event.withdrawn_by_party


@pytest.mark.parametrize("state", [agreement(signed()), active()], ids=["signed", "active"])
def test_what_all_have_signed_is_not_given_up(state: Agreement):
    """It is terminated instead."""
    with refuses(AgreementIsSigned):
        withdraw_agreement(state, giving_up())


def test_what_can_never_take_effect_is_given_up_though_all_have_signed():
    """Nobody could do anything else with it; what is missing is said before anybody signs."""
    never = agreement(signed(terms=Terms()))
    assert ("DRAFT", never.open_terms) == ((draft := agreement(drafted(terms=Terms()))).status, draft.open_terms)
    assert {"consent.ASSIGN", "revenue", "cost", "survival"} <= {*never.open_terms}
    with refuses(TermsIncomplete):
        activate_agreement(never, activating(today=date(2024, 2, 1)))

    given = then(never, withdraw_agreement, giving_up(by=ATRC))

    assert "WITHDRAWN" == given.status
    assert next_due(given) is None


def test_nothing_comes_of_it_any_more():
    """It is neither changed, proposed, signed nor activated."""
    state = withdrawn()

    with refuses(AgreementNotDraft):
        set_terms(state, setting_terms())
    with refuses(AgreementIsWithdrawn):
        propose_agreement(state, proposing())
    with refuses(AgreementIsWithdrawn):
        sign_agreement(state, signing(state.standing.terms_hash, by=ATRC))
    with refuses(AgreementIsWithdrawn):
        activate_agreement(state, activating(today=date(2024, 2, 1)))
    assert next_due(state) is None


def test_giving_it_up_again_changes_nothing():
    """It is given up once."""
    assert () == withdraw_agreement(withdrawn(), giving_up())


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.a_draft()

    with refuses(AgreementNotFound):
        await desk.does(given_up(by=EGU))


async def test_the_last_signature_does_not_slip_past():
    """Of signing and giving up at once only one happens."""
    desk, terms_hash = await at.a_proposal()
    await desk.does(at.signed(terms_hash))

    with refuses(AgreementIsWithdrawn):
        await desk.interrupted(at.signed(terms_hash, by=ATRC), meanwhile=given_up())
