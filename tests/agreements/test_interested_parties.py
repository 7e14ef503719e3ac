"""Whose attestation is asked for, where the terms ask only parties with an interest."""

from datetime import date
from functools import partial

import msgspec

from services.agreements.attestation import asked
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.decisions import ContestContribution, contest_contribution
from services.agreements.contributions.handling import contest
from services.agreements.contributions.model import CONTRIBUTION, ContributionStatus
from services.agreements.errors import AttestationNotAsked, NotAProjectParty
from services.agreements.inventions.interest import stake_of
from services.agreements.inventions.model import INVENTION
from shared.events.terms import AttestationTerms, Terms
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import (
    ATRC,
    CONCEIVED,
    EGU,
    HUT,
    TODAY,
    contribution,
    engaged,
    instrument,
    participant,
    period,
    recorded,
    started,
    terms,
)
from tests.told import refuses

INTERESTED = AttestationTerms(required="INTERESTED_PARTIES")


async def three_in_a_project() -> at.Desk:
    """Give a desk with an invention of a project of three, of whom EGU has nobody in it."""
    desk = await at.a_draft(terms=terms(attestation=INTERESTED), parties=("HUT", "ATRC", "EGU"))
    await desk.does(at.proposed())
    terms_hash = (await desk.state(AGREEMENT, "MOU")).standing.terms_hash
    for by in (HUT, ATRC, EGU):
        await desk.does(at.signed(terms_hash, by=by))
    await desk.does(at.activated())
    await desk.does(at.created(parties=("HUT", "ATRC", "EGU")))
    for by in (HUT, ATRC, EGU):
        await desk.does(at.approved(by=by))
    await desk.does(at.started())
    for by in (HUT, ATRC):
        await desk.does(at.engaged(by=by, person=f"{by.party}-SE", home_party=by.party))
        await desk.does(at.instrument_recorded(f"{by.party}-SE", by=by, assignee_party=by.party))
    await desk.does(at.disclosed())
    await desk.does(at.described())
    return desk


async def content_hash(desk: at.Desk, name: str = "C1") -> str:
    return str((await desk.state(CONTRIBUTION, name)).content_hash)


async def both_contributed() -> at.Desk:
    """Give a desk where what HUT and ATRC contributed counts."""
    desk = await three_in_a_project()
    await desk.does(at.recorded())
    for by in (ATRC, EGU):
        await desk.does(at.attested(await content_hash(desk), by=by))
    await desk.does(at.recorded(contribution="C2", by=ATRC, contributor="ATRC-SE"))
    await desk.does(at.attested(await content_hash(desk, "C2"), "C2", by=HUT))
    return desk


# -- happens ----------------------------------------------------------------------------------------------------


async def test_whoever_contributed_what_counts_is_asked_and_nobody_else():
    """Its share is what another contribution makes smaller; EGU has none."""
    desk = await both_contributed()
    await desk.does(at.recorded(contribution="C3", points="1/1"))

    assert ("ATRC",) == (await desk.state(CONTRIBUTION, "C3")).attesting_parties
    assert ContributionStatus.CONFIRMED is (await desk.state(CONTRIBUTION, "C2")).status


async def test_where_nobody_else_has_an_interest_all_are_asked():
    """What one party alone has said never stands by its own word."""
    desk = await three_in_a_project()
    await desk.does(at.recorded())

    assert ("ATRC", "EGU") == (await desk.state(CONTRIBUTION, "C1")).attesting_parties


async def test_holders_old_and_new_are_asked_for_shares():
    """And the ledger, which asks whom the proposal asks, bears them out."""
    desk = await both_contributed()
    await desk.does(at.shares_proposed())
    proposal = (await desk.state(INVENTION, "INV")).open
    assert ("ATRC",) == proposal.attesting_parties
    await desk.does(at.shares_attested(proposal.det_hash))
    await desk.does(at.shares_adopted())

    assert (await waits.entered(desk)).holdings.timeline("INV")


