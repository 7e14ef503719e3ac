"""Activating an agreement."""

from datetime import date

from services.agreements.contracts.decisions import activate_agreement, advance
from services.agreements.contracts.errors import AgreementNotFullySigned, EffectiveDateNotReached, TermsIncomplete
from services.agreements.contracts.model import next_due
from shared.events.agreement import AgreementActivated
from shared.events.terms import ConsentRule, ConsentTerms, RevenueTerms
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT, activating, active, agreement, signed, terms
from tests.told import refuses


def test_a_signed_agreement_takes_effect():
    """From the first day of its period it is active."""
    (event,) = activate_agreement(agreement(signed()), activating())

    assert isinstance(event, AgreementActivated)
    assert date(2024, 2, 1) == event.period.start


def test_what_it_leaves_to_a_law_is_said():
    """By the law's code and by the keys: nobody signed these rules by their words."""
    left = agreement(signed(terms=terms(law_default="HK", consent=ConsentTerms(assign=ConsentRule(rule="NONE")))))
    (event,) = activate_agreement(left, activating())
    (written,) = activate_agreement(agreement(signed()), activating())

    assert isinstance(event, AgreementActivated)
    assert ("HK", 8) == (event.law_default, len(event.by_law))
    assert "consent.ASSIGN" not in event.by_law
    assert isinstance(written, AgreementActivated)
    assert (None, ()) == (written.law_default, written.by_law)


def test_it_takes_effect_on_its_first_day():
    """The first day itself counts."""
    assert 1 == len(activate_agreement(agreement(signed()), activating(today=date(2024, 2, 1))))


def test_it_does_not_take_effect_before():
    """The day before is too early."""
    with refuses(EffectiveDateNotReached):
        activate_agreement(agreement(signed()), activating(today=date(2024, 1, 31)))


def test_a_missing_signature_is_named():
    """An agreement binds nobody before everybody has signed."""
    with refuses(AgreementNotFullySigned) as refused:
        activate_agreement(agreement(signed(HUT)), activating())
    assert ["ATRC"] == refused.value.ids["missing"]


def test_terms_that_leave_what_decides_open_are_refused_with_all_their_keys():
    """What the terms do not say on consent, revenue, cost and survival would later be decided by nobody."""
    state = agreement(signed(terms=terms(consent=ConsentTerms(), revenue=None, cost=None, survival=())))

    with refuses(TermsIncomplete) as refused:
        activate_agreement(state, activating())
    keys = refused.value.ids["keys"]
    assert isinstance(keys, list)
    assert (12, "consent.OWN_USE", ["revenue", "cost", "survival"]) == (len(keys), keys[0], keys[-3:])


def test_what_leaves_something_open_does_not_take_effect_by_itself():
    """Nothing waits for a day that cannot come."""
    assert next_due(agreement(signed(terms=terms(cost=None)))) is None


def test_a_fee_among_the_steps_must_be_said():
    """Whoever takes a fee has to say how much, and who gets it."""
    state = agreement(signed(terms=terms(revenue=RevenueTerms())))

    with refuses(TermsIncomplete) as refused:
        activate_agreement(state, activating())
    assert ["revenue.fee"] == refused.value.ids["keys"]


def test_the_law_fills_consents_that_the_terms_leave_open():
    """Parties who agree on a law need not write what it says."""
    assert activate_agreement(agreement(signed(terms=terms(consent=ConsentTerms(), law_default="HK"))), activating())


def test_what_the_law_leaves_to_the_agreement_stays_open():
    """Where the chosen law says nothing either, somebody has to."""
    state = agreement(signed(terms=terms(consent=ConsentTerms(), law_default="EU_HORIZON")))

    with refuses(TermsIncomplete) as refused:
        activate_agreement(state, activating())
    assert ["consent.OWN_USE"] == refused.value.ids["keys"]


def test_with_its_first_day_it_takes_effect_by_itself():
    """Nobody has to be there on that day."""
    state = agreement(signed())

    assert date(2024, 2, 1) == next_due(state)
    assert advance(state, date(2024, 2, 1)) == activate_agreement(state, activating())
    assert () == advance(state, date(2024, 1, 31))


def test_activating_it_again_changes_nothing():
    """An agreement takes effect once."""
    assert () == activate_agreement(active(), activating())


async def test_of_two_activations_at_once_one_happens():
    """The second finds it active."""
    desk, terms_hash = await at.a_proposal()
    await desk.does(at.signed(terms_hash))
    await desk.does(at.signed(terms_hash, by=ATRC))

    outcome = await desk.interrupted(at.activated(), meanwhile=at.activated())

    assert outcome.position is None
    assert "AgreementActivated" == (await desk.names("agreement:MOU"))[-1]
