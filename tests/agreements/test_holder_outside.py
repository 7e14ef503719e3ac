"""What a holder from outside the agreement may see and do: rights follow holding, not membership."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.commands import Representative
from services.agreements.consent.errors import ConsentMissing
from services.agreements.disputes.errors import DisputeNotFound
from services.agreements.disputes.handling import dispute_of
from services.agreements.disputes.model import DISPUTE
from services.agreements.errors import NotAProjectParty
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.errors import LicenceNotFound
from services.agreements.licences.handling import licence_of
from services.agreements.licences.model import LICENCE
from services.agreements.tasks.handling import possible
from services.agreements.transfers import decisions, handling
from services.agreements.transfers.errors import TransferNotFound
from services.agreements.transfers.handling import transfer_of
from services.agreements.transfers.model import TRANSFER
from shared.errors import DomainError, NotFound
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount
from shared.log.handle import Reader
from shared.web.auth import Caller
from tests.agreements import desk as at
from tests.agreements import outside, owners, waits
from tests.agreements.controls import ATRC, CONCEIVED, CONSENT, EGU, HUT, terms
from tests.agreements.desk import Desk
from tests.agreements.outside import KPD
from tests.told import refuses

NLN = Representative("NLN-REP", "NLN")
NOW = datetime(2025, 6, 1, 4, tzinfo=UTC)
SEES: dict[str, tuple[Callable[..., Awaitable[object]], type[NotFound]]] = {
    "INV": (invention_of, InventionNotFound),
    "XFR": (transfer_of, TransferNotFound),
    "LIC": (licence_of, LicenceNotFound),
    "DSP": (dispute_of, DisputeNotFound),
}


async def seen(desk: Desk, by: Representative) -> set[str]:
    """Return what of a desk somebody may read."""
    found: set[str] = set()
    for name, (of, absent) in SEES.items():
        try:
            await of(Reader(desk.handler, trusting=False), name, by)
            found.add(name)
        except absent:
            pass
    return found


async def with_everything() -> Desk:
    """Give a desk where half is EGU's, and a transfer to NLN, a licence to it and a dispute are open."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.transfer_proposed(to="NLN"))
    await desk.does(at.licence_drafted(licensee="KPD"))
    await desk.does(owners.disputed())
    return desk


# -- reading ----------------------------------------------------------------------------------------------------------


async def test_a_holder_from_outside_reads_what_concerns_its_share():
    """The invention, and every transfer, licence and dispute of it."""
    desk = await with_everything()

    assert {*SEES} == await seen(desk, HUT) == await seen(desk, ATRC) == await seen(desk, EGU)


async def test_whoever_takes_part_reads_that_and_no_more():
    """Who is to get a share reads the transfer; who is to get a licence reads that."""
    desk = await with_everything()

    assert {"XFR"} == await seen(desk, NLN)
    assert {"LIC"} == await seen(desk, KPD)
    assert set() == await seen(desk, Representative("X", "STRANGER"))


async def test_whom_open_shares_or_a_position_name_reads_what_it_is_told_of():
    """Both are alerted, and their link leads somewhere."""
    desk = await at.a_determination()
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(owners.disputed(position={"ATRC": "1/4", "EGU": "3/4"}))

    assert {"DSP"} == await seen(desk, EGU)


async def test_whoever_has_sold_its_share_reads_what_it_held():
    """It held it, and nobody takes that back by buying it."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.transfer_proposed(by=EGU, source="EGU", to="NLN"))
    await desk.does(await outside.consented(desk, "XFR", HUT))
    await desk.does(owners.transfer_executed(by=EGU))

    assert {"INV", "XFR"} == await seen(desk, EGU)


# -- acting -----------------------------------------------------------------------------------------------------------


async def test_its_consent_can_be_given():
    """Under a rule of all nothing could be done with the asset for ever."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.transfer_proposed(to="NLN"))
    with refuses(ConsentMissing):
        await desk.does(owners.transfer_executed())

    await desk.does(await outside.consented(desk, "XFR", EGU))
    await desk.does(owners.transfer_executed())

    assert {"EGU": "1/2", "HUT": "3/7", "NLN": "1/14"} == await owners.holders(desk, outside.LATER)


