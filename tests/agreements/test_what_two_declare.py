"""For what an affiliation counts that its two ends have declared, and no operator: what takes nothing from others."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.affiliations.handling import check_speaks_for
from services.agreements.affiliations.model import AFFILIATION, ALL, affiliations_on, controlled_by
from services.agreements.commands import Representative
from services.agreements.contracts.handling import is_neutral
from services.agreements.contracts.model import AGREEMENT
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.handling import check_holders
from services.agreements.inventions.interest import with_parents
from services.agreements.inventions.model import INVENTION
from services.agreements.opportunities import handling as opportunities_handling
from services.agreements.transfers.decisions import exercise_preemption
from services.agreements.transfers.handling import on_assets
from shared.errors import DomainError
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount
from shared.log.handle import Reader
from tests.agreements import desk as at
from tests.agreements import outside, owners
from tests.agreements.controls import EGU, HUT, TODAY, period, terms
from tests.agreements.desk import Desk
from tests.agreements.party_controls import affiliation_declared, confirming, making, unanswered
from tests.agreements.prospects import identifying

Declare = Callable[[Desk, str, str], Awaitable[None]]
ALL_OF_IT = Amount(of_holding="1/1")


def speaking(party: str) -> Representative:
    return Representative(f"{party}-REP", party)


async def by_operator(desk: Desk, parent: str, child: str) -> None:
    await desk.does(affiliation_declared(parent=parent, child=child, period=period(TODAY)))


async def by_ends(desk: Desk, parent: str, child: str) -> None:
    name = f"{parent}.{child}"
    make = making(declaration=name, parent=parent, child=child, period=period(TODAY), by=speaking(parent))
    await desk.does(partial(affiliations_handling.make, command=make, unanswered=unanswered))
    confirm = confirming(by=speaking(child))
    await desk.does(partial(affiliations_handling.confirm, declaration=name, command=confirm))


def reader(desk: Desk) -> Reader:
    return Reader(desk.handler, trusting=False)


async def passes(asked: Awaitable[Any]) -> bool:
    try:
        await asked
    except DomainError:
        return False
    return True


# -- one for each use: whether the affiliation counts for it ----------------------------------------------------------


async def speaks_for_the_child(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    return await passes(check_speaks_for(reader(desk), confirming(by=HUT), "EGU", TODAY))


async def answers_the_childs_tasks(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    return controlled_by(await desk.state(AFFILIATION, ALL), "HUT", TODAY) == ["EGU"]


async def makes_a_registrar_not_neutral(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    return not await is_neutral(reader(desk), "EGU", ["HUT", "ATRC"], TODAY)


async def names_the_childs_background_in_an_opportunity(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    command = identifying(affiliate="EGU", leverages_background=())
    try:
        await opportunities_handling.identify(reader(desk), command)
    except DomainError as refusal:
        return type(refusal).__name__ != "NotAnAffiliate"
    return True


async def gives_to_a_party_what_would_be_an_outsiders(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    return bool(affiliations_on(await desk.state(AFFILIATION, ALL), TODAY, ("HUT", "ATRC")))


async def puts_an_outsider_in_a_partys_place(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "EGU", "HUT")
    return bool(affiliations_on(await desk.state(AFFILIATION, ALL), TODAY, ("HUT", "ATRC")))


async def puts_a_party_in_another_ones_place(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "ATRC", "HUT")
    return bool(affiliations_on(await desk.state(AFFILIATION, ALL), TODAY, ("HUT", "ATRC")))


async def _to_its_child(declare: Declare, **rules: ConsentRule) -> Desk:
    """Let HUT, which holds beside EGU, propose to pass all that it holds to NLN."""
    consent = msgspec.structs.replace(terms().consent, **rules)
    desk = await outside.a_holder_from_outside(terms=terms(consent=consent))
    await declare(desk, "HUT", "NLN")
    await desk.does(owners.transfer_proposed(to="NLN", amount=ALL_OF_IT, effective_on=TODAY))
    return desk


async def asks_nobody_about_a_transfer_to_the_child(declare: Declare) -> bool:
    desk = await _to_its_child(declare, assign=ConsentRule(rule="UNANIMOUS"), assign_affiliate=ConsentRule(rule="NONE"))
    return await passes(desk.does(owners.transfer_executed()))


async def bars_taking_over_what_passes_to_the_child(declare: Declare) -> bool:
    notice = ConsentRule(rule="NOTICE", days=30)
    desk = await _to_its_child(declare, assign=notice, assign_affiliate=notice)
    command = owners.preempting("1/1", by=EGU, holder="EGU")
    take_over = partial(on_assets, transfer="XFR", command=command, decide=exercise_preemption)
    return not await passes(desk.does(take_over))


async def lets_the_child_hold_without_a_transfer(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "HUT", "EGU")
    invention, agreement = await desk.state(INVENTION, "INV"), await desk.state(AGREEMENT, "MOU")
    return await passes(check_holders(reader(desk), invention, agreement, ["EGU"]))


async def lets_the_child_say_itself_what_the_shares_are(declare: Declare) -> bool:
    desk = await outside.a_holder_from_outside(terms=terms(affiliates="ALSO_THEMSELVES"))
    await declare(desk, "HUT", "EGU")
    await owners.determined_anew(desk, points="8/1")
    return await passes(desk.does(at.shares_rejected(by=EGU, determination="DET-2")))


async def is_asked_in_place_of_all_others(declare: Declare) -> bool:
    desk = await at.a_determination()
    await declare(desk, "ATRC", "EGU")
    return "ATRC" in await with_parents(reader(desk), {"EGU"}, ["HUT", "ATRC", "NLN"], TODAY)


async def is_not_asked_about_an_outcome(declare: Declare) -> bool:
    desk = await outside.a_holder_from_outside()
    await declare(desk, "ATRC", "EGU")
    await desk.does(owners.disputed())
    await desk.does(owners.decided(outcome={"ATRC": "1/1"}))
    awaited = (await desk.state(DISPUTE, "DSP")).resolution.awaited
    assert "HUT" in awaited
    return "EGU" not in awaited


BETWEEN_THE_TWO = (
    speaks_for_the_child,
    answers_the_childs_tasks,
    makes_a_registrar_not_neutral,
    names_the_childs_background_in_an_opportunity,
    gives_to_a_party_what_would_be_an_outsiders,
)
TAKING_FROM_OTHERS = (
    puts_an_outsider_in_a_partys_place,
    puts_a_party_in_another_ones_place,
    asks_nobody_about_a_transfer_to_the_child,
    bars_taking_over_what_passes_to_the_child,
    lets_the_child_hold_without_a_transfer,
    lets_the_child_say_itself_what_the_shares_are,
    is_asked_in_place_of_all_others,
    is_not_asked_about_an_outcome,
)
Use = Callable[[Declare], Awaitable[bool]]


@pytest.mark.parametrize("use", [*BETWEEN_THE_TWO, *TAKING_FROM_OTHERS], ids=lambda use: use.__name__)
async def test_what_an_operator_declares_counts_for_everything(use: Use):
    """So that each of these says what it says."""
    assert await use(by_operator)


@pytest.mark.parametrize("use", BETWEEN_THE_TWO, ids=lambda use: use.__name__)
async def test_what_two_declare_counts_between_them(use: Use):
    """What either could do for the other anyway, and what either gives up."""
    assert await use(by_ends)


@pytest.mark.parametrize("use", TAKING_FROM_OTHERS, ids=lambda use: use.__name__)
async def test_what_two_declare_takes_nothing_from_others(use: Use):
    """Their consent, their pre-emption, their attestation, and beside whom they hold."""
    assert not await use(by_ends)


@pytest.mark.parametrize("use", TAKING_FROM_OTHERS, ids=lambda use: use.__name__)
async def test_once_an_operator_declares_the_same_it_counts_for_everything(use: Use):
    """It is the same affiliation, on the word of somebody who belongs to neither."""

    async def by_both(desk: Desk, parent: str, child: str) -> None:
        await by_ends(desk, parent, child)
        await by_operator(desk, parent, child)

    assert await use(by_both)