async def test_whoever_hosts_a_contributor_is_asked():
    """Where a visitor works, the title to what they conceive may be, whatever paper there is or will be."""
    desk = await both_contributed()
    await desk.does(at.engaged(by=HUT, person="V", home_party="HUT", host_party="EGU"))
    await desk.does(at.recorded(contribution="C3", contributor="V", points="1/1"))

    assert ("ATRC", "EGU") == (await desk.state(CONTRIBUTION, "C3")).attesting_parties


async def test_who_controls_a_holder_is_asked():
    """A holder that is no party of the project speaks through the party that controls it."""
    desk = await three_in_a_project()
    await desk.does(owners.affiliated("EGU", "NLN"))
    await desk.does(at.engaged(by=HUT, person="V", home_party="NLN", host_party="HUT"))
    await desk.does(at.recorded(contributor="V"))

    assert ("EGU",) == (await desk.state(CONTRIBUTION, "C1")).attesting_parties


async def test_whoever_was_not_asked_may_contest_and_is_asked_from_then_on():
    """To deny it is to have an interest in it."""
    desk = await both_contributed()
    await desk.does(at.recorded(contribution="C3", points="1/1"))
    command = ContestContribution(
        by=EGU, today=TODAY, content_hash=await content_hash(desk, "C3"), reason="all of it is ours"
    )
    await desk.does(partial(contest, contribution="C3", command=command))
    await desk.does(at.attested(await content_hash(desk, "C3"), "C3", by=ATRC))

    state = await desk.state(CONTRIBUTION, "C3")
    assert (("ATRC", "EGU"), ContributionStatus.CONTESTED) == (state.attesting_parties, state.status)
    await desk.does(at.attested(await content_hash(desk, "C3"), "C3", by=EGU))
    assert ContributionStatus.RESOLVED is (await desk.state(CONTRIBUTION, "C3")).status


# -- refused ----------------------------------------------------------------------------------------------------


async def test_whoever_was_not_asked_attests_nothing():
    """An attestation that nobody needs would only look like one that was."""
    desk = await both_contributed()
    await desk.does(at.recorded(contribution="C3", points="1/1"))
    await desk.does(at.shares_proposed())
    det_hash = (await desk.state(INVENTION, "INV")).open.det_hash

    with refuses(AttestationNotAsked):
        await desk.does(at.attested(await content_hash(desk, "C3"), "C3", by=EGU))
    with refuses(AttestationNotAsked):
        await desk.does(at.shares_attested(det_hash, by=EGU))


def test_another_party_of_the_agreement_contests_nothing():
    """Only those who take part in the project may."""
    state = contribution(recorded())
    command = ContestContribution(by=EGU, today=TODAY, content_hash=state.content_hash, reason="it is ours")

    with refuses(NotAProjectParty):
        contest_contribution(state, started(), command)


# -- repeated ---------------------------------------------------------------------------------------------------


async def test_recording_it_again_when_others_have_an_interest_changes_nothing():
    """Whom the terms ask is not what was said."""
    desk = await both_contributed()
    await desk.does(at.recorded())

    assert 1 == (await desk.names("contribution:C1")).count("ContributionRecorded")


def test_the_order_of_interest_does_not_matter():
    """The parties are asked in the order in which the project names them."""
    whom = asked(Terms(attestation=INTERESTED), ("HUT", "ATRC", "EGU"), "HUT", interested=["EGU", "HUT", "ATRC"])

    assert ("ATRC", "EGU") == whom.parties


def test_a_contributor_gives_a_stake_to_home_host_and_whoever_has_their_title():
    """An instrument that does not cover the day of conception gives none."""
    visitor = msgspec.structs.replace(
        participant(engaged(host_party="EGU")),
        instruments=(
            instrument(assignee_party="ATRC", covers=period(CONCEIVED, date(2024, 7, 9))),
            instrument(assignee_party="NLN", covers=period(date(2015, 1, 1), CONCEIVED)),
        ),
    )

    assert {"HUT", "EGU", "ATRC"} == stake_of(visitor, CONCEIVED)
    assert {"HUT"} == stake_of(participant(engaged()), CONCEIVED)