async def test_it_refuses():
    """Where all are asked, one is enough."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.transfer_proposed(to="NLN"))

    await desk.does(outside.refused("XFR", EGU))

    assert "REFUSED" == (await desk.state(TRANSFER, "XFR")).status


async def test_it_takes_over_what_would_pass_to_a_stranger():
    """A rule of notice is for every other holder."""
    notice = ConsentRule(rule="NOTICE", days=30)
    consent = msgspec.structs.replace(CONSENT, assign=notice)
    desk = await outside.a_holder_from_outside(terms=terms(consent=consent))
    await desk.does(owners.transfer_proposed(to="NLN"))
    command = owners.preempting("1/1", by=EGU, holder="EGU")

    decide = decisions.exercise_preemption
    await desk.does(partial(handling.on_assets, transfer="XFR", command=command, decide=decide))

    assert {"EGU": "1/1"} == (await desk.state(TRANSFER, "XFR")).preemptions


async def test_it_sells_on():
    """Who has bought may sell, by the same rules."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.transfer_proposed(by=EGU, source="EGU", to="NLN"))
    await desk.does(await outside.consented(desk, "XFR", HUT))
    await desk.does(owners.transfer_executed(by=EGU))

    assert {"EGU": "3/7", "HUT": "1/2", "NLN": "1/14"} == await owners.holders(desk, outside.LATER)


async def test_it_licenses():
    """A licensor holds a share; in which agreement it is, is nobody's business."""
    desk = await outside.a_holder_from_outside()
    await desk.does(at.licence_drafted(by=EGU, licensors=("EGU",)))
    await desk.does(at.licence_consented(await outside.licence_hash(desk), by=HUT))
    await desk.does(at.licence_granted(by=EGU))

    assert "GRANTED" == (await desk.state(LICENCE, "LIC")).status


async def test_it_consents_to_a_licence():
    """Also to one that others grant."""
    desk = await outside.a_holder_from_outside()
    await desk.does(at.licence_drafted())
    await desk.does(at.licence_consented(await outside.licence_hash(desk), by=EGU))
    await desk.does(at.licence_granted())

    assert "GRANTED" == (await desk.state(LICENCE, "LIC")).status


async def test_it_disputes_and_settles():
    """It opens a dispute, says what it claims, and a settlement has its word, too."""
    desk = await outside.a_holder_from_outside()
    await desk.does(owners.disputed(by=EGU, position={"EGU": "1/1"}))
    await desk.does(owners.position_filed({"HUT": "1/1"}, by=HUT))
    await desk.does(owners.position_filed({"EGU": "3/4", "HUT": "1/4"}, by=EGU))
    await desk.does(owners.evidence_filed(by=EGU))
    await desk.does(owners.resolution_proposed())
    for by in (ATRC, EGU):
        await desk.does(owners.resolution_confirmed(await outside.resolution_hash(desk), by=by))

    assert "RESOLVED" == (await desk.state(DISPUTE, "DSP")).status


async def test_it_gives_the_invention_up():
    """By the rule that the terms have for abandoning, like every holder."""
    desk = await outside.a_holder_from_outside()
    await desk.does(waits.retirement_proposed(by=EGU, holder="EGU"))
    await desk.does(waits.retirement_consented(by=HUT, holder="HUT"))

    assert "RETIRED" == (await desk.state(INVENTION, "INV")).status


# -- through whoever controls it --------------------------------------------------------------------------------------


async def test_whoever_controls_it_speaks_for_it():
    """Also where that party is in no agreement and holds nothing itself."""
    desk = await outside.under_control(await with_everything())

    await desk.does(await outside.consented(desk, "XFR", KPD, "EGU"))
    await desk.does(owners.position_filed({"EGU": "1/1"}, by=KPD, holder="EGU"))
    await desk.does(owners.evidence_filed(by=KPD, holder="EGU"))
    await desk.does(owners.resolution_proposed())
    await desk.does(owners.resolution_confirmed(await outside.resolution_hash(desk), by=KPD, holder="EGU"))

    dispute = await desk.state(DISPUTE, "DSP")
    assert "KPD-REP" == dispute.resolution.confirmed_by["EGU"] == (await desk.state(TRANSFER, "XFR")).consents["EGU"]
    assert ({"EGU": "1/1"}, "EGU") == (dispute.positions["EGU"], dispute.evidence[-1].party)
    await desk.does(owners.transfer_proposed(transfer="ON", by=KPD, source="EGU", to="NLN", effective_on=CONCEIVED))
    await desk.does(outside.refused("ON", KPD, "EGU"))


