"""Setting the terms of a draft."""

from services.agreements.contracts.decisions import set_terms
from services.agreements.contracts.errors import AgreementNotDraft
from shared.events.agreement import TermsVersionDrafted
from tests.agreements import desk as at
from tests.agreements.controls import DIGEST, agreement, drafted, proposed, setting_terms
from tests.told import refuses


def test_a_draft_gets_other_terms():
    """New terms are a new version; the old one stays in the log."""
    (event,) = set_terms(agreement(drafted()), setting_terms())

    assert isinstance(event, TermsVersionDrafted)
    assert 2 == event.terms_version


def test_what_is_proposed_is_no_longer_changed():
    """Whoever signs must find what was proposed."""
    with refuses(AgreementNotDraft):
        set_terms(agreement(proposed()), setting_terms())


def test_setting_the_same_terms_changes_nothing():
    """The terms that stand, sent again, are no new version."""
    assert () == set_terms(agreement(drafted()), setting_terms(document_hash=DIGEST))


async def test_terms_set_while_the_draft_is_proposed_are_refused():
    """Of a proposal and a change of terms at once, only one happens."""
    desk = await at.a_draft()

    with refuses(AgreementNotDraft):
        await desk.interrupted(at.terms_set(), meanwhile=at.proposed())
    assert ["AgreementDrafted", "TermsVersionDrafted", "AgreementProposed"] == await desk.names("agreement:MOU")
