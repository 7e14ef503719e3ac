"""Transfers: proposed, consented to, executed, undone and recorded."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.consent.errors import ConsentMissing, NoticePeriodRunning, NoVeto, RefusalTooLate
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.model import DISPUTE
from services.agreements.errors import RecordedOtherwise
from services.agreements.inventions.errors import SharesTooFine
from services.agreements.inventions.model import INVENTION
from services.agreements.notices.model import Silence
from services.agreements.ownership.account import FINEST, holdings_on
from services.agreements.ownership.errors import AmountNotOne, InsufficientHolding, OwnershipReplayConflict
from services.agreements.transfers.decisions import advance, exercise_preemption, refuse_transfer
from services.agreements.transfers.errors import (
    NotTheTransferor,
    OnlyHoldersDecide,
    PreemptionNotOpen,
    PreemptionTooLarge,
    RecordalNotFiled,
    TransferBeforeConception,
    TransferHashMismatch,
    TransferNotExecuted,
    TransferNotFound,
    TransferNotOpen,
)
from services.agreements.transfers.executing import execute_transfer
from services.agreements.transfers.handling import on_notice
from services.agreements.transfers.model import TRANSFER, next_due
from shared.calendar import business_days_after
from shared.errors import DomainError
from shared.events.terms import CalendarTerms, ConsentRule
from shared.events.transfer import Amount
from shared.log.handle import Reader
from shared.ratio import format_shares
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, CONCEIVED, CONSENT, EGU, HUT, OTHER_DIGEST, TODAY, terms
from tests.agreements.notice import proven
from tests.agreements.owners import LATER
from tests.told import refuses


async def noticed(desk: at.Desk, transfer: str = "XFR") -> Any:
    """Give a transfer with what follows from the notice that there is of it."""
    return await on_notice(Reader(desk.handler, trusting=False), await desk.state(TRANSFER, transfer))


ALL_OF_IT = Amount(of_holding="1/1")


async def test_what_is_consented_to_passes_on_its_day():
    """A seventh of all is left from the day before to the day."""
    desk = await owners.an_executed_transfer()

    assert {"HUT": "1/1"} == await owners.holders(desk, date(2025, 6, 30))
    assert {"ATRC": "1/7", "HUT": "6/7"} == await owners.holders(desk, LATER)
    assert "OwnershipTransferred" == (await desk.names("invention:INV"))[-1]


async def test_executing_it_again_changes_nothing():
    """A transfer takes place once."""
    desk = await owners.an_executed_transfer()

    assert (await desk.does(owners.transfer_executed())).position is None


async def test_every_holder_consents_where_the_terms_say_so():
    """Whoever holds a share on the day of the decision."""
    desk = await owners.an_executed_transfer(effective_on=TODAY)
    await desk.does(owners.transfer_proposed(transfer="XFR-2"))
    with refuses(ConsentMissing) as refused:
        await desk.does(owners.transfer_executed("XFR-2"))
    assert ["ATRC"] == refused.value.ids["missing"]

    transfer_hash = (await desk.state(TRANSFER, "XFR-2")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash, "XFR-2"))
    assert "CONSENTED" == (await desk.state(TRANSFER, "XFR-2")).status
    await desk.does(owners.transfer_executed("XFR-2"))
    assert {"ATRC": "13/49", "HUT": "36/49"} == await owners.holders(desk, LATER)


async def test_a_consent_binds_the_exact_transfer():
    """Another hash is another transfer."""
    desk, _ = await owners.a_transfer()

    with refuses(TransferHashMismatch):
        await desk.does(owners.transfer_consented(OTHER_DIGEST))


async def test_what_is_consented_to_keeps_its_hash():
    """A consent of before names the hash of its day, so the same transfer has the same hash in every release."""
    _, transfer_hash = await owners.a_transfer()

    assert "sha256:6df676f41723516122d8262ce80b1fa3b6d150b9e4d99c32cb898a1c9a6498ef" == transfer_hash


async def test_nobody_consents_to_a_transfer_that_was_refused():
    """It is over for whoever comes later, with the right hash too."""
    desk = await owners.an_executed_transfer(effective_on=TODAY)
    await desk.does(owners.transfer_proposed(transfer="XFR-2"))
    transfer_hash = (await desk.state(TRANSFER, "XFR-2")).transfer_hash
    await desk.does(owners.transfer_refused("XFR-2", by=HUT, holder="HUT"))

    with refuses(TransferNotOpen):
        await desk.does(owners.transfer_consented(transfer_hash, "XFR-2"))


async def test_only_holders_consent():
    """A party without a share on that day has no say."""
    desk, transfer_hash = await owners.a_transfer()

    with refuses(OnlyHoldersDecide):
        await desk.does(owners.transfer_consented(transfer_hash))


async def test_a_refused_transfer_is_over():
    """Nobody executes it any more."""
    desk, _ = await owners.a_transfer()
    await desk.does(owners.transfer_refused(by=HUT, holder="HUT"))

    with refuses(TransferNotOpen):
        await desk.does(owners.transfer_executed())


async def test_a_transfer_concerns_whoever_bought_a_share_before():
    """Besides the parties of the project, who need not hold one any more."""
    desk = await owners.an_executed_transfer(to="EGU", amount=ALL_OF_IT, effective_on=TODAY)
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(owners.transfer_proposed(transfer="BACK", source="EGU", to="HUT"))

    assert ("ATRC", "EGU", "HUT") == (await desk.state(TRANSFER, "BACK")).parties


async def test_a_transfer_concerns_whoever_the_shares_were_adopted_for():
    """Also one that is no party of the project."""
    desk = await owners.a_dispute()
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(owners.resolution_proposed(outcome={"EGU": "1/3", "HUT": "2/3"}))
    resolution_hash = (await desk.state(DISPUTE, "DSP")).resolution.resolution_hash
    await desk.does(owners.resolution_confirmed(resolution_hash))
    await desk.does(owners.transfer_proposed())

    assert ("ATRC", "EGU", "HUT") == (await desk.state(TRANSFER, "XFR")).parties


async def test_an_outsider_finds_no_transfer():
    """To a party outside the agreement, it does not exist."""
    desk, _ = await owners.a_transfer()

    with refuses(TransferNotFound):
        await desk.does(owners.transfer_executed(by=EGU))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"amount": Amount()}, AmountNotOne),
        ({"amount": Amount(of_holding="1/2", of_whole="1/2")}, AmountNotOne),
        ({"amount": Amount(of_whole="3/2")}, AmountNotOne),
        ({"effective_on": date(2024, 7, 7)}, TransferBeforeConception),
        ({"source": "ATRC", "to": "HUT"}, NotRepresented),
        ({"source": "person:VR"}, NotTheTransferor),
    ],
)
async def test_a_proposal_that_can_never_be_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """By what is wrong with it."""
    desk = await at.a_determination()

    with refuses(refusal):
        await desk.does(owners.transfer_proposed(**changed))


async def test_more_than_is_held_is_not_transferred():
    """The refusal says how much is missing, and on which day."""
    desk = await owners.an_executed_transfer()
    await desk.does(owners.transfer_proposed(transfer="XFR-2", amount=Amount(of_whole="1/1")))

    with refuses(InsufficientHolding) as refused:
        await desk.does(owners.transfer_executed("XFR-2"))
    assert {"holder": "HUT", "date": "2025-07-01", "shortfall": "1/7"}.items() <= refused.value.ids.items()


async def test_what_is_passed_on_later_is_not_passed_on_before():
    """A backdated transfer that would leave a later one short is refused, and names that one."""
    desk = await owners.an_executed_transfer(amount=Amount(of_whole="1/2"))
    await desk.does(owners.transfer_proposed(transfer="XFR-2", amount=Amount(of_whole="1/1"), effective_on=CONCEIVED))

    with refuses(OwnershipReplayConflict) as refused:
        await desk.does(owners.transfer_executed("XFR-2"))
    assert "XFR" == refused.value.ids["transfer"]


async def test_a_rescinded_transfer_was_never_made():
    """From its own day on."""
    desk = await owners.an_executed_transfer()
    await desk.does(owners.transfer_rescinded())

    assert {"HUT": "1/1"} == await owners.holders(desk, LATER)
    assert "RESCINDED" == (await desk.state(TRANSFER, "XFR")).status


async def test_what_was_passed_on_since_keeps_a_transfer_from_being_undone():
    """What the transferee gave away cannot come back by itself."""
    desk = await owners.an_executed_transfer(effective_on=TODAY)
    on = {"by": ATRC, "source": "ATRC", "to": "HUT", "amount": Amount(of_whole="1/7")}
    await desk.does(owners.transfer_proposed(transfer="BACK", **on))
    transfer_hash = (await desk.state(TRANSFER, "BACK")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash, "BACK", by=HUT, holder="HUT"))
    await desk.does(owners.transfer_executed("BACK", by=ATRC))

    with refuses(OwnershipReplayConflict):
        await desk.does(owners.transfer_rescinded())


async def test_what_would_leave_shares_too_fine_to_write_is_not_undone():
    """Less to take a part of makes that part finer; the refusal has the name that it has wherever shares are."""
    desk = await owners.an_executed_transfer(effective_on=TODAY, amount=Amount(of_whole="1/3"))
    back = {"by": ATRC, "source": "ATRC", "to": "HUT", "amount": ALL_OF_IT, "effective_on": TODAY}
    await desk.does(owners.transfer_proposed(transfer="BACK", **back))
    transfer_hash = (await desk.state(TRANSFER, "BACK")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash, "BACK", by=HUT, holder="HUT"))
    await desk.does(owners.transfer_executed("BACK", by=ATRC))
    await desk.does(owners.transfer_proposed(transfer="FINE", amount=Amount(of_holding=f"1/{FINEST - 2}")))
    await desk.does(owners.transfer_executed("FINE"))

    with refuses(SharesTooFine):
        await desk.does(owners.transfer_rescinded("BACK", by=ATRC))


async def test_a_deed_before_the_determination_waits_and_is_replayed():
    """A person's whole holding passes on the deed's day, whenever the shares are adopted."""
    desk = await at.an_invention()
    await desk.does(at.engaged(person="VR", role="VISITOR"))
    await desk.does(at.recorded(contributor="VR"))
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash))
    deed = {"kind": "DEED", "source": "person:VR", "to": "HUT", "amount": ALL_OF_IT, "effective_on": date(2024, 12, 2)}
    await desk.does(owners.transfer_proposed(**deed))
    await desk.does(owners.transfer_executed())
    assert {} == await owners.holders(desk, TODAY)

    await desk.does(at.shares_proposed())
    await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash))
    await desk.does(at.shares_adopted())
    assert {"person:VR": "1/1"} == await owners.holders(desk, date(2024, 12, 1))
    assert {"HUT": "1/1"} == await owners.holders(desk, date(2024, 12, 2))


async def test_an_affiliates_share_needs_notice_alone():
    """The party that controls the affiliate speaks for it; the notice runs by the terms."""
    desk = await owners.an_executed_transfer(to="EGU", amount=ALL_OF_IT, effective_on=TODAY)
    await desk.does(owners.affiliated("HUT", "EGU"))
    back = {"transfer": "BACK", "source": "EGU", "to": "HUT", "amount": ALL_OF_IT}
    await desk.does(owners.transfer_proposed(**back, effective_on=date(2025, 6, 30)))
    assert (await desk.state(TRANSFER, "BACK")).between_affiliates
    await desk.does(owners.transfer_executed("BACK"))
    assert {"HUT": "1/1"} == await owners.holders(desk, date(2025, 6, 30))


async def test_a_former_parent_takes_nothing_back_by_an_earlier_day():
    """Whoever controlled a holder once does not speak for it now, whichever day the transfer is dated."""
    desk = await owners.an_executed_transfer(to="EGU", amount=ALL_OF_IT, effective_on=date(2025, 1, 2))
    await desk.does(owners.affiliated("HUT", "EGU"))
    await desk.does(owners.no_longer_affiliated("HUT", "EGU", TODAY))
    back = {"transfer": "BACK", "source": "EGU", "to": "HUT", "amount": ALL_OF_IT}

    with refuses(NotRepresented):
        await desk.does(owners.transfer_proposed(**back, effective_on=TODAY - timedelta(days=1)))


async def test_what_a_parent_proposed_it_does_not_do_once_control_has_ended():
    """Neither executing nor undoing it: either moves shares of a party that is its own master now."""
    desk = await owners.an_executed_transfer(to="EGU", amount=ALL_OF_IT, effective_on=date(2025, 1, 2))
    await desk.does(owners.affiliated("HUT", "EGU"))
    back = {"source": "EGU", "to": "HUT", "amount": Amount(of_holding="1/2"), "effective_on": date(2025, 5, 1)}
    for transfer in ("BACK", "MORE"):
        await desk.does(owners.transfer_proposed(transfer=transfer, **back))
    await desk.does(owners.transfer_executed("BACK"))
    await desk.does(owners.no_longer_affiliated("HUT", "EGU", TODAY))

    for act in (owners.transfer_executed("MORE"), owners.transfer_rescinded(transfer="BACK")):
        with refuses(NotRepresented):
            await desk.does(act)


async def test_a_co_holder_takes_over_while_the_notice_runs():
    """A portion passes to it instead, in the same moment; no more than the whole is there to take."""
    desk = await owners.an_executed_transfer(effective_on=TODAY)
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU"))
    asset = await desk.state(INVENTION, "INV")
    asks = await desk.state(TRANSFER, "SALE")
    last_day = Silence(event="E", until={"ATRC": date(2025, 6, 30)})
    notices = msgspec.structs.replace(
        asks, rule=ConsentRule(rule="NOTICE", days=30), notice_method="INBOX", silence=last_day
    )

    with refuses(PreemptionNotOpen):
        exercise_preemption(asks, [asset], owners.preempting("1/2"))
    with refuses(PreemptionNotOpen):
        exercise_preemption(notices, [asset], owners.preempting("1/2", today=date(2025, 7, 2)))
    with refuses(PreemptionTooLarge):
        exercise_preemption(notices, [asset], owners.preempting("3/2"))

    taken = TRANSFER.fold(notices, exercise_preemption(notices, [asset], owners.preempting("1/2")))
    assert taken is not None
    with refuses(NoticePeriodRunning):
        execute_transfer(taken, [asset], owners.executing_it(today=date(2025, 6, 30)))
    _, (first, rest) = execute_transfer(taken, [asset], owners.executing_it(today=date(2025, 7, 1)))
    after = INVENTION.fold(asset, (first, rest))
    assert after is not None
    assert {"ATRC": "10/49", "EGU": "3/49", "HUT": "36/49"} == format_shares(holdings_on(after.account, LATER))


async def test_a_day_far_ahead_does_not_end_the_notice_sooner():
    """Whoever has notice may oppose or take over until it is over, and executing would end that."""
    notice = msgspec.structs.replace(CONSENT, assign=ConsentRule(rule="NOTICE", days=30))
    desk = await at.a_determination(terms=terms(consent=notice))
    halved = {"amount": Amount(of_holding="1/2"), "effective_on": TODAY}
    await desk.does(owners.transfer_proposed(**halved))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU", effective_on=TODAY + timedelta(days=90)))
    await proven(desk, "transfer:SALE")

    with refuses(NoticePeriodRunning):
        await desk.does(owners.transfer_executed("SALE", today=TODAY + timedelta(days=29)))

    assert (await desk.does(owners.transfer_executed("SALE", today=TODAY + timedelta(days=30)))).position


async def test_what_all_consented_to_is_not_taken_over_any_more():
    """Whoever waived the notice waived what it gives time for; the others consented to exactly this transfer."""
    notice = msgspec.structs.replace(CONSENT, assign=ConsentRule(rule="NOTICE", days=45))
    desk = await at.a_determination(terms=terms(consent=notice))
    await desk.does(owners.transfer_proposed(effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU"))
    await desk.does(owners.transfer_consented((await desk.state(TRANSFER, "SALE")).transfer_hash, "SALE"))
    sale = await desk.state(TRANSFER, "SALE")
    assert "CONSENTED" == sale.status

    with refuses(PreemptionNotOpen):
        exercise_preemption(sale, [await desk.state(INVENTION, "INV")], owners.preempting("1/2"))


async def test_only_an_executed_transfer_is_recorded_at_offices():
    """Filed, then confirmed under the office's reference."""
    desk, _ = await owners.a_transfer()
    with refuses(TransferNotExecuted):
        await desk.does(owners.recordal_filed())

    desk = await owners.an_executed_transfer()
    with refuses(RecordalNotFiled):
        await desk.does(owners.recordal_confirmed())
    await desk.does(owners.recordal_filed())
    assert (await desk.does(owners.recordal_filed())).position is None
    with refuses(RecordedOtherwise):
        await desk.does(owners.recordal_filed(filed_on=LATER))
    await desk.does(owners.recordal_confirmed())
    assert (await desk.does(owners.recordal_confirmed())).position is None
    assert "RECORDED" == (await desk.state(TRANSFER, "XFR")).status


