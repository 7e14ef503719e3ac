"""Defining the elements of an invention."""

from services.agreements.errors import NotAProjectParty
from services.agreements.inventions.decisions import define_elements
from services.agreements.inventions.errors import (
    ElementHasContributions,
    ElementsRepeated,
    InventionAlreadyDetermined,
    WeightNotPositive,
)
from services.agreements.inventions.model import INVENTION
from shared.events.invention import InventionElementsDefined
from shared.ratio import NotARatio
from tests.agreements import desk as at
from tests.agreements.controls import (
    EGU,
    defining,
    described,
    determined,
    disclosed,
    element,
    invention,
    shares_proposed,
    started,
    with_counted,
)
from tests.told import refuses

E1, E2 = element(), element(id="E2", weight="1/2")


def test_elements_are_laid_down_in_the_order_of_their_ids():
    """The order they were sent in means nothing."""
    (event,) = define_elements(invention(disclosed()), started(), defining(E2, E1))

    assert isinstance(event, InventionElementsDefined)
    assert (E1, E2) == event.elements


def test_other_elements_void_an_open_determination():
    """Shares that were computed from other elements can no longer be adopted."""
    events = shares_proposed()
    events += define_elements(invention(events), started(), defining(E1, E2))

    assert invention(events).open is None


def test_an_id_names_one_element():
    """Two elements of one id could not be told apart by their contributions."""
    with refuses(ElementsRepeated):
        define_elements(invention(disclosed()), started(), defining(E1, element(weight="1/3")))


def test_an_element_weighs_something():
    """What weighs nothing is no element."""
    with refuses(WeightNotPositive):
        define_elements(invention(disclosed()), started(), defining(element(weight="0/1")))


def test_a_weight_is_in_lowest_terms():
    """One number has one text, or equal elements would have different hashes."""
    with refuses(NotARatio):
        define_elements(invention(disclosed()), started(), defining(element(weight="2/4")))


def test_an_element_stays_while_a_contribution_to_it_counts():
    """A confirmed contribution does not lose its place."""
    with refuses(ElementHasContributions):
        define_elements(invention(with_counted()), started(), defining(E2))


def test_a_determined_invention_keeps_its_elements():
    """What shares were adopted on is history."""
    with refuses(InventionAlreadyDetermined):
        define_elements(invention(determined()), started(), defining(E1, E2))


def test_only_parties_of_the_project_define_them():
    """Another party of the agreement has no say."""
    with refuses(NotAProjectParty):
        define_elements(invention(disclosed()), started(), defining(by=EGU))


def test_defining_the_same_again_changes_nothing():
    """The elements that stand, sent again in any order, are no change."""
    assert () == define_elements(invention(described(E1, E2)), started(), defining(E2, E1))


async def test_of_two_definitions_at_once_the_later_stands():
    """Both are recorded, one after the other."""
    desk = await at.an_invention()

    await desk.interrupted(at.described(E1, E2), meanwhile=at.described(E2))

    assert ["InventionElementsDefined"] * 3 == (await desk.names("invention:INV"))[1:]
    assert (E1, E2) == (await desk.state(INVENTION, "INV")).elements
