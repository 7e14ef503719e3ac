"""Giving an invention up, and telling that nothing is determined of one."""

from datetime import date, timedelta

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from services.agreements.affiliations.errors import NotRepresented
from services.agreements.consent.errors import NoVeto
from services.agreements.contributions.api import (
    attest_contribution,
    correct_contribution,
    record_contribution,
    withdraw_contribution,
)
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.api import open_dispute
from services.agreements.inventions.api import adopt_determination, define_elements, propose_determination
from services.agreements.inventions.errors import InventionIsRetired, InventionNotFound
from services.agreements.inventions.handling import on_notice
from services.agreements.inventions.model import INVENTION, InventionStatus
from services.agreements.licences import handling as licences
from services.agreements.licences.api import draft_licence, grant_licence
from services.agreements.ownership.account import holdings_on
from services.agreements.retirement.api import oppose_retirement as oppose_retirement_over_http
from services.agreements.retirement.decisions import oppose_retirement, propose_retirement
from services.agreements.retirement.errors import (
    InventionIsDisputed,
    OnlyHoldersRetire,
    RetirementIsProposed,
    RetirementNotOpen,
)
from services.agreements.transfers.api import execute_transfer, propose_transfer
from services.agreements.transfers.model import TRANSFER
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.invention import DeterminationEscalated, DeterminationProposed
from shared.events.terms import AttestationTerms, CalendarTerms, ConsentRule, OwnershipTerms, Terms
from shared.events.transfer import Amount
from shared.log.envelope import decode
from shared.log.handle import Change, Decided, Reader
from shared.ratio import format_shares
from shared.web.refusals import Refusals
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import (
    ATRC,
    CONSENT,
    EGU,
    HUT,
    TODAY,
    described,
    element,
    invention,
    terms,
)
from tests.agreements.desk import Desk
from tests.agreements.notice import proven
from tests.told import refuses

SIXTY = TODAY + timedelta(days=60)
FAR = date(2099, 1, 1)


def by_rule(rule: ConsentRule, **changed: object) -> Terms:
    return terms(consent=type(CONSENT)(**{**_acts(), "abandon": rule}), **changed)


def _acts() -> dict[str, ConsentRule | None]:
    return {name: getattr(CONSENT, name) for name in CONSENT.__struct_fields__}


