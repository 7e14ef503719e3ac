"""Of a derivation a person is shown their own part, and nothing from which another's could be told by name."""

import msgspec

from services.agreements.links.model import ElementPart, OwnPart, own_part
from shared.events.invention import Derivation, ElementShare, PersonShare

DERIVED = Derivation(
    elements=(
        ElementShare(element="E1", share="1/2", contributors={"HUT-PhD": "2/3", "ATRC-SE": "1/3"}),
        ElementShare(element="E2", share="1/2", contributors={"ATRC-SE": "1/1"}),
    ),
    people=(
        PersonShare(person="ATRC-SE", share="2/3", instruments=("LAW",), holders={"ATRC": "2/3"}),
        PersonShare(person="HUT-PhD", share="1/3", instruments=("DEED",), holders={"HUT": "1/3"}),
    ),
    percent={"ATRC": "66.67", "HUT": "33.33"},
)


def test_a_person_is_shown_their_share_and_their_elements_alone():
    """No other element, person, holder or instrument."""
    part = own_part("HUT-PhD", "DET", DERIVED)

    expected = ElementPart(element="E1", element_share="1/2", person_share="2/3")
    assert OwnPart(determination="DET", share="1/3", elements=(expected,)) == part
    assert not any(word in msgspec.json.encode(part) for word in (b"ATRC", b"E2", b"HUT-PhD", b"LAW", b"DEED"))


def test_who_contributed_nothing_that_counts_has_no_part():
    """Whatever others have."""
    assert own_part("HUT-PD", "DET", DERIVED) is None
