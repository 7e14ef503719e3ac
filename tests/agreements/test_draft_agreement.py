"""Drafting an agreement."""

from datetime import date

import pytest

from services.agreements.contracts.decisions import draft_agreement
from services.agreements.contracts.errors import (
    AgreementNotFound,
    ConsentRuleIncomplete,
    DrafterNotAParty,
    PartiesRepeated,
    TooFewParties,
)
from services.agreements.errors import IdentifierTaken, PeriodEmpty
from services.agreements.parties.errors import PartyNotFound
from shared.canonical import content_hash
from shared.errors import DomainError
from shared.events.agreement import AgreementDrafted, TermsVersionDrafted
from shared.events.terms import ConsentRule, ConsentTerms
from tests.agreements import desk as at
from tests.agreements.controls import EGU, OTHER_DIGEST, agreement, drafted, drafting, period, terms
from tests.told import refuses


def test_a_draft_has_its_terms():
    """An agreement begins as a draft with the first version of its terms."""
    first, second = drafted()

    assert isinstance(first, AgreementDrafted)
    assert isinstance(second, TermsVersionDrafted)
    assert (("HUT", "ATRC"), 1) == (first.parties, second.terms_version)


def test_the_hash_binds_everything_in_the_terms():
    """Anyone can take the terms' hash again from the event's other fields."""
    (_, event) = drafted()

    assert isinstance(event, TermsVersionDrafted)
    names = ("agreement", "terms_version", "terms", "period", "document_hash")
    assert event.terms_hash == content_hash({name: getattr(event, name) for name in names})


_NO_DAYS = ConsentTerms(sole=ConsentRule(rule="NOTICE"))
_TOO_MUCH = ConsentTerms(sole=ConsentRule(rule="SUPERMAJORITY", ratio="4/3"))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": EGU}, DrafterNotAParty),
        ({"parties": ("HUT", "HUT")}, PartiesRepeated),
        ({"parties": ("HUT",)}, TooFewParties),
        ({"period": period(date(2024, 2, 1), date(2024, 2, 1))}, PeriodEmpty),
        ({"terms": terms(consent=_NO_DAYS)}, ConsentRuleIncomplete),
        ({"terms": terms(consent=_TOO_MUCH)}, ConsentRuleIncomplete),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Each rule of form has its name."""
    with refuses(refusal):
        draft_agreement(None, drafting(**changed))


async def test_an_unknown_party_is_refused():
    """An agreement names registered organisations."""
    desk = at.Desk()
    await desk.does(at.registered("HUT"))

    with refuses(PartyNotFound):
        await desk.does(at.drafted())


async def test_a_parent_of_others_does_not_exist():
    """An agreement cannot hang below one that its drafter must not see."""
    desk = await at.a_draft()

    with refuses(AgreementNotFound):
        await desk.does(at.drafted(agreement="SIDE", by=EGU, parties=("EGU", "NLN"), parent="MOU"))


def test_a_taken_id_is_refused_and_names_nobody():
    """Whose the id is may be none of the drafter's business."""
    with refuses(IdentifierTaken) as refused:
        draft_agreement(agreement(drafted()), drafting(title="Another"))
    assert {"agreement": "MOU"} == refused.value.ids


def test_the_same_draft_with_other_terms_is_another_draft():
    """A repeat is only a repeat if it says the same, the terms included."""
    with refuses(IdentifierTaken):
        draft_agreement(agreement(drafted()), drafting(document_hash=OTHER_DIGEST))


def test_drafting_it_again_changes_nothing():
    """The same draft, sent twice, is drafted once."""
    assert () == draft_agreement(agreement(drafted()), drafting())


async def test_of_two_drafts_that_want_one_id_one_gets_it():
    """Two drafts at once cannot both have the id."""
    desk = at.Desk()
    for party in ("HUT", "ATRC"):
        await desk.does(at.registered(party))

    with refuses(IdentifierTaken):
        await desk.interrupted(at.drafted(title="Late"), meanwhile=at.drafted())
