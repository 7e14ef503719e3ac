"""Why a holder holds: the people, instruments and contributions that a determined share is made of."""

from datetime import date

import pytest

from services.agreements.inventions.determine import determine
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.why import PersonPart, Why, people_of
from services.agreements.ownership.why import why as whole_answer
from shared.events.invention import DeterminationAdopted, DeterminationInputs, DeterminationProposed
from shared.events.terms import Method
from shared.events.values import Affiliation
from shared.log.envelope import decode
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import HUT, TODAY, contributor, counted, element, inputs, instrument, period
from tests.agreements.desk import Desk

BY_ATRC = instrument(instrument="BY-ATRC", assignee_party="ATRC")
BY_HUT = instrument(instrument="BY-HUT", assignee_party="HUT")


def why(history: DeterminationInputs, holder: str) -> tuple[PersonPart, ...]:
    return people_of(history, determine(history).derivation, holder)


async def answer(desk: Desk, holder: str, day: date, *, derived: bool = True) -> Why:
    """Return the whole answer, from what the log has of the invention."""
    events = [decode(each.state).data for each in await desk.store.read_stream("invention:INV")]
    adopted = next((each for each in reversed(events) if isinstance(each, DeterminationAdopted)), None)
    proposed = next((each for each in events if isinstance(each, DeterminationProposed)), None)
    return whole_answer(await desk.state(INVENTION, "INV"), holder, day, adopted, proposed if derived else None)


async def test_a_holding_is_explained_from_the_top():
    """What is held, what was determined, what that is made of, and each transfer since with what it left."""
    desk = await owners.an_executed_transfer()

    before, after = await answer(desk, "HUT", TODAY), await answer(desk, "HUT", owners.LATER)

    assert ("1/1", "1/1", "100.00", ()) == (before.holding, before.determined, before.percent, before.transfers)
    assert ("6/7", "1/1", "100.00") == (after.holding, after.determined, after.percent)
    [passed] = after.transfers
    assert ("XFR", "HUT", "ATRC", owners.LATER) == (passed.transfer, passed.source, passed.to, passed.effective_on)
    assert ("-1/7", "6/7") == (passed.change, passed.holding)
    assert (("HUT-SE", "1/1"),) == tuple((each.person, each.share) for each in after.people)
    assert ("INV", "HUT", owners.LATER, "DET", 1) == (
        *(after.asset, after.holder, after.on),
        *(after.determination, after.version),
    )
    assert (True, None, None) == (after.derived, after.decided, after.decided_in)


async def test_who_came_to_hold_by_a_transfer_is_told_so():
    """It was determined to have nothing, and no people of its own count."""
    desk = await owners.an_executed_transfer()

    why = await answer(desk, "ATRC", owners.LATER)

    assert ("1/7", "0/1", None, ()) == (why.holding, why.determined, why.percent, why.people)
    assert [("1/7", "1/7")] == [(each.change, each.holding) for each in why.transfers]


async def test_shares_that_were_decided_name_their_dispute():
    """And no people: they follow from nobody's contributions."""
    desk, resolution_hash = await owners.pending()
    await desk.does(owners.resolution_confirmed(resolution_hash, by=HUT, holder="HUT"))

    why = await answer(desk, "HUT", owners.LATER, derived=False)

    assert (False, "DSP", ()) == (why.derived, why.decided_in, why.people)
    assert why.decided is not None
    assert why.inputs_hash is not None


async def test_of_what_is_not_determined_nothing_is_explained():
    """Nobody holds anything, and nothing was determined."""
    why = await answer(await at.an_invention(), "HUT", TODAY)

    assert ("0/1", None, None, "0/1", None) == (
        *(why.holding, why.determination, why.basis),
        *(why.determined, why.percent),
    )


async def test_an_open_dispute_is_named():
    """Whoever reads the answer sees that it is disputed."""
    desk = await owners.a_dispute()

    assert ("DSP",) == (await answer(desk, "HUT", TODAY)).disputes


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
