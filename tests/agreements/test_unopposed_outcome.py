"""What one side lays down binds whoever had notice of it and did not object in time: and nobody else, nor sooner."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.agreements.disputes.errors import DisputeIsOver, ObjectionTooLate
from services.agreements.disputes.model import DISPUTE, next_due
from services.agreements.inventions.model import INVENTION
from services.agreements.notices.model import Silence
from services.agreements.scheduler.registry import ADVANCING
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.dispute import DisputeResolutionProposed, DisputeResolutionUnopposed, DisputeResolved
from shared.events.invention import DeterminationAdopted
from shared.events.terms import DisputeTerms, LicenceTerms, NoticeMethod, NoticeTerms, Rung
from shared.events.transfer import Amount
from shared.log.envelope import decode
from shared.log.handle import Change, Decided, Reader
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import ATRC, EGU, HUT, NLN, TODAY, terms
from tests.agreements.notice import acknowledged, delivered, of_last, proven
from tests.agreements.owners import OUTCOME, hash_of, shares, the, waiting
from tests.told import refuses

DAYS = 30
FAR = date(2035, 1, 1)
ALL_HUTS = {"HUT": "1/1"}
DISPUTED = "dispute:DSP"
BY_LETTER = delivered("HUT", channel="EMAIL")
TAKEN = acknowledged("HUT")
[ADVANCING_IT] = [each for each in ADVANCING if each.aggregate is DISPUTE]


async def pending(**agreed: Any) -> at.Desk:
    """Give a desk at which ATRC has laid down that a court gave it a third of what is HUT's."""
    desk, _ = await owners.pending(terms=terms(**{"dispute": DisputeTerms(registrar="NLN"), **agreed}))
    return desk


def after(days: int, since: date = TODAY) -> date:
    return since + timedelta(days=days)


async def binds(desk: at.Desk, day: date) -> bool:
    """Tell whether the outcome binds by a day, with all that time brings until then."""
    await waits.until(desk, DISPUTE, "DSP", day)
    return bool((await the(desk)).status == "RESOLVED")


async def said(desk: at.Desk, kind: type[Any], stream: str = DISPUTED) -> Any:
    return [decode(each.state).data for each in await desk.store.read_stream(stream) if kind.__name__ in str(each)][-1]


# -- happens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notice", [BY_LETTER, TAKEN], ids=["a letter", "taking note"])
async def test_it_binds_the_day_after_so_many_days_of_notice(notice: Any):
    """Of the day on which that is proven, not of that on which it was laid down."""
    desk = await pending()
    await proven(desk, DISPUTED, notice, today=after(7))

    assert not await binds(desk, after(7 + DAYS))
    assert await binds(desk, after(7 + DAYS + 1))
    assert OUTCOME == await shares(desk)
    assert not (await desk.state(INVENTION, "INV")).frozen
    await waits.entered(desk)


async def test_it_says_whose_silence_bound_whom_and_of_what_they_had_notice():
    """With the shares as well: whoever asks why they are so is told that nobody confirmed it."""
    desk = await pending()
    laid_down = decode((await desk.store.read_stream(DISPUTED))[-1].state).id
    await proven(desk, DISPUTED, BY_LETTER)
    assert await binds(desk, FAR)

    names = await desk.names(DISPUTED)
    unopposed, adopted = (
        await said(desk, DisputeResolutionUnopposed),
        await said(desk, DeterminationAdopted, "invention:INV"),
    )
    assert ["DisputeResolutionUnopposed", "DisputeResolved"] == names[-2:]
    assert (("HUT",), laid_down, after(DAYS)) == (unopposed.unopposed_by, unopposed.notice, unopposed.opposable_until)
    assert ("ATRC", (), ("HUT",)) == (
        adopted.decision.laid_down_by,
        adopted.decision.confirmed_by,
        adopted.decision.unopposed_by,
    )
    assert ("RESOLVED", ("HUT",), {}) == (
        (await the(desk)).status,
        (await the(desk)).resolution.unopposed_by,
        await waiting(desk),
    )


async def test_whichever_proof_comes_first_begins_the_days():
    """A letter that bounced, was sent again and arrived late takes nothing from who took note before."""
    desk = await pending()
    await proven(desk, DISPUTED, TAKEN, today=after(3))
    await proven(desk, DISPUTED, BY_LETTER, today=after(20))

    assert not await binds(desk, after(3 + DAYS))
    assert await binds(desk, after(3 + DAYS + 1))
    await waits.entered(desk)


