"""Signing an agreement."""

from datetime import date

from services.agreements.commands import Representative
from services.agreements.contracts.decisions import sign_agreement
from services.agreements.contracts.errors import (
    AgreementNotFound,
    AgreementNotProposed,
    PartyHasSigned,
    TermsHashMismatch,
)
from services.agreements.errors import DayNotReached
from shared.events.agreement import AgreementFullySigned, AgreementSigned
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, OTHER_DIGEST, agreement, drafted, proposed, signed, signing
from tests.told import refuses


def test_a_party_signs():
    """A signature says who signed exactly what, for whom."""
    state = agreement(proposed())
    (event,) = sign_agreement(state, signing(state.standing.terms_hash))

    assert isinstance(event, AgreementSigned)
    assert ("HUT", "HUT-REP", state.standing.terms_hash) == (event.party, event.person, event.terms_hash)


def test_the_last_signature_completes_it():
    """When every party has signed, that is a fact of its own."""
    state = agreement(signed(HUT))
    events = sign_agreement(state, signing(state.standing.terms_hash, by=ATRC))

    assert [AgreementSigned, AgreementFullySigned] == [type(event) for event in events]


def test_a_draft_is_not_signed():
    """What has not been proposed may still change."""
    state = agreement(drafted())

    with refuses(AgreementNotProposed):
        sign_agreement(state, signing(state.standing.terms_hash))


def test_other_terms_are_not_signed():
    """Every signature binds the same terms."""
    with refuses(TermsHashMismatch):
        sign_agreement(agreement(proposed()), signing(OTHER_DIGEST))


def test_nobody_signs_in_the_future():
    """A signature of a day to come is none."""
    state = agreement(proposed())

    with refuses(DayNotReached):
        sign_agreement(state, signing(state.standing.terms_hash, signed_on=date(2099, 1, 1)))


def test_a_party_signs_by_one_representative():
    """A second representative's signature would leave open which of them bound the party."""
    state = agreement(signed(HUT))

    with refuses(PartyHasSigned):
        sign_agreement(state, signing(state.standing.terms_hash, by=Representative("HUT-DEAN", "HUT")))


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk, terms_hash = await at.a_proposal()

    with refuses(AgreementNotFound):
        await desk.does(at.signed(terms_hash, by=EGU))


def test_signing_it_again_changes_nothing():
    """A signature, sent twice, is given once."""
    state = agreement(signed(HUT))

    assert () == sign_agreement(state, signing(state.standing.terms_hash))


async def test_two_last_signatures_at_once_complete_it_once():
    """Whichever comes second is the one that completes the agreement."""
    desk, terms_hash = await at.a_proposal()

    await desk.interrupted(at.signed(terms_hash), meanwhile=at.signed(terms_hash, by=ATRC))

    assert ["AgreementSigned", "AgreementSigned", "AgreementFullySigned"] == (await desk.names("agreement:MOU"))[-3:]
