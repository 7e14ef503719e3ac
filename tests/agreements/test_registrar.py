"""Whom terms name to confirm what one side lays down: somebody who is in the agreement in no way."""

import pytest

from services.agreements.contracts.errors import TermInvalid
from services.agreements.contracts.model import AGREEMENT
from services.agreements.parties import decisions as parties
from shared.events.terms import DisputeTerms
from tests.agreements import desk as at
from tests.agreements import lives, owners
from tests.agreements.controls import ATRC, HUT, TODAY, terms
from tests.agreements.party_controls import deactivating, of_party

NAMED = {"terms": terms(dispute=DisputeTerms(registrar="NLN"))}


async def test_a_registrar_is_a_party_that_is_registered():
    """An organisation that nobody knows could confirm nothing."""
    desk = await at.a_draft(terms=terms(dispute=DisputeTerms(registrar="NOBODY")))

    with pytest.raises(TermInvalid) as refused:
        await desk.does(at.proposed())
    assert ("dispute.registrar", "NOBODY") == (refused.value.ids["key"], refused.value.got)


@pytest.mark.parametrize(("parent", "child"), [("HUT", "NLN"), ("NLN", "ATRC")])
async def test_a_registrar_is_nobodys_affiliate(parent: str, child: str):
    """Neither under a party nor above one."""
    desk = await at.a_draft(**NAMED)
    await desk.does(owners.affiliated(parent, child))

    with pytest.raises(TermInvalid):
        await desk.does(at.proposed())


async def test_a_registrar_and_a_party_are_not_in_one_hand():
    """Who controls both may as well speak for itself."""
    desk = await at.a_draft(**NAMED)
    for child in ("NLN", "ATRC"):
        await desk.does(owners.affiliated("EGU", child))

    with pytest.raises(TermInvalid):
        await desk.does(at.proposed())


async def test_it_is_looked_at_again_by_whoever_signs_and_activates():
    """What was so when the terms were put forward may be so no more."""
    desk, terms_hash = await at.a_proposal(**NAMED)
    await desk.does(at.signed(terms_hash, by=HUT))
    await desk.does(owners.affiliated("HUT", "NLN"))
    with pytest.raises(TermInvalid):
        await desk.does(at.signed(terms_hash, by=ATRC))

    await desk.does(owners.no_longer_affiliated("HUT", "NLN", TODAY))
    await desk.does(at.signed(terms_hash, by=ATRC))
    await desk.does(of_party(parties.deactivate_party, deactivating(), "NLN"))
    with pytest.raises(TermInvalid):
        await desk.does(at.activated())


async def test_saying_it_again_asks_nothing():
    """Whoever has signed is told so, whatever became of the registrar."""
    desk = await at.an_agreement(**NAMED)
    await desk.does(of_party(parties.deactivate_party, deactivating(), "NLN"))

    assert (await desk.does(at.activated())).position is None


async def test_amended_terms_name_a_neutral_one_too():
    """When they are proposed, and when they are signed; an affiliate of who joins by them is none."""
    desk = await at.an_agreement()
    amending = {"terms": NAMED["terms"], "acceding": ("EGU",)}
    await desk.does(owners.affiliated("EGU", "NLN"))
    with pytest.raises(TermInvalid):
        await desk.does(lives.amendment_proposed(**amending))

    await desk.does(owners.no_longer_affiliated("EGU", "NLN", TODAY))
    await desk.does(lives.amendment_proposed(**amending))
    await desk.does(owners.affiliated("NLN", "HUT"))
    pending = (await desk.state(AGREEMENT, "MOU")).open_amendment
    with pytest.raises(TermInvalid):
        await desk.does(lives.amendment_signed(pending.version.in_force.terms_hash))
