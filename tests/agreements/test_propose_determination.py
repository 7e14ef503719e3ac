"""Proposing a determination."""

import pytest

from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import NotAProjectParty
from services.agreements.inventions.determinations import propose_determination
from services.agreements.inventions.errors import (
    AgreedSharesMissing,
    DeterminationOpen,
    ElementWithoutContribution,
    InventionAlreadyDetermined,
    InventionNotFound,
    NothingToDetermine,
)
from services.agreements.inventions.model import INVENTION
from shared.canonical import content_hash
from shared.events.invention import DeterminationContent, DeterminationProposed
from shared.log.envelope import EventTooLarge
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    counted,
    determined,
    inputs,
    invention,
    proposing_shares,
    shares_proposed,
    started,
    with_counted,
)
from tests.told import refuses

COUNTED = invention(with_counted())


def test_shares_follow_from_the_inputs():
    """The proposal carries everything that anyone needs to compute them again."""
    (event,) = propose_determination(COUNTED, started(), inputs(), proposing_shares())

    assert isinstance(event, DeterminationProposed)
    assert {"ATRC": "5/12", "HUT": "7/12"} == event.shares
    assert {"ATRC": "41.67", "HUT": "58.33"} == event.derivation.percent
    assert event.inputs_hash == content_hash(event.inputs)


def test_its_hash_can_be_taken_again_by_anyone():
    """What is attested is over the event's own fields."""
    (event,) = propose_determination(COUNTED, started(), inputs(), proposing_shares())

    assert isinstance(event, DeterminationProposed)
    content = DeterminationContent(
        invention=event.invention,
        determination=event.determination,
        version=event.version,
        inputs_hash=event.inputs_hash,
        shares=event.shares,
        effective_on=event.conceived_on,
    )
    assert event.det_hash == content_hash(content)


def test_only_parties_of_the_project_propose():
    """Another party of the agreement has no say."""
    with refuses(NotAProjectParty):
        propose_determination(COUNTED, started(), inputs(), proposing_shares(by=EGU))


@pytest.mark.parametrize(
    ("method", "shares"),
    [
        ("POINTS", {"ATRC": "5/12", "HUT": "7/12"}),
        ("EQUAL_INVENTORS", {"ATRC": "1/2", "HUT": "1/2"}),
        ("EQUAL_PARTIES", {"ATRC": "1/3", "EGU": "1/3", "HUT": "1/3"}),
    ],
)
def test_every_method_gives_its_own_shares(method: str, shares: dict[str, str]):
    """The terms say by which one."""
    given = inputs(method=method, parties=("ATRC", "EGU", "HUT") if method == "EQUAL_PARTIES" else ())
    (event,) = propose_determination(COUNTED, started(), given, proposing_shares())

    assert isinstance(event, DeterminationProposed)
    assert shares == event.shares


def test_agreed_shares_are_proposed_as_they_are():
    """They are among the inputs, so that anyone can see that nothing was computed."""
    agreed = {"ATRC": "1/4", "HUT": "3/4"}
    given = inputs(method="AGREED", agreed=agreed)
    (event,) = propose_determination(COUNTED, started(), given, proposing_shares(shares=agreed))

    assert isinstance(event, DeterminationProposed)
    assert (agreed, agreed) == (event.shares, event.inputs.agreed)


@pytest.mark.parametrize(("method", "shares"), [("AGREED", None), ("ELEMENTS", {"HUT": "1/1"})])
def test_shares_are_given_by_the_method_agreed_alone(method: str, shares: dict[str, str] | None):
    """By every other method they follow from what was contributed."""
    with refuses(AgreedSharesMissing):
        propose_determination(COUNTED, started(), inputs(method=method), proposing_shares(shares=shares))


def test_without_elements_there_is_nothing_to_determine():
    """Shares are parts of elements."""
    with refuses(NothingToDetermine):
        propose_determination(COUNTED, started(), inputs(elements=()), proposing_shares())


def test_an_element_without_a_contribution_is_named():
    """Its weight is never spread over the others."""
    with refuses(ElementWithoutContribution) as refused:
        propose_determination(
            COUNTED, started(), inputs(contributions=(counted("HUT-SE", "1/1", "E2"),)), proposing_shares()
        )
    assert "E1" == refused.value.ids["element"]


def test_a_determined_invention_is_not_determined_again():
    """Determining anew is another act, for another release."""
    with refuses(InventionAlreadyDetermined):
        propose_determination(invention(determined()), started(), inputs(), proposing_shares())


def test_one_determination_is_open_at_a_time():
    """On the same inputs there is nothing to propose differently."""
    with refuses(DeterminationOpen):
        propose_determination(invention(shares_proposed()), started(), inputs(), proposing_shares(by=ATRC))


def test_a_determination_on_changed_inputs_takes_the_old_ones_place():
    """One that can no longer be adopted does not stand in the way."""
    changed = inputs(contributions=(counted("ATRC-SE", "5/1"), counted("HUT-SE", "8/1")))
    state = invention(shares_proposed())

    assert propose_determination(state, started(), changed, proposing_shares(determination="DET-2"))


async def test_inputs_beyond_one_event_are_refused():
    """A determination carries all its inputs; where they are too many, nothing is recorded."""
    desk = await at.a_project()
    await desk.does(at.disclosed())
    await desk.does(at.described())
    for number in range(9):
        person = f"P{number}"
        await desk.does(at.engaged(person=person))
        for instrument in range(50):
            name = f"{'I' * 60}-{instrument}"
            await desk.does(at.instrument_recorded(person, instrument=name))
        await desk.does(at.recorded(contribution=f"C-{person}", contributor=person))
        content_hash_ = (await desk.state(CONTRIBUTION, f"C-{person}")).content_hash
        await desk.does(at.attested(content_hash_, contribution=f"C-{person}"))
    before = (await desk.store.head()).position

    with refuses(EventTooLarge):
        await desk.does(at.shares_proposed())
    assert before == (await desk.store.head()).position


async def test_an_outsider_finds_no_invention():
    """To a party outside the agreement, the invention does not exist."""
    desk = await at.a_confirmation()

    with refuses(InventionNotFound):
        await desk.does(at.shares_proposed(by=EGU))


def test_proposing_it_again_changes_nothing():
    """A proposal, sent twice, is made once."""
    assert () == propose_determination(invention(shares_proposed()), started(), inputs(), proposing_shares())


async def test_a_contribution_that_is_confirmed_in_between_is_taken_in():
    """What counts when the proposal is recorded is what it was computed from."""
    desk = await at.a_confirmation()
    await desk.does(at.recorded(contribution="C2", contributor="ATRC-SE", points="5/1", by=ATRC))
    content_hash_ = (await desk.state(CONTRIBUTION, "C2")).content_hash
    confirmation = at.attested(content_hash_, contribution="C2", by=HUT)

    await desk.interrupted(at.shares_proposed(), meanwhile=confirmation)

    assert {"ATRC": "5/12", "HUT": "7/12"} == (await desk.state(INVENTION, "INV")).open.shares
