"""What a party declares of its own affiliations, and its other end confirms."""

from datetime import timedelta

import pytest

from services.agreements.affiliations import declarations
from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    BeginsBeforeDeclared,
    ControlRatioInvalid,
    DeclarationNotFound,
    NotRepresented,
    OwnParent,
    TooManyOfTwo,
)
from services.agreements.affiliations.handling import check_speaks_for, declaration_of
from services.agreements.affiliations.model import AFFILIATION, ALL, DECLARATION, is_affiliate_on
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
    declaration_made,
    declared,
    declaring,
    declining,
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


async def test_both_are_active_and_sign():
    """It binds both, so it takes the power to sign, and an inactive party takes part in nothing new."""
    desk = await organisations()
    await desk.does(of_party(parties.appoint_representative, appointing(person="CHIEF")))
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