async def shared(rule: ConsentRule | None = None, **changed: object) -> Desk:
    """Give a desk with an invention of which HUT holds two thirds and ATRC the rest."""
    desk = await at.a_determination(terms=by_rule(rule, **changed) if rule else terms(**changed))
    await desk.does(owners.transfer_proposed(amount=Amount(of_whole="1/3"), effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    return desk


async def status(desk: Desk) -> InventionStatus:
    return InventionStatus((await desk.state(INVENTION, "INV")).status)


async def retired() -> Desk:
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    await waits.until(desk, INVENTION, "INV", SIXTY)
    return desk


# -- happens ----------------------------------------------------------------------------------------------------


async def test_what_nobody_opposes_is_given_up_when_the_notice_is_over():
    """On that day, not before; by the rule that the terms have for abandoning."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    await waits.until(desk, INVENTION, "INV", SIXTY - timedelta(days=1))
    assert InventionStatus.DETERMINED is await status(desk)

    await waits.until(desk, INVENTION, "INV", SIXTY)
    state = await desk.state(INVENTION, "INV")
    assert (InventionStatus.RETIRED, SIXTY) == (state.status, state.retired_on)


async def test_those_whom_notice_protects_may_waive_it():
    """When all holders have consented nothing is left to wait for."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await desk.does(waits.retirement_consented())

    assert InventionStatus.RETIRED is await status(desk)


async def test_a_sole_holder_gives_up_what_is_its_own():
    """There is nobody to give notice to."""
    desk = await at.a_determination()
    await desk.does(waits.retirement_proposed())

    assert InventionStatus.RETIRED is await status(desk)


async def test_an_invention_of_nobody_yet_is_given_up_by_its_parties():
    """Any of them may turn out to be a holder, so they count alike."""
    desk = await at.an_invention(terms=by_rule(ConsentRule(rule="MAJORITY_SHARE")))
    await desk.does(waits.retirement_proposed())
    assert InventionStatus.DISCLOSED is await status(desk)
    await desk.does(waits.retirement_consented())

    assert InventionStatus.RETIRED is await status(desk)


async def test_silence_of_business_days_counts_without_weekends_and_holidays():
    """From Sunday the first: ten business days end on Friday the thirteenth; two of them are holidays."""
    calendar = CalendarTerms(holidays="HK-2025", holiday_dates=(date(2025, 6, 4), date(2025, 6, 10)))
    desk = await shared(ConsentRule(rule="LEAD_DEEMED", days=10), calendar=calendar)
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    state = await on_notice(Reader(desk.handler, trusting=False), await desk.state(INVENTION, "INV"))

    assert state.retirement is not None
    assert (None, date(2025, 6, 18)) == (state.retirement.retires_on, state.retirement.due_on)


async def test_of_what_one_day_does_silence_comes_first_and_telling_last():
    """Who was silent until then attested; what is given up that day is not told to be undetermined."""
    days = {"ownership": OwnershipTerms(escalate_after_days=60), "attestation": AttestationTerms(deemed_days=59)}
    desk, _ = await at.an_open_determination(terms=terms(**days))
    await proven(desk, "invention:INV")
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    await waits.until(desk, INVENTION, "INV", FAR)

    assert ["DeterminationAttestationDeemed", "InventionRetired"] == (await desk.names("invention:INV"))[-2:]


async def test_what_was_given_up_stays_readable():
    """Who held it, and by what; in the ledger, too, it goes on as it was."""
    desk = await retired()
    account = (await desk.state(INVENTION, "INV")).account

    assert {"ATRC": "1/3", "HUT": "2/3"} == format_shares(holdings_on(account, FAR))
    assert (await waits.entered(desk)).holdings.timeline("INV")


# -- refused ----------------------------------------------------------------------------------------------------


async def test_nothing_new_comes_of_what_was_given_up():
    """Neither work nor shares, nor transfers, nor disputes, nor licences."""
    desk = await retired()
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash

    for work in (
        at.described(element(weight="2/1")),
        at.recorded(contribution="C9"),
        at.corrected(points="9/1"),
        at.withdrawn(),
        at.shares_proposed(determination="DET-9"),
        at.shares_adopted(determination="DET-9"),
        owners.transfer_proposed(transfer="XFR-9"),
        owners.disputed(),
        at.licence_drafted(licence="LIC-9"),
    ):
        with refuses(InventionIsRetired):
            await desk.does(work)
    assert content_hash == (await desk.state(CONTRIBUTION, "C1")).content_hash


async def test_that_an_id_is_taken_is_told_last():
    """Of a request that would be refused anyway nobody finds out whether its id names something."""
    desk = await at.a_determination()
    for work in (owners.transfer_proposed(), at.licence_drafted(), waits.retirement_proposed()):
        await desk.does(work)

    for work in (
        at.recorded(points="9/1"),
        owners.transfer_proposed(instrument_hash="sha256:" + "7" * 64),
        at.licence_drafted(document_hash="sha256:" + "7" * 64),
    ):
        with refuses(InventionIsRetired):
            await desk.does(work)


async def test_a_transfer_under_way_is_not_executed_any_more():
    """Consent to it was consent to something that was still there."""
    desk = await at.a_determination()
    await desk.does(owners.transfer_proposed())
    await desk.does(waits.retirement_proposed())

    with refuses(InventionIsRetired):
        await desk.does(owners.transfer_executed())


async def test_a_licence_drafted_before_is_not_granted_any_more():
    """The check says so before anybody asks for the grant, beside whatever else is in its way."""
    desk = await at.a_determination()
    await desk.does(at.licence_drafted())
    await desk.does(waits.retirement_proposed())
    _, found = await licences.check(Reader(desk.handler, trusting=False), "LIC", ATRC, TODAY)

    assert ["INVENTION_IS_RETIRED"] == [each.code() for each in found]
    with refuses(InventionIsRetired):
        await desk.does(at.licence_granted())


@pytest.mark.parametrize(
    "route",
    [
        define_elements,
        propose_determination,
        adopt_determination,
        oppose_retirement_over_http,
        record_contribution,
        correct_contribution,
        attest_contribution,
        withdraw_contribution,
        propose_transfer,
        execute_transfer,
        open_dispute,
        draft_licence,
        grant_licence,
    ],
    ids=lambda route: route.handler_name,
)
def test_every_route_that_refuses_it_says_so(route: HTTPRouteHandler):
    """Whoever reads a route's description knows that what it works on may have been given up."""
    assert isinstance(route.responses, Refusals)
    assert InventionIsRetired in route.responses.classes


async def test_only_holders_give_it_up_or_keep_it():
    """A party without a share has nothing to give up; nobody speaks for another; to an outsider there is nothing."""
    desk = await at.a_determination(terms=by_rule(ConsentRule(rule="NOTICE", days=60)))

    with refuses(OnlyHoldersRetire):
        await desk.does(waits.retirement_proposed(by=ATRC, holder="ATRC"))
    with refuses(NotRepresented):
        await desk.does(waits.retirement_proposed(by=ATRC, holder="HUT"))
    with refuses(InventionNotFound):
        await desk.does(waits.retirement_proposed(by=EGU, holder="EGU"))


async def test_opposition_ends_it():
    """Whoever wants the invention keeps it, and consenting to what is over is too late."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    await desk.does(waits.retirement_opposed())
    await waits.until(desk, INVENTION, "INV", FAR)

    assert InventionStatus.DETERMINED is await status(desk)
    with refuses(RetirementNotOpen):
        await desk.does(waits.retirement_consented())


async def test_a_minority_that_is_not_needed_does_not_stop_it():
    """By a rule of majority two thirds decide without the rest; but they decide themselves."""
    desk = await shared(ConsentRule(rule="MAJORITY_SHARE"))
    await desk.does(waits.retirement_proposed(by=ATRC, holder="ATRC"))
    await desk.does(waits.retirement_opposed(by=HUT, holder="HUT"))
    await desk.does(waits.retirement_proposed(by=ATRC, holder="ATRC"))
    await desk.does(waits.retirement_consented(by=HUT, holder="HUT"))

    assert InventionStatus.RETIRED is await status(desk)


def test_who_is_not_needed_has_no_veto():
    """Of three who count alike, two are a majority without the third."""
    state = msgspec.structs.replace(invention(described()), parties=("HUT", "ATRC", "EGU"))
    proposed = propose_retirement(state, by_rule(ConsentRule(rule="MAJORITY_SHARE")), waits.giving_up())
    waiting = INVENTION.fold(state, proposed)
    assert waiting is not None

    with refuses(NoVeto):
        oppose_retirement(waiting, waits.keeping(by=EGU, holder="EGU"))


async def test_what_is_disputed_is_not_given_up():
    """A dispute opened later ends the proposal."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await proven(desk, "invention:INV")
    await desk.does(owners.disputed())
    await waits.until(desk, INVENTION, "INV", FAR)

    assert InventionStatus.DETERMINED is await status(desk)
    with refuses(InventionIsDisputed):
        await desk.does(waits.retirement_proposed())


async def test_other_holders_are_not_bound_by_what_the_old_ones_were_told():
    """A transfer ends the proposal: whoever holds a share now was given no notice."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())
    await desk.does(owners.transfer_rescinded())

    assert (await desk.state(INVENTION, "INV")).retirement is None


async def test_the_ledger_enters_no_shares_of_what_was_given_up():
    """Whoever writes them into the log stops it there."""
    desk = await at.a_determination()
    told = [decode(event.state).data for event in await desk.store.read_stream("invention:INV")]
    again = tuple(event for event in told if isinstance(event, DeterminationProposed))[-1:]
    await desk.does(waits.retirement_proposed())

    async def forged(reader: Reader) -> Decided:
        await reader(INVENTION, "INV")
        return Decided("MOU", (Change(INVENTION, "INV", again, TODAY),))

    await desk.does(forged)
    with refuses(LedgerInconsistencyDetected, match="retired"):
        await waits.entered(desk)


# -- repeated ---------------------------------------------------------------------------------------------------


async def test_what_was_so_before_it_was_given_up_may_be_said_again():
    """A command that arrives twice, once before and once after, is answered the same."""
    desk = await at.a_determination()
    once = (at.disclosed(), at.described(), at.recorded(), at.shares_adopted())
    for work in (owners.transfer_proposed(), at.licence_drafted(), waits.retirement_proposed()):
        await desk.does(work)
    position = (await desk.store.head()).position

    for work in (*once, owners.transfer_proposed(), at.licence_drafted(), waits.retirement_proposed()):
        await desk.does(work)
    assert position == (await desk.store.head()).position


async def test_giving_it_up_again_changes_nothing():
    """Before and after it has happened; for another reason it is another proposal."""
    desk = await shared()
    for _ in range(2):
        await desk.does(waits.retirement_proposed())
    with refuses(RetirementIsProposed):
        await desk.does(waits.retirement_proposed(reason="too dear"))
    for _ in range(2):
        await desk.does(waits.retirement_consented())
    await desk.does(waits.retirement_proposed())

    names = await desk.names("invention:INV")
    assert ["RetirementProposed", "RetirementConsentGiven", "InventionRetired"] == names[-3:]
    with refuses(InventionIsRetired):
        await desk.does(waits.retirement_opposed())


# -- raced ------------------------------------------------------------------------------------------------------


async def test_of_a_dispute_and_the_last_consent_one_comes_first():
    """The other is decided on what then stands."""
    desk = await shared()
    await desk.does(waits.retirement_proposed())

    with refuses(RetirementNotOpen):
        await desk.interrupted(waits.retirement_consented(), meanwhile=owners.disputed())


# -- undetermined too long --------------------------------------------------------------------------------------


async def escalations(desk: Desk) -> list[DeterminationEscalated]:
    events = [decode(event.state).data for event in await desk.store.read_stream("invention:INV")]
    return [event for event in events if isinstance(event, DeterminationEscalated)]


async def test_what_is_not_determined_in_time_is_told_once_and_decides_nothing():
    """Ninety days after it was disclosed, unless the terms say otherwise; who is waited for is named."""
    desk, _ = await at.an_open_determination()
    await waits.until(desk, INVENTION, "INV", TODAY + timedelta(days=89))
    assert [] == await escalations(desk)
    await waits.until(desk, INVENTION, "INV", FAR)

    (told,) = await escalations(desk)
    assert (TODAY + timedelta(days=90), "DET", ("ATRC",)) == (told.escalated_on, told.determination, told.missing)
    assert InventionStatus.UNDER_DETERMINATION is await status(desk)


async def test_the_terms_say_after_how_many_days():
    """The clock does not start anew with a proposal."""
    desk = await at.a_confirmation(terms=terms(ownership=OwnershipTerms(title_gap="BLOCK", escalate_after_days=10)))
    await desk.does(at.shares_proposed(today=TODAY + timedelta(days=9)))
    await waits.until(desk, INVENTION, "INV", FAR)

    assert [TODAY + timedelta(days=10)] == [each.escalated_on for each in await escalations(desk)]


async def test_what_is_determined_or_given_up_waits_for_nobody():
    """The clock stops with the shares, and with the invention."""
    for desk in (await at.a_determination(), await retired()):
        await waits.until(desk, INVENTION, "INV", FAR)

        assert [] == await escalations(desk)


async def test_other_shares_that_nobody_decides_on_are_told_of_too():
    """Their clock runs from their proposal, and stops if they are rejected."""
    desk = await at.a_determination()
    await desk.does(at.corrected(points="9/1"))
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash))
    await desk.does(at.shares_proposed(determination="DET-2"))
    assert TODAY + timedelta(days=90) == (await desk.state(INVENTION, "INV")).escalates_on
    await desk.does(at.shares_rejected(determination="DET-2"))

    assert (await desk.state(INVENTION, "INV")).escalates_on is None


async def test_who_has_sold_from_a_later_day_on_does_not_give_it_up_alone():
    """The transfer is executed and takes effect later: until then the seller may not waste what it has sold."""
    desk = await shared(ConsentRule(rule="MAJORITY_SHARE"))
    later = TODAY + timedelta(days=30)
    await desk.does(owners.transfer_proposed(transfer="LATER", amount=Amount(of_holding="1/1"), effective_on=later))
    content = (await desk.state(TRANSFER, "LATER")).transfer_hash
    await desk.does(owners.transfer_consented(content, "LATER"))
    await desk.does(owners.transfer_executed("LATER"))

    await desk.does(waits.retirement_proposed())
    assert InventionStatus.DETERMINED is (await desk.state(INVENTION, "INV")).status
    await desk.does(waits.retirement_consented(by=ATRC, holder="ATRC"))
    assert InventionStatus.RETIRED is (await desk.state(INVENTION, "INV")).status
