"""Whom terms name to confirm what one side lays down: somebody who is in the agreement in no way."""

from datetime import timedelta

import pytest

from services.agreements.contracts.errors import TermInvalid
from services.agreements.contracts.model import AGREEMENT
from services.agreements.disputes.errors import (
    DisputeNotFound,
    NotTheRegistrar,
    RegistrarNotAsked,
    RegistrarNotNeutral,
    ResolutionNotProposed,
)
from services.agreements.disputes.handling import dispute_of
from services.agreements.errors import NotAProjectParty, RecordedOtherwise
from services.agreements.parties import decisions as parties
from shared.events.terms import DisputeTerms
from shared.log.handle import Reader
from tests.agreements import desk as at
from tests.agreements import lives, owners
from tests.agreements.controls import ATRC, EGU, HUT, NLN, TODAY, terms
from tests.agreements.owners import OUTCOME, pending, shares, the, waiting
from tests.agreements.party_controls import deactivating, of_party
from tests.told import refuses

NAMED = {"terms": terms(dispute=DisputeTerms(registrar="NLN"))}


async def test_a_registrar_is_a_party_that_is_registered():
    """An organisation that nobody knows could confirm nothing."""
    desk = await at.a_draft(terms=terms(dispute=DisputeTerms(registrar="NOBODY")))

    with refuses(TermInvalid) as refused:
        await desk.does(at.proposed())
    assert ("dispute.registrar", "NOBODY") == (refused.value.ids["key"], refused.value.got)


@pytest.mark.parametrize(("parent", "child"), [("HUT", "NLN"), ("NLN", "ATRC")])
async def test_a_registrar_is_nobodys_affiliate(parent: str, child: str):
    """Neither under a party nor above one."""
    desk = await at.a_draft(**NAMED)
    await desk.does(owners.affiliated(parent, child))

    with refuses(TermInvalid):
        await desk.does(at.proposed())


async def test_a_registrar_and_a_party_are_not_in_one_hand():
    """Who controls both may as well speak for itself."""
    desk = await at.a_draft(**NAMED)
    for child in ("NLN", "ATRC"):
        await desk.does(owners.affiliated("EGU", child))

    with refuses(TermInvalid):
        await desk.does(at.proposed())


async def test_it_is_looked_at_again_by_whoever_signs_and_activates():
    """What was so when the terms were put forward may be so no more."""
    desk, terms_hash = await at.a_proposal(**NAMED)
    await desk.does(at.signed(terms_hash, by=HUT))
    await desk.does(owners.affiliated("HUT", "NLN"))
    with refuses(TermInvalid):
        await desk.does(at.signed(terms_hash, by=ATRC))

    await desk.does(owners.no_longer_affiliated("HUT", "NLN", TODAY))
    await desk.does(at.signed(terms_hash, by=ATRC))
    await desk.does(of_party(parties.deactivate_party, deactivating(), "NLN"))
    with refuses(TermInvalid):
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
    with refuses(TermInvalid):
        await desk.does(lives.amendment_proposed(**amending))

    await desk.does(owners.no_longer_affiliated("EGU", "NLN", TODAY))
    await desk.does(lives.amendment_proposed(**amending))
    await desk.does(owners.affiliated("NLN", "HUT"))
    pending = (await desk.state(AGREEMENT, "MOU")).open_amendment
    with refuses(TermInvalid):
        await desk.does(lives.amendment_signed(pending.version.in_force.terms_hash))


# -- what it does ----------------------------------------------------------------------------------------------------


async def test_the_registrar_confirms_in_place_of_all_who_lose():
    """It is outside the agreement, reads the dispute, and says that the document exists."""
    desk, resolution_hash = await pending()
    assert {"HUT": ("confirm", "object"), "NLN": ("confirm", "decline")} == await waiting(desk)
    await desk.does(owners.resolution_confirmed(resolution_hash, by=NLN))

    assert OUTCOME == await shares(desk)


