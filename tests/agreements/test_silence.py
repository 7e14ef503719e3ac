"""Silence that is taken for attestation, where the terms say so."""

from datetime import date, timedelta

from services.agreements.contributions.decisions import advance, attest_contribution
from services.agreements.contributions.errors import ContributionIsConfirmed
from services.agreements.contributions.model import CONTRIBUTION, ContributionStatus, next_due
from services.agreements.inventions import decisions as inventions
from services.agreements.inventions.errors import AttestationsMissing
from services.agreements.inventions.handling import on_notice
from services.agreements.inventions.model import INVENTION
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.contribution import ContributionAttestationDeemed
from shared.events.terms import AttestationTerms
from shared.log.handle import Change, Decided, Reader
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import TODAY, attesting, contribution, element, recorded, terms
from tests.agreements.machine.acts import contested
from tests.agreements.notice import proven
from tests.told import refuses

SILENCE = terms(attestation=AttestationTerms(deemed_days=30))
RECORD, SHARES = "contribution:C1", "invention:INV"
LAST = TODAY + timedelta(days=30)
AFTER = LAST + timedelta(days=1)


async def a_silent_record() -> at.Desk:
    desk, _ = await at.a_record(terms=SILENCE)
    await proven(desk, RECORD)
    return desk


async def silently_proposed() -> at.Desk:
    desk = await a_silent_record()
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash))
    await desk.does(at.shares_proposed())
    await proven(desk, SHARES)
    return desk


# -- happens ----------------------------------------------------------------------------------------------------


async def test_a_party_that_says_nothing_for_so_long_is_taken_to_attest():
    """By an event that says so, and not as if it had attested; the contribution counts from then on."""
    desk = await a_silent_record()
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)

    names = ["ContributionRecorded", "ContributionAttestationDeemed", "ContributionConfirmed"]
    state = await desk.state(CONTRIBUTION, "C1")
    assert names == await desk.names("contribution:C1")
    assert ({}, ("ATRC",), ContributionStatus.CONFIRMED) == (state.attested_by, state.deemed, state.status)
    assert {"C1": "E1"} == (await desk.state(INVENTION, "INV")).counted


async def test_on_the_last_day_one_may_still_speak():
    """The day that the alert names is a day to speak on."""
    desk = await a_silent_record()
    await waits.until(desk, CONTRIBUTION, "C1", LAST)

    assert ["ContributionRecorded"] == await desk.names("contribution:C1")


async def test_silence_about_shares_lets_them_be_adopted():
    """It is nobody's attestation, and adopting them is still somebody's act."""
    desk = await silently_proposed()
    with refuses(AttestationsMissing):
        await desk.does(at.shares_adopted())
    await waits.until(desk, INVENTION, "INV", AFTER)
    proposal = (await desk.state(INVENTION, "INV")).open
    await desk.does(at.shares_adopted())

    assert ({}, ("ATRC",)) == (proposal.attested_by, proposal.deemed)
    assert {"HUT": "1/1"} == (await desk.state(INVENTION, "INV")).adopted.shares


async def test_the_ledger_takes_silence_by_its_own_reading():
    """It works out from the terms until when there was time to speak."""
    desk = await a_silent_record()
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)
    await desk.does(at.shares_proposed())
    await proven(desk, SHARES)
    await waits.until(desk, INVENTION, "INV", AFTER)
    await desk.does(at.shares_adopted())

    assert (await waits.entered(desk)).holdings.timeline("INV")


async def test_the_ledger_counts_no_silence_that_was_too_short():
    """Whoever records it early has recorded nothing: shares that rest on it are not borne out."""
    desk = await silently_proposed()

    async def too_soon(reader: Reader) -> Decided:
        state = await on_notice(reader, await reader(INVENTION, "INV"))
        events = inventions.attest_by_silence(state, AFTER)
        return Decided("MOU", (Change(INVENTION, "INV", events, TODAY),))

    await desk.does(too_soon)
    await desk.does(at.shares_adopted())
    with refuses(LedgerInconsistencyDetected):
        await waits.entered(desk)


# -- refused ----------------------------------------------------------------------------------------------------


async def test_where_the_terms_do_not_say_so_silence_is_silence():
    """However long it lasts."""
    assert next_due(contribution(recorded())) is None
    assert () == advance(contribution(recorded()), date(2099, 1, 1))


async def test_a_contest_stops_the_clock():
    """What one party denies, another's silence does not confirm."""
    desk = await a_silent_record()
    await desk.does(contested((await desk.state(CONTRIBUTION, "C1")).content_hash))
    await waits.until(desk, CONTRIBUTION, "C1", date(2099, 1, 1))

    assert ContributionStatus.CONTESTED is (await desk.state(CONTRIBUTION, "C1")).status


async def test_a_correction_starts_the_clock_anew():
    """Silence is about the content that stands."""
    desk = await a_silent_record()
    await desk.does(at.corrected(points="8/1", today=TODAY + timedelta(days=20)))
    await proven(desk, RECORD, today=TODAY + timedelta(days=20))
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)
    assert ["ContributionRecorded", "ContributionCorrected"] == await desk.names("contribution:C1")

    await waits.until(desk, CONTRIBUTION, "C1", AFTER + timedelta(days=20))
    assert ContributionStatus.CONFIRMED is (await desk.state(CONTRIBUTION, "C1")).status


async def test_nobody_is_silent_in_a_dispute():
    """Whoever disputes whose an invention is has not agreed to what is said about it."""
    desk = await silently_proposed()
    await desk.does(at.recorded(contribution="C2", points="1/1"))
    await proven(desk, "contribution:C2")
    await desk.does(owners.disputed())
    await waits.until(desk, INVENTION, "INV", AFTER)
    await waits.until(desk, CONTRIBUTION, "C2", AFTER)

    assert () == (await desk.state(INVENTION, "INV")).open.deemed
    assert ["ContributionRecorded"] == await desk.names("contribution:C2")


async def test_what_could_not_be_attested_is_not_by_silence():
    """An element that is no more takes no contribution: it has to be corrected."""
    desk = await a_silent_record()
    await desk.does(at.described(element(id="E2")))
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)

    assert ["ContributionRecorded"] == await desk.names("contribution:C1")


async def test_whose_silence_confirmed_it_disputes_it():
    """A contest comes too late; a dispute does not."""
    desk = await a_silent_record()
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)

    with refuses(ContributionIsConfirmed):
        await desk.does(contested((await desk.state(CONTRIBUTION, "C1")).content_hash))


# -- repeated ---------------------------------------------------------------------------------------------------


async def test_recording_it_again_on_another_day_changes_nothing():
    """The day until which others may speak is not what was said."""
    desk = await a_silent_record()
    await desk.does(at.recorded(today=TODAY + timedelta(days=3)))

    assert ["ContributionRecorded"] == await desk.names("contribution:C1")


async def test_attesting_after_ones_silence_changes_nothing():
    """It is confirmed already."""
    desk = await a_silent_record()
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)
    state = await desk.state(CONTRIBUTION, "C1")

    assert () == attest_contribution(state, four_eyes=True, command=attesting(state.content_hash))


# -- raced ------------------------------------------------------------------------------------------------------


async def test_a_word_on_the_last_day_comes_before_silence():
    """Who has spoken is not silent when the time is over."""
    desk = await a_silent_record()
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash, today=LAST))
    await waits.until(desk, CONTRIBUTION, "C1", AFTER)

    assert ContributionAttestationDeemed.__name__ not in await desk.names("contribution:C1")
