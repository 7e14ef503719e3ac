"""What a party declares of its own affiliations, and its other end confirms."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.agreements.affiliations import declarations, handling
from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    AffiliationEndInvalid,
    BeginsBeforeDeclared,
    ControlRatioInvalid,
    ControlTooSmall,
    DeclarationNotFound,
    DeclarationWaits,
    NotRepresented,
    OwnParent,
    TooManyOfTwo,
    TooManyUnanswered,
)
from services.agreements.affiliations.handling import check_speaks_for, declaration_of
from services.agreements.affiliations.model import (
    AFFILIATION,
    ALL,
    DECLARATION,
    Affiliations,
    Declaration,
    controlled_by,
    is_affiliate_on,
    next_due,
)
from services.agreements.commands import Representative
from services.agreements.errors import PartyIsInactive, PeriodEmpty, PowerMissing
from services.agreements.parties import decisions as parties
from shared.errors import DomainError
from shared.log.handle import Reader
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT, TODAY, period
from tests.agreements.desk import Desk
from tests.agreements.party_controls import (
    HUT_RD,
    affiliation_declared,
    appointing,
    confirming,
    deactivating,
    declaration_confirmed,
    declaration_ended,
    declaration_made,
    declared,
    declaring,
    declining,
    ending,
    ending_own,
    making,
    of_declaration,
    of_party,
)
from tests.told import refuses

_DAY = timedelta(days=1)


async def organisations() -> Desk:
    desk = Desk()
    for party in ("HUT", "HUT-RD", "ATRC"):
        await desk.does(at.registered(party))
    return desk


async def speaks(desk: Desk) -> bool:
    """Tell whether HUT speaks for HUT-RD."""
    try:
        await check_speaks_for(Reader(desk.handler, trusting=False), confirming(by=HUT), "HUT-RD", TODAY)
    except NotRepresented:
        return False
    return True


async def test_it_counts_for_nothing_until_the_other_end_confirms_it():
    """Nobody speaks for anybody by its own word; once both have said it, it is an affiliation like every other."""
    desk = await organisations()
    await desk.does(declaration_made())
    assert not await speaks(desk)
    assert [] == await desk.names("affiliation:all")

    await desk.does(declaration_confirmed())

    assert await speaks(desk)
    assert ["AffiliationDeclared"] == await desk.names("affiliation:all")
    assert ["DeclarationMade", "DeclarationConfirmed"] == await desk.names("declaration:DEC")


async def test_what_is_declined_counts_for_nothing_either():
    """And may be declared anew under another name."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(of_declaration(declarations.decline_declaration, declining()))

    assert not await speaks(desk)
    await desk.does(declaration_made(declaration="DEC-2"))
    assert "OPEN" == (await desk.state(DECLARATION, "DEC-2")).status


async def test_it_begins_on_the_day_of_its_declaration_at_the_earliest():
    """Of a day before it decides who owns what is there: that is for an operator."""
    desk = await organisations()
    with refuses(BeginsBeforeDeclared):
        await desk.does(declaration_made(period=period(TODAY - _DAY)))
    await desk.does(declaration_made())

    await desk.does(declaration_confirmed(today=TODAY + 10 * _DAY))

    registry = await desk.state(AFFILIATION, ALL)
    assert not is_affiliate_on(registry, "HUT-RD", "HUT", TODAY - _DAY)
    assert is_affiliate_on(registry, "HUT-RD", "HUT", TODAY)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"child": "HUT"}, OwnParent),
        ({"period": period(TODAY, TODAY)}, PeriodEmpty),
        ({"control_ratio": "3/2"}, ControlRatioInvalid),
        ({"control_ratio": "1/2"}, ControlTooSmall),
        ({"control_ratio": "1/100"}, ControlTooSmall),
        ({"parent": "ATRC", "by": ATRC}, AccrualParentTaken),
        ({"parent": "HUT-RD", "child": "HUT"}, AffiliationCycle),
    ],
)
def test_what_could_not_be_entered_is_not_declared(changed: dict[str, object], refusal: type[DomainError]):
    """The other end is asked nothing that would be refused once it has confirmed."""
    with refuses(refusal):
        declarations.make_declaration(None, declared(), making(**changed))