async def test_what_the_registrar_declines_is_an_outcome_no_more():
    """The step goes on with the days that it had left."""
    desk, resolution_hash = await pending()
    assert (None, 30) == ((await the(desk)).due_on, (await the(desk)).resolution.days_left)
    later = TODAY + timedelta(days=100)
    await desk.does(owners.resolution_declined(resolution_hash, today=later))

    state = await the(desk)
    assert (None, "DECLINED", later + timedelta(days=30)) == (state.resolution, state.set_aside.how, state.step_ends_on)
    assert later + timedelta(days=29) == state.due_on
    assert {"HUT": "1/1"} == await shares(desk)
    with refuses(ResolutionNotProposed):
        await desk.does(owners.resolution_confirmed(resolution_hash, by=HUT))
    with refuses(RecordedOtherwise):
        await desk.does(owners.resolution_declined(resolution_hash, reason="it says something else"))


async def test_a_registrar_confirms_no_settlement_that_needs_no_confirmation_of_its_own():
    """What all parties settle is their word; where a person has signed too, the registrar says so, and once."""
    desk = await at.a_determination(**owners.REGISTRAR)
    await desk.does(owners.disputed())
    await desk.does(owners.resolution_proposed())

    with refuses(RegistrarNotAsked):
        await desk.does(owners.resolution_confirmed(await owners.hash_of(desk), by=NLN))


async def test_a_registrar_does_nothing_else():
    """What it may not do, it is told so: it knows that there is the dispute."""
    desk, resolution_hash = await pending()

    for work in (
        owners.position_filed(OUTCOME, by=NLN),
        owners.evidence_filed(by=NLN),
        owners.dispute_withdrawn(by=NLN),
        owners.resolution_proposed(by=NLN, basis="COURT"),
        owners.resolution_objected(resolution_hash, by=NLN),
        owners.resolution_withdrawn(resolution_hash, by=NLN),
    ):
        with refuses(NotAProjectParty):
            await desk.does(work)
    with refuses(NotTheRegistrar):
        await desk.does(owners.resolution_declined(resolution_hash, by=HUT))


async def test_who_has_nothing_to_do_with_it_finds_no_dispute():
    """Not even whoever will be the registrar of other agreements."""
    desk, resolution_hash = await pending()

    for work in (
        owners.resolution_confirmed(resolution_hash, by=EGU),
        owners.resolution_objected(resolution_hash, by=EGU),
        owners.resolution_declined(resolution_hash, by=EGU),
        owners.resolution_withdrawn(resolution_hash, by=EGU),
    ):
        with refuses(DisputeNotFound):
            await desk.does(work)


@pytest.mark.parametrize(("parent", "child"), [("ATRC", "NLN"), ("NLN", "HUT")])
async def test_a_registrar_that_has_become_an_affiliate_is_none(parent: str, child: str):
    """It was neutral when it was named, and has to be when it speaks."""
    desk, resolution_hash = await pending()
    await desk.does(owners.affiliated(parent, child))

    for speaks in (owners.resolution_confirmed, owners.resolution_declined):
        with refuses(RegistrarNotNeutral):
            await desk.does(speaks(resolution_hash, by=NLN))


async def test_a_registrar_that_is_active_no_more_is_none():
    """What is laid down from then on does not name it."""
    desk, resolution_hash = await pending()
    await desk.does(of_party(parties.deactivate_party, deactivating(), "NLN"))
    with refuses(RegistrarNotNeutral):
        await desk.does(owners.resolution_confirmed(resolution_hash, by=NLN))

    await desk.does(owners.resolution_withdrawn(resolution_hash))
    await desk.does(owners.decided())
    assert (await the(desk)).resolution.registrar is None


async def test_the_registrar_reads_the_dispute_before_anything_is_laid_down():
    """To whoever the terms in force name, it is there."""
    desk = await at.a_determination(**owners.REGISTRAR)
    await desk.does(owners.disputed())

    state, _ = await dispute_of(Reader(desk.handler, trusting=False), "DSP", NLN)
    assert "OPENED" == state.status
