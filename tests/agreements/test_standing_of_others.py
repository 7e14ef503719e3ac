"""Whoever gets a share or a right is an active party: asked where it is offered, and again where it passes."""

from functools import partial

import msgspec
import pytest

from services.agreements.background import access
from services.agreements.errors import AgreementNotActive, PartyIsInactive
from services.agreements.licences.handling import check
from services.agreements.licences.model import LICENCE
from services.agreements.parties import decisions as parties
from services.agreements.parties.decisions import deactivate_party, reactivate_party, verify_party
from services.agreements.parties.model import PARTY
from services.agreements.transfers import decisions, handling
from services.agreements.transfers.model import TRANSFER
from shared.events.terms import ConsentRule, SurvivalTerm
from shared.log.handle import Reader, Work
from tests.agreements import desk as at
from tests.agreements import lives, outside, owners, prospects
from tests.agreements.controls import ATRC, CONSENT, HUT, TODAY, terms
from tests.agreements.notice import delivered, proven
from tests.agreements.outside import KPD
from tests.agreements.party_controls import deactivating, of_party, party, reactivating, verifying
from tests.told import refuses


def gone(name: str) -> Work:
    return of_party(parties.deactivate_party, deactivating(), name)


def back(name: str) -> Work:
    return of_party(parties.reactivate_party, reactivating(), name)


def test_what_was_inactive_is_active_again_as_it_was():
    """Registered, or verified if it had been; said again it is so already."""
    for before in ((), verify_party(party(), verifying())):
        known = party(*before)
        inactive = PARTY.fold(known, deactivate_party(known, deactivating()))
        assert inactive is not None
        again = PARTY.fold(inactive, reactivate_party(inactive, reactivating()))
        assert again is not None

        assert known.status is again.status
        assert () == reactivate_party(again, reactivating())
        assert deactivate_party(again, deactivating())


async def test_shares_are_not_offered_to_who_is_gone():
    """Nor recorded as a person's deed."""
    desk = await at.a_determination()
    await desk.does(gone("EGU"))

    with refuses(PartyIsInactive):
        await desk.does(owners.transfer_proposed(to="EGU"))
    await desk.does(back("EGU"))
    await desk.does(owners.transfer_proposed(to="EGU"))


async def test_shares_do_not_pass_to_who_is_gone_meanwhile():
    """The proposal stays as it is: it may be taken back, or wait until its transferee is there again."""
    desk = await at.a_determination()
    await desk.does(owners.transfer_proposed(to="EGU"))
    await desk.does(gone("EGU"))

    with refuses(PartyIsInactive):
        await desk.does(owners.transfer_executed())
    assert "PROPOSED" == (await desk.state(TRANSFER, "XFR")).status
    await desk.does(back("EGU"))
    await desk.does(owners.transfer_executed())


async def test_executed_and_gone_at_once_one_comes_first():
    """No share slips to a party that ends at the same moment."""
    desk = await at.a_determination()
    await desk.does(owners.transfer_proposed(to="EGU"))

    with refuses(PartyIsInactive):
        await desk.interrupted(owners.transfer_executed(), meanwhile=gone("EGU"))


async def test_what_passed_is_undone_whoever_is_gone():
    """What comes back to a transferor is what it never lost."""
    desk = await owners.an_executed_transfer()
    await desk.does(gone("ATRC"))

    await desk.does(owners.transfer_rescinded())


async def test_who_is_gone_takes_nothing_over():
    """Neither by itself nor by whoever controls it; nor does what it took over before pass to it."""
    consent = msgspec.structs.replace(CONSENT, assign=ConsentRule(rule="NOTICE", days=0))
    desk = await outside.under_control(await outside.a_holder_from_outside(terms=terms(consent=consent)))
    await desk.does(owners.transfer_proposed(to="NLN"))
    await proven(desk, "transfer:XFR", delivered("EGU"))
    taken = partial(handling.on_assets, transfer="XFR", decide=decisions.exercise_preemption)
    await desk.does(partial(taken, command=owners.preempting("1/2", by=KPD, holder="EGU")))
    await desk.does(gone("EGU"))

    with refuses(PartyIsInactive):
        await desk.does(partial(taken, command=owners.preempting("1/3", by=KPD, holder="EGU")))
    with refuses(PartyIsInactive):
        await desk.does(owners.transfer_executed())


async def test_who_is_gone_is_not_licensed():
    """Neither drafted for, nor granted; the check says so beforehand."""
    desk = await at.a_determination()
    await desk.does(at.licence_drafted())
    await desk.does(gone("NLN"))

    with refuses(PartyIsInactive):
        await desk.does(at.licence_drafted(licence="LIC-2"))
    with refuses(PartyIsInactive):
        await desk.does(at.licence_granted())
    _, found = await check(Reader(desk.handler, trusting=False), "LIC", HUT, TODAY)
    assert [PartyIsInactive] == [type(each) for each in found]
    await desk.does(back("NLN"))
    await desk.does(at.licence_granted())


async def test_who_is_gone_gets_no_access():
    """It asks for none, and what it asked for is not granted."""
    desk = await prospects.with_background()
    await desk.does(prospects.access_requested())
    await desk.does(gone("ATRC"))

    with refuses(PartyIsInactive):
        await desk.does(prospects.access_granted())
    with refuses(PartyIsInactive):
        await desk.does(prospects.access_requested(request="REQ-2"))
    await desk.does(prospects.of_item(access.refuse_access, prospects.refusing()))


@pytest.mark.parametrize("clause", ["LICENSING", "licensing"])
async def test_licences_are_granted_after_the_end_where_that_survives(clause: str):
    """The asset is held on, and what may be done with it is what the parties signed."""
    survival = (SurvivalTerm(clause=clause, months=12),)
    desk = await at.a_determination(terms=terms(survival=survival))
    await desk.does(lives.ended(effective_on=TODAY))
    await desk.does(at.licence_drafted())
    await desk.does(at.licence_granted())

    assert "GRANTED" == (await desk.state(LICENCE, "LIC")).status
    late = {"today": TODAY.replace(year=TODAY.year + 2)}
    with refuses(AgreementNotActive):
        await desk.does(at.licence_drafted(licence="LATE", **late))


async def test_licences_end_with_the_agreement_where_nothing_is_said():
    """Other clauses survive without them."""
    desk = await at.a_determination()
    await desk.does(lives.ended(effective_on=TODAY))

    with refuses(AgreementNotActive):
        await desk.does(at.licence_drafted(by=ATRC, licensors=("ATRC",)))