async def test_nobody_else_speaks_for_it():
    """Who is in the agreement hears that it may not; to who is not, there is nothing."""
    desk = await with_everything()

    for by, refusal in ((ATRC, NotRepresented), (KPD, TransferNotFound)):
        with refuses(refusal):
            await desk.does(await outside.consented(desk, "XFR", by, "EGU"))
    for by, hidden in ((ATRC, NotRepresented), (KPD, DisputeNotFound)):
        for work in (
            owners.position_filed({"EGU": "1/1"}, by=by, holder="EGU"),
            owners.evidence_filed(by=by, holder="EGU"),
            owners.resolution_confirmed("sha256:" + "0" * 64, by=by, holder="EGU"),
        ):
            with pytest.raises(hidden):
                await desk.does(work)


# -- what parties say of the shares, where the terms let affiliates say it themselves ---------------------------------

THEMSELVES = terms(affiliates="ALSO_THEMSELVES")


async def other_shares(*, affiliate: bool = True, **agreed: Any) -> Desk:
    """Give a desk where EGU holds half from outside, under HUT's control or not, and other shares are open."""
    desk = await outside.a_holder_from_outside(**agreed)
    if affiliate:
        await desk.does(owners.affiliated("HUT", "EGU"))
    await owners.determined_anew(desk, points="8/1")
    return desk


async def test_an_affiliate_that_holds_says_itself_what_the_shares_are_where_the_terms_let_it():
    """It rejects what would take from it, proposes anew, and adopts what its party and the others have attested."""
    desk = await other_shares(terms=THEMSELVES)
    await desk.does(at.shares_rejected(by=EGU, determination="DET-2"))
    await desk.does(at.shares_proposed(by=EGU, determination="DET-3"))
    proposed = (await desk.state(INVENTION, "INV")).open
    assert ("EGU", ("HUT", "ATRC")) == (proposed.proposed_by_party, proposed.attesting_parties)

    for by in (HUT, ATRC):
        await desk.does(at.shares_attested(proposed.det_hash, by=by, determination="DET-3"))
    await desk.does(at.shares_adopted(by=EGU, determination="DET-3"))

    assert "DET-3" == (await desk.state(INVENTION, "INV")).adopted.determination


async def test_attesting_stays_with_the_parties():
    """Whose attestation counts is said when shares are proposed, and an affiliate's is its party's."""
    desk = await other_shares(terms=THEMSELVES)
    det_hash = (await desk.state(INVENTION, "INV")).open.det_hash

    with pytest.raises(NotAProjectParty):
        await desk.does(at.shares_attested(det_hash, by=EGU, determination="DET-2"))


@pytest.mark.parametrize(
    ("given", "by", "refusal"),
    [
        ({}, EGU, NotAProjectParty),
        ({"terms": terms(affiliates="THROUGH_PARTY")}, EGU, NotAProjectParty),
        ({"terms": THEMSELVES, "affiliate": False}, EGU, NotAProjectParty),
        ({"terms": THEMSELVES}, NLN, InventionNotFound),
    ],
)
async def test_else_it_is_said_through_its_party(given: dict[str, Any], by: Representative, refusal: type[DomainError]):
    """By default, of a holder that is nobody's affiliate, and of one that holds nothing."""
    desk = await other_shares(**given)

    for work in (
        at.shares_proposed(by=by, determination="DET-3"),
        at.shares_rejected(by=by, determination="DET-2"),
        at.shares_adopted(by=by, determination="DET-2"),
    ):
        with pytest.raises(refusal):
            await desk.does(work)


async def test_an_affiliate_that_holds_nothing_any_more_says_nothing_of_the_shares():
    """It may read what it held; what becomes of it is for others to say."""
    desk = await other_shares(terms=THEMSELVES)
    sale = {"source": "EGU", "to": "NLN", "amount": Amount(of_holding="1/1"), "effective_on": CONCEIVED}
    await desk.does(owners.transfer_proposed(by=EGU, **sale))
    await desk.does(await outside.consented(desk, "XFR", HUT))
    await desk.does(owners.transfer_executed(by=EGU))

    with pytest.raises(NotAProjectParty):
        await desk.does(at.shares_rejected(by=EGU, determination="DET-2"))


async def test_what_it_can_is_said_to_it():
    """A portal offers it what the terms let it do, and nothing else."""
    for given, can in ((THEMSELVES, {"determinations/DET-2/reject", "determinations/DET-2/adopt"}), (terms(), set())):
        desk = await other_shares(terms=given)
        state = await desk.state(INVENTION, "INV")
        caller = Caller("EGU-REP", "EGU", frozenset({"representative"}))
        found = await possible(Reader(desk.handler, trusting=False), caller, NOW, INVENTION, "INV", state)

        assert can == {act for act in found if "determinations/" in act}
