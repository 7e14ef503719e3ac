"""Rejecting a determination."""

from services.agreements.errors import NotAProjectParty
from services.agreements.inventions.determinations import reject_determination
from services.agreements.inventions.errors import DeterminationNotFound, InventionNotFound
from services.agreements.inventions.model import InventionStatus
from shared.events.invention import DeterminationRejected
from tests.agreements import desk as at
from tests.agreements.controls import EGU, HUT, invention, rejecting_shares, shares_proposed, started
from tests.told import refuses


def test_a_party_rejects_with_a_reason():
    """The proposal is closed, and everybody can read why."""
    events = shares_proposed()
    (event,) = reject_determination(invention(events), started(), rejecting_shares())
    state = invention((*events, event))

    assert isinstance(event, DeterminationRejected)
    assert (None, InventionStatus.DISCLOSED) == (state.open, state.status)


def test_its_proposer_may_take_it_back():
    """Rejecting one's own proposal withdraws it."""
    assert reject_determination(invention(shares_proposed()), started(), rejecting_shares(by=HUT))


def test_only_parties_of_the_project_reject():
    """Another party of the agreement has no say."""
    with refuses(NotAProjectParty):
        reject_determination(invention(shares_proposed()), started(), rejecting_shares(by=EGU))


async def test_an_outsider_finds_no_invention():
    """To a party outside the agreement, the invention does not exist."""
    desk, _ = await at.an_open_determination()

    with refuses(InventionNotFound):
        await desk.does(at.shares_rejected(by=EGU))


def test_what_is_rejected_is_no_longer_there_to_reject():
    """A second rejection finds no open determination."""
    events = shares_proposed()
    events += reject_determination(invention(events), started(), rejecting_shares())

    with refuses(DeterminationNotFound):
        reject_determination(invention(events), started(), rejecting_shares())


async def test_an_adoption_in_between_stands():
    """Of an adoption and a rejection at once, only one happens."""
    desk = await at.an_attested_determination()

    with refuses(DeterminationNotFound):
        await desk.interrupted(at.shares_rejected(), meanwhile=at.shares_adopted())
    assert "DeterminationAdopted" == (await desk.names("invention:INV"))[-1]
