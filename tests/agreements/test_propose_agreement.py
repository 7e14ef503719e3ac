"""Proposing an agreement."""

from services.agreements.contracts.decisions import propose_agreement
from services.agreements.contracts.errors import TermNotSupported
from shared.events.agreement import AgreementProposed
from shared.events.terms import CalendarTerms
from tests.agreements import desk as at
from tests.agreements.controls import agreement, drafted, proposed, proposing, terms
from tests.told import refuses


def test_the_terms_that_stand_are_proposed():
    """What is to be signed is named by its hash."""
    state = agreement(drafted())
    (event,) = propose_agreement(state, proposing())

    assert isinstance(event, AgreementProposed)
    assert event.terms_hash == state.standing.terms_hash


def test_a_term_that_would_not_be_kept_is_refused():
    """Nothing may be signed here that this release would then silently not do."""
    state = agreement(drafted(terms=terms(calendar=CalendarTerms(zone="Europe/Berlin"))))

    with refuses(TermNotSupported) as refused:
        propose_agreement(state, proposing())
    assert "calendar.zone" == refused.value.ids["key"]


def test_proposing_it_again_changes_nothing():
    """A proposal, sent twice, is made once."""
    assert () == propose_agreement(agreement(proposed()), proposing())


async def test_of_two_proposals_at_once_one_is_made():
    """The second finds it done."""
    desk = await at.a_draft()

    outcome = await desk.interrupted(at.proposed(), meanwhile=at.proposed())

    assert outcome.position is None
    assert 3 == len(await desk.names("agreement:MOU"))
