"""Why a holder holds: the people, instruments and contributions that a determined share is made of."""

import pytest

from services.agreements.inventions.determine import determine
from services.agreements.ownership.why import PersonPart, people_of
from shared.events.invention import Affiliation, DeterminationInputs
from shared.events.terms import Method
from tests.agreements.controls import contributor, counted, element, inputs, instrument, period

BY_ATRC = instrument(instrument="BY-ATRC", assignee_party="ATRC")
BY_HUT = instrument(instrument="BY-HUT", assignee_party="HUT")


def why(history: DeterminationInputs, holder: str) -> tuple[PersonPart, ...]:
    return people_of(history, determine(history).derivation, holder)


def test_a_share_is_shown_down_to_the_contributions_that_counted():
    """Each under the element it went into, with the content that was attested; nobody else's."""
    weights = element(weight="2/3"), element(id="E2", weight="1/3")
    counting = counted("ATRC-SE", "5/1"), counted("HUT-SE", "7/1"), counted("HUT-SE", "1/1", "E2")

    [person] = why(inputs(elements=weights, contributions=counting), "HUT")

    assert [("E1", counting[1:2]), ("E2", counting[2:])] == [(e.element, e.contributions) for e in person.elements]


@pytest.mark.parametrize("method", ["POINTS", "EQUAL_INVENTORS"])
def test_where_no_elements_are_weighed_all_contributions_are_shown_together(method: Method):
    """They count for the whole, whatever element they name."""
    counting = counted("ATRC-SE", "5/1"), counted("HUT-SE", "7/1"), counted("HUT-SE", "1/1", "E2")

    [person] = why(inputs(method=method, contributions=counting), "HUT")

    assert [counting[1:]] == [each.contributions for each in person.elements]


def test_of_a_dual_appointment_each_holder_is_shown_its_own_instrument():
    """The other one carried the other part."""
    both = contributor("V", BY_ATRC, BY_HUT, split={"ATRC": "1/4", "HUT": "3/4"})
    history = inputs(contributions=(counted("V", "1/1"),), contributors=(both,))

    assert [("3/4", ("BY-HUT",))] == [(each.share, each.instruments) for each in why(history, "HUT")]
    assert [("1/4", ("BY-ATRC",))] == [(each.share, each.instruments) for each in why(history, "ATRC")]


def test_what_accrues_to_a_parent_is_shown_with_its_affiliates_instrument():
    """The paper names the affiliate; the terms make it the parent's."""
    affiliated = (Affiliation(parent="GROUP", child="HUT", period=period(BY_HUT.signed_on)),)
    history = inputs(
        affiliate_accrual="PARENT",
        affiliations=affiliated,
        contributions=(counted("V", "1/1"),),
        contributors=(contributor("V", BY_HUT),),
    )

    assert [("1/1", ("BY-HUT",))] == [(each.share, each.instruments) for each in why(history, "GROUP")]