async def test_what_an_operator_has_entered_meanwhile_is_only_confirmed():
    """It is the same affiliation: it is not entered twice."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(affiliation_declared(period=period(TODAY)))

    await desk.does(declaration_confirmed())

    assert ["AffiliationDeclared"] == await desk.names("affiliation:all")
    assert "CONFIRMED" == (await desk.state(DECLARATION, "DEC")).status


async def test_of_a_confirmation_and_another_affiliation_at_once_one_is_refused():
    """Both are decided on all affiliations, and one of them is first."""
    desk = await organisations()
    await desk.does(declaration_made())

    with refuses(AffiliationCycle):
        await desk.interrupted(declaration_confirmed(), meanwhile=affiliation_declared(parent="HUT-RD", child="HUT"))
    assert "OPEN" == (await desk.state(DECLARATION, "DEC")).status


async def test_of_a_confirmation_and_a_withdrawal_at_once_one_comes_first():
    """What was taken back cannot be confirmed by whoever did not know yet."""
    desk = await organisations()
    await desk.does(declaration_made())
    decline = of_declaration(declarations.decline_declaration, declining())

    with refuses(DomainError):
        await desk.interrupted(declaration_confirmed(), meanwhile=decline)
    assert not await speaks(desk)


def test_by_less_than_half_it_may_be_listed_or_spun_off():
    """What is no control is said to be none; an operator may declare control by less."""
    assert declarations.make_declaration(None, None, making(basis="SPIN_OFF", control_ratio="1/4"))
    assert declarations.make_declaration(None, None, making(control_ratio="501/1000"))
    assert declared(declaring(control_ratio="1/4"))


async def test_both_are_active_and_appoint():
    """It lets one speak for the other in everything, and an inactive party takes part in nothing new."""
    desk = await organisations()
    await desk.does(of_party(parties.appoint_representative, appointing(person="CHIEF")))
    await desk.does(of_party(parties.appoint_representative, appointing(person="HUT-REP", powers=("SIGN",))))
    with refuses(PowerMissing):
        await desk.does(declaration_made())
    await desk.does(declaration_made(by=HUT_RD))
    with refuses(PowerMissing):
        await desk.does(declaration_confirmed(by=HUT))

    await desk.does(of_party(parties.deactivate_party, deactivating(), "ATRC"))
    with refuses(PartyIsInactive):
        await desk.does(declaration_made(declaration="DEC-2", parent="ATRC", by=HUT_RD))


async def test_it_is_between_the_two():
    """To everybody else there is none, until it is among the affiliations."""
    desk = await organisations()
    await desk.does(declaration_made())

    for by in (HUT, HUT_RD):
        assert "OPEN" == (await declaration_of(Reader(desk.handler, trusting=False), "DEC", by)).status
    with refuses(DeclarationNotFound):
        await declaration_of(Reader(desk.handler, trusting=False), "DEC", ATRC)


def test_two_parties_do_not_use_up_the_room_of_all():
    """All affiliations are kept together, so that no two may enter as many as there is room for."""
    days = [TODAY + day * _DAY for day in range(declarations.MAX_OF_TWO)]
    known = declared(*(declaring(period=period(day, day + _DAY)) for day in days))
    another = making(period=period(TODAY + 100 * _DAY))

    with refuses(TooManyOfTwo):
        declarations.make_declaration(None, known, another)
    assert declarations.make_declaration(None, known, making(child="EGU", period=another.period))


_OF_MANY: Any = {"basis": "LISTED", "control_ratio": None, "accrual": False, "period": period(TODAY)}

# -- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [HUT, HUT_RD])
async def test_either_end_ends_it(by: Representative):
    """The parent would speak for the child for ever, by what the child has said once."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(declaration_confirmed())
    await desk.does(declaration_ended(by=by))

    assert not await speaks(desk)
    assert ["AffiliationDeclared", "AffiliationEnded"] == await desk.names("affiliation:all")
    state = await desk.state(DECLARATION, "DEC")
    assert ("ENDED", by.party, TODAY) == (state.status, state.ended.party, state.ends_on)