async def test_each_who_is_asked_has_its_own_days():
    """It binds after the last of them."""
    desk = await of_three()
    await proven(desk, DISPUTED, BY_LETTER)
    assert not await binds(desk, FAR)
    await proven(desk, DISPUTED, delivered("EGU", channel="EMAIL"), today=after(9))

    assert not await binds(desk, after(9 + DAYS))
    assert await binds(desk, after(9 + DAYS + 1))
    assert ("EGU", "HUT") == (await said(desk, DisputeResolutionUnopposed)).unopposed_by
    await waits.entered(desk)


async def test_one_may_confirm_and_another_be_silent():
    """Whoever has said yes is not waited for."""
    desk = await of_three()
    await proven(desk, DISPUTED, delivered("EGU", channel="EMAIL"))
    await desk.does(owners.resolution_confirmed(await hash_of(desk), by=HUT))

    assert await binds(desk, after(DAYS + 1))
    adopted = await said(desk, DeterminationAdopted, "invention:INV")
    assert (("HUT",), ("EGU",)) == (adopted.decision.confirmed_by, adopted.decision.unopposed_by)
    await waits.entered(desk)


async def of_three(**agreed: Any) -> at.Desk:
    """Give a desk at which HUT and EGU, which holds half, would lose by what ATRC has laid down."""
    desk = await at.a_determination(terms=terms(**agreed))
    await desk.does(owners.transfer_proposed(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.disputed(position={"ATRC": "1/2", "HUT": "1/2"}))
    await desk.does(owners.decided(outcome={"ATRC": "1/2", "HUT": "1/2"}))
    return desk


async def test_a_claim_that_nobody_defends_is_rejected_and_the_shares_stay():
    """The claimant had notice that a court decided against it; what was adopted is adopted no second time."""
    desk = await rejected()
    before = (await desk.state(INVENTION, "INV")).adopted.determination
    await proven(desk, DISPUTED, delivered("ATRC", channel="EMAIL"))

    assert await binds(desk, after(DAYS + 1))
    assert (ALL_HUTS, before) == (await shares(desk), (await said(desk, DisputeResolved)).determination)
    assert not (await desk.state(INVENTION, "INV")).frozen
    await waits.entered(desk)


async def rejected() -> at.Desk:
    desk = await at.a_determination(terms=terms(dispute=DisputeTerms(registrar="NLN")))
    await desk.does(owners.disputed())
    await desk.does(owners.resolution_proposed(basis="COURT", outcome=ALL_HUTS))
    return desk


async def test_the_terms_say_for_how_many_days():
    """Those of the day on which it was laid down."""
    desk = await pending(dispute=DisputeTerms(one_sided_objection_days=5))
    await proven(desk, DISPUTED, BY_LETTER)

    assert not await binds(desk, after(5))
    assert await binds(desk, after(6))
    await waits.entered(desk)


async def test_by_the_terms_the_days_begin_with_the_next_business_day():
    """Proven on a Friday, they begin on Monday."""
    friday = date(2025, 6, 6)
    desk = await pending(notice=NoticeTerms(effective="NEXT_BUSINESS_DAY"))
    await proven(desk, DISPUTED, BY_LETTER, today=friday)

    assert not await binds(desk, after(3 + DAYS, friday))
    assert await binds(desk, after(3 + DAYS + 1, friday))
    await waits.entered(desk)


# -- does not ---------------------------------------------------------------------------------------------------------


async def test_without_proof_it_never_binds():
    """Delivery failed: nobody was told, and nobody has agreed."""
    assert not await binds(await pending(), FAR)


@pytest.mark.parametrize("method", ["INBOX", "EMAIL", "ACKNOWLEDGED"])
async def test_what_lies_in_an_inbox_alone_takes_nothing(method: NoticeMethod):
    """Whatever else begins with that by the terms."""
    desk = await pending(notice=NoticeTerms(method=method))
    await proven(desk, DISPUTED, delivered("HUT"))

    assert not await binds(desk, FAR)


async def test_where_the_terms_ask_for_it_a_letter_is_not_enough():
    """Somebody has to have taken note."""
    desk = await pending(notice=NoticeTerms(method="ACKNOWLEDGED"))
    await proven(desk, DISPUTED, BY_LETTER)
    assert not await binds(desk, after(2 * DAYS))
    await proven(desk, DISPUTED, TAKEN, today=after(2 * DAYS))

    assert not await binds(desk, after(3 * DAYS))
    assert await binds(desk, after(3 * DAYS + 1))
    await waits.entered(desk)


async def test_notice_to_others_begins_nothing():
    """Neither to who laid it down nor to the registrar, who is asked as well and bound by nothing."""
    desk = await pending()
    await proven(desk, DISPUTED, *(acknowledged(party) for party in ("ATRC", "NLN", "EGU")))

    assert not await binds(desk, FAR)


async def test_notice_of_an_outcome_is_none_of_another():
    """What takes its place is told anew."""
    desk = await pending()
    await proven(desk, DISPUTED, BY_LETTER)
    await desk.does(owners.decided(outcome=owners.CLAIM, today=after(20)))

    assert not await binds(desk, FAR)


@pytest.mark.parametrize("day", [0, DAYS], ids=["at once", "on the last day"])
async def test_whoever_objects_in_time_is_not_bound(day: int):
    """The dispute goes on at the next step, and no silence binds any more."""
    desk = await pending()
    await proven(desk, DISPUTED, BY_LETTER)
    await waits.until(desk, DISPUTE, "DSP", after(day))
    await desk.does(owners.resolution_objected(await hash_of(desk), today=after(day)))
    await waits.until(desk, DISPUTE, "DSP", after(DAYS + 1))

    assert ("ESCALATED", ALL_HUTS) == ((await the(desk)).status, await shares(desk))


async def test_at_the_last_step_an_objection_stops_it_too():
    """The outcome stays, and binds only whoever confirms it."""
    desk = await pending(dispute=DisputeTerms(ladder=(Rung(step="ARBITRATE"),), registrar="NLN"))
    await proven(desk, DISPUTED, BY_LETTER)
    await desk.does(owners.resolution_objected(await hash_of(desk)))

    assert not await binds(desk, FAR)
    assert {"HUT": ("confirm",), "NLN": ("confirm", "decline")} == await waiting(desk)


async def test_one_objection_stops_it_for_all():
    """Though the others are silent."""
    desk = await of_three(dispute=DisputeTerms(ladder=(Rung(step="ARBITRATE"),)))
    await proven(desk, DISPUTED, BY_LETTER, delivered("EGU", channel="EMAIL"))
    await desk.does(owners.resolution_objected(await hash_of(desk), by=EGU))

    assert not await binds(desk, FAR)


@pytest.mark.parametrize("ends", [owners.resolution_declined, owners.resolution_withdrawn])
async def test_what_is_declined_or_taken_back_binds_nobody(ends: Any):
    """However much notice there was."""
    desk = await pending(dispute=DisputeTerms(ladder=(Rung(step="ARBITRATE"),), registrar="NLN"))
    await proven(desk, DISPUTED, BY_LETTER)
    await desk.does(ends(await hash_of(desk)))

    assert not await binds(desk, FAR)


async def test_an_objection_is_too_late_once_it_binds_though_nobody_has_recorded_that_yet():
    """What time does is of its day, whenever the scheduler comes to it."""
    desk = await pending()
    await proven(desk, DISPUTED, BY_LETTER)
    resolution_hash = await hash_of(desk)

    with refuses(ObjectionTooLate):
        await desk.does(owners.resolution_objected(resolution_hash, today=after(DAYS + 1)))
    assert await binds(desk, after(DAYS + 1))
    with refuses(DisputeIsOver):
        await desk.does(owners.resolution_objected(resolution_hash, today=after(DAYS + 1)))


async def test_what_cannot_bind_by_silence_may_still_be_objected_to():
    """Somebody has come to hold a share who had no notice of it: nothing happens on the day, and nothing is stuck."""
    desk = await pending(licence=LicenceTerms(freeze_on_dispute=("EXCLUSIVE",)))
    await proven(desk, DISPUTED, BY_LETTER)
    await desk.does(owners.transfer_proposed(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY))
    await desk.does(owners.transfer_executed())

    assert not await binds(desk, FAR)
    await desk.does(owners.resolution_objected(await hash_of(desk), today=FAR))
    assert "ESCALATED" == (await the(desk)).status


async def test_a_person_is_never_silent():
    """It has no portal, and no notice reaches it: the registrar speaks for it."""
    desk = await pending()
    state = await ADVANCING_IT.on_notice(Reader(desk.handler, trusting=False), await the(desk))
    resolution = msgspec.structs.replace(state.resolution, awaited=("HUT", "person:VR"))
    silence = Silence(event="E", until={"HUT": TODAY})

    assert next_due(msgspec.structs.replace(state, resolution=resolution, silence=silence)) is None


# -- what was before --------------------------------------------------------------------------------------------------


async def test_what_was_laid_down_before_binds_nobody_by_silence():
    """It was told that silence binds nobody; so it stays, whatever notice there is."""
    desk = await pending()
    laid_down: DisputeResolutionProposed = await said(desk, DisputeResolutionProposed)
    state = await the(desk)
    for lacking in ("notice_method", "objection_days"):
        resolution = DISPUTE.evolve(
            msgspec.structs.replace(state, resolution=None), msgspec.structs.replace(laid_down, **{lacking: None})
        ).resolution
        before = msgspec.structs.replace(state, resolution=resolution)
        assert before == await ADVANCING_IT.on_notice(Reader(desk.handler, trusting=False), before)
        assert next_due(before) is None


# -- raced ------------------------------------------------------------------------------------------------------------


async def test_an_objection_at_the_same_moment_is_decided_on_what_the_other_left():
    """The scheduler finds it, and nothing binds."""
    desk = await pending()
    await proven(desk, DISPUTED, BY_LETTER)
    resolution_hash = await hash_of(desk)
    advancing = ADVANCING_IT

    async def passes(reader: Reader) -> Decided:
        state = await advancing.on_notice(reader, await reader(DISPUTE, "DSP"))
        due = next_due(state)
        events = advancing.advance(state, due) if due == after(DAYS + 1) else ()
        assert advancing.elsewhere is not None
        beside = await advancing.elsewhere(reader, state, events, after(DAYS + 1)) if events else ()
        return Decided("MOU", (Change(DISPUTE, "DSP", events, after(DAYS + 1)), *(beside or ())))

    await desk.interrupted(passes, owners.resolution_objected(resolution_hash, today=after(DAYS)))

    assert ALL_HUTS == await shares(desk)
    assert "DisputeResolved" not in await desk.names(DISPUTED)


async def test_notice_that_is_proven_at_the_same_moment_guards_an_objection_too():
    """What an objection is decided by is read with it."""
    desk = await pending()
    resolution_hash = await hash_of(desk)
    notice = await of_last(desk, DISPUTED, BY_LETTER)

    await desk.interrupted(owners.resolution_objected(resolution_hash, today=after(DAYS)), notice)

    assert "ESCALATED" == (await the(desk)).status


# -- the ledger -------------------------------------------------------------------------------------------------------


async def test_the_ledger_has_nobody_bound_without_proof():
    """Whoever records it all the same has recorded nothing, though it names the event."""
    desk = await pending()
    event = decode((await desk.store.read_stream(DISPUTED))[-1].state).id

    async def anyway(reader: Reader) -> Decided:
        state = await ADVANCING_IT.on_notice(reader, await reader(DISPUTE, "DSP"))
        state = msgspec.structs.replace(state, silence=Silence(event=event, until={"HUT": TODAY}))
        events = ADVANCING_IT.advance(state, FAR)
        assert ADVANCING_IT.elsewhere is not None
        beside = await ADVANCING_IT.elsewhere(reader, state, events, FAR)
        assert beside
        return Decided("MOU", (Change(DISPUTE, "DSP", events, FAR), *beside))

    desk.now = datetime(2035, 1, 2, 4, tzinfo=UTC)
    await desk.does(anyway)

    with refuses(LedgerInconsistencyDetected):
        await waits.entered(desk)


async def test_the_ledger_looks_at_affiliations_of_the_day_on_which_it_binds():
    """That whoever was in one hand with who laid it down has parted before this was recorded changes nothing."""
    desk = await at.a_determination()
    await desk.does(owners.affiliated("ATRC", "EGU"))
    await desk.does(owners.transfer_proposed(to="EGU", amount=Amount(of_holding="1/2"), effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.disputed(position={"ATRC": "1/2", "HUT": "1/2"}))
    await desk.does(owners.decided(outcome={"ATRC": "1/1"}))
    await proven(desk, DISPUTED, BY_LETTER)
    await desk.does(owners.no_longer_affiliated("ATRC", "EGU", after(DAYS + 5)))

    assert await binds(desk, after(DAYS + 10))
    assert {"ATRC": "1/1"} == await shares(desk)
    await waits.entered(desk)


@pytest.mark.parametrize("by", [ATRC, NLN])
async def test_others_may_still_say_what_they_could(by: Any):
    """Whoever laid it down takes it back, the registrar confirms it at once."""
    desk = await pending()
    await proven(desk, DISPUTED, BY_LETTER)
    work = owners.resolution_withdrawn if by is ATRC else owners.resolution_confirmed
    await desk.does(work(await hash_of(desk), by=by, today=after(3)))

    assert ("OPENED" if by is ATRC else "RESOLVED") == (await the(desk)).status
    await waits.entered(desk)