def test_ten_business_days_end_on_a_monday():
    """A request on Monday the third is deemed consented to at the end of Monday the seventeenth."""
    assert date(2025, 3, 17) == business_days_after(date(2025, 3, 3), 10, ("SAT", "SUN"))


def test_holidays_are_no_business_days():
    """A holiday on a weekend is not counted twice."""
    holidays = (date(2025, 3, 4), date(2025, 3, 8))

    assert date(2025, 3, 18) == business_days_after(date(2025, 3, 3), 10, ("SAT", "SUN"), holidays)


async def test_the_holidays_of_the_terms_are_those_of_a_transfer():
    """Whoever may refuse has one day more for each."""
    consent = msgspec.structs.replace(CONSENT, assign=ConsentRule(rule="LEAD_DEEMED", days=10))
    calendar = CalendarTerms(holidays="HK-2025", holiday_dates=(date(2025, 6, 2),))
    desk = await at.a_determination(terms=terms(consent=consent, calendar=calendar))
    await desk.does(owners.transfer_proposed())

    await proven(desk, "transfer:XFR")
    assert {"ATRC": date(2025, 6, 16)} == (await noticed(desk)).silence.until


async def test_silence_is_consent_where_the_terms_say_so():
    """A refusal on the last day still counts; a day later it is late, and the transfer takes place."""
    consent = msgspec.structs.replace(CONSENT, assign=ConsentRule(rule="LEAD_DEEMED", days=10))
    desk = await at.a_determination(terms=terms(consent=consent))
    last, after = date(2025, 6, 13), date(2025, 6, 14)
    await desk.does(owners.transfer_proposed(effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(owners.transfer_proposed(transfer="XFR-2"))
    await proven(desk, "transfer:XFR-2")
    waiting, asset = await noticed(desk, "XFR-2"), await desk.state(INVENTION, "INV")

    assert (None, {"ATRC": last}, after) == (waiting.deemed_on, waiting.silent_until, next_due(waiting))
    with refuses(ConsentMissing):
        execute_transfer(waiting, [asset], owners.executing_it(today=last))
    assert refuse_transfer(waiting, [asset], owners.refusing(today=last))
    with refuses(RefusalTooLate):
        refuse_transfer(waiting, [asset], owners.refusing(today=after))
    assert () == advance(waiting, last)
    deemed = TRANSFER.fold(waiting, advance(waiting, after))
    assert deemed is not None
    assert "CONSENTED" == deemed.status
    assert execute_transfer(deemed, [asset], owners.executing_it(today=after))


@pytest.mark.parametrize(("rule", "stops"), [("NONE", False), ("MAJORITY_SHARE", False), ("UNANIMOUS", True)])
async def test_a_holder_stops_what_cannot_be_without_it(rule: Any, *, stops: bool):
    """Whoever is not needed may keep silent, but has no veto."""
    desk = await owners.an_executed_transfer(effective_on=TODAY)
    await desk.does(owners.transfer_proposed(transfer="XFR-2"))
    asked = msgspec.structs.replace(await desk.state(TRANSFER, "XFR-2"), rule=ConsentRule(rule=rule))
    asset = await desk.state(INVENTION, "INV")

    if stops:
        assert refuse_transfer(asked, [asset], owners.refusing())
    else:
        with refuses(NoVeto):
            refuse_transfer(asked, [asset], owners.refusing())


async def test_what_is_paid_is_part_of_what_is_consented_to():
    """As it was said; for another price, or none, it is another transfer."""
    hashes = set()
    for consideration in ("HKD 1", "HKD 2", None):
        desk = await at.a_determination()
        await desk.does(owners.transfer_proposed(consideration=consideration))
        state = await desk.state(TRANSFER, "XFR")
        assert consideration == state.consideration
        hashes.add(state.transfer_hash)

    assert 3 == len(hashes)