async def test_it_ends_on_a_later_day_and_may_still_end_sooner():
    """Until then the one speaks for the other; nobody puts it off again."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(declaration_confirmed())
    await desk.does(declaration_ended(to=TODAY + 10 * _DAY))
    assert await speaks(desk)

    with refuses(AffiliationEndInvalid):
        await desk.does(declaration_ended(by=HUT, to=TODAY + 11 * _DAY))
    await desk.does(declaration_ended(by=HUT, to=TODAY))
    assert not await speaks(desk)


async def test_what_has_not_begun_ends_before_it_begins():
    """And may be declared anew, from the same day on, and end again."""
    desk = await organisations()
    begins = {"period": period(TODAY + 5 * _DAY)}
    await desk.does(declaration_made(**begins))
    await desk.does(declaration_confirmed())
    await desk.does(declaration_ended())
    assert TODAY + 5 * _DAY == (await desk.state(DECLARATION, "DEC")).ends_on

    await desk.does(declaration_made(declaration="DEC-2", **begins))
    confirm = partial(handling.confirm, declaration="DEC-2", command=confirming())
    await desk.does(confirm)
    await desk.does(partial(handling.end_own, declaration="DEC-2", command=ending_own(to=TODAY + 9 * _DAY)))

    registry = await desk.state(AFFILIATION, ALL)
    holds = [is_affiliate_on(registry, "HUT-RD", "HUT", TODAY + day * _DAY) for day in (4, 5, 8, 9)]
    assert [False, True, True, False] == holds


async def test_what_an_operator_has_ended_has_ended():
    """The other way round, too: of an end that is said twice the sooner counts."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(declaration_confirmed())
    await desk.does(partial(handling.end, command=ending(to=TODAY)))

    with refuses(AffiliationEndInvalid):
        await desk.does(declaration_ended())


async def test_of_two_ends_at_once_one_comes_first():
    """Both are decided on all affiliations."""
    desk = await organisations()
    await desk.does(declaration_made())
    await desk.does(declaration_confirmed())

    with refuses(AffiliationEndInvalid):
        await desk.interrupted(declaration_ended(), meanwhile=partial(handling.end, command=ending(to=TODAY)))
    assert ["AffiliationDeclared", "AffiliationEnded"] == await desk.names("affiliation:all")


# -- how many wait ----------------------------------------------------------------------------------------------------


async def test_of_two_parties_one_waits_at_a_time():
    """Whoever declares it, as long as it is not answered; the other way round is another matter."""
    desk = await organisations()
    await desk.does(declaration_made())
    for by in (HUT, HUT_RD):
        with refuses(DeclarationWaits):
            await desk.does(declaration_made(declaration="DEC-2", period=period(TODAY + _DAY), by=by))
    await desk.does(declaration_made(declaration="DEC-2", parent="HUT-RD", child="HUT"))
    await desk.does(of_declaration(declarations.decline_declaration, declining()))

    await desk.does(declaration_made(declaration="DEC-3"))


def test_a_party_asks_so_many_at_once():
    """Each is a task of somebody else; what others ask of it does not count."""
    asked = [making(declaration=f"DEC-{no}", child=f"LAB-{no}") for no in range(declarations.MAX_UNANSWERED)]
    waiting = [DECLARATION.fold(None, declarations.make_declaration(None, None, each)) for each in asked]
    known = [each for each in waiting if each is not None]

    with refuses(TooManyUnanswered):
        declarations.make_declaration(None, None, making(), unanswered=known)
    assert declarations.make_declaration(None, None, making(by=HUT_RD), unanswered=known)
    assert declarations.make_declaration(None, None, making(), unanswered=known[1:])


def test_what_nobody_confirms_in_time_lapses():
    """On the first day on which it could not be confirmed, and not before."""
    state = DECLARATION.fold(None, declarations.make_declaration(None, None, making()))
    assert state is not None
    due = next_due(state)

    assert TODAY + (declarations.CONFIRM_DAYS + 1) * _DAY == due
    assert () == declarations.advance(state, state.confirm_by)
    lapsed = DECLARATION.fold(state, declarations.advance(state, due))
    assert lapsed is not None
    assert ("LAPSED", None) == (lapsed.status, next_due(lapsed))


def test_whom_one_controls_is_found_however_many_affiliations_there_are():
    """Every task that is listed asks for it, and what two declare must not make that slow for others."""
    many = [Declaration(**_OF_MANY, parent=f"P{no // 2}", child=f"P{no}") for no in range(1, 5_000)]

    assert 4_999 == len(controlled_by(Affiliations(declared=tuple(many)), "P0", TODAY))
