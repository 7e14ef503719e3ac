"""Adopting a determination."""

from services.agreements.errors import NotAProjectParty
from services.agreements.inventions.determinations import adopt_determination
from services.agreements.inventions.errors import (
    AttestationsMissing,
    DeterminationNotFound,
    InputsChanged,
    InventionNotFound,
    TitleGap,
)
from services.agreements.inventions.model import INVENTION
from shared.events.invention import DeterminationAdopted
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    CONCEIVED,
    EGU,
    adopting_shares,
    contributor,
    counted,
    determined,
    inputs,
    instrument,
    invention,
    shares_attested,
    shares_proposed,
    started,
)
from tests.told import refuses

ATTESTED = invention(shares_attested())


def test_the_shares_are_those_of_the_invention_from_its_conception():
    """Whatever the day they are adopted on."""
    (event,) = adopt_determination(ATTESTED, started(), inputs(), adopting_shares())

    assert isinstance(event, DeterminationAdopted)
    assert {"ATRC": "5/12", "HUT": "7/12"} == event.shares
    assert (CONCEIVED, "CONTRIBUTION") == (event.effective_on, event.basis)


def test_a_missing_attestation_is_named():
    """Shares bind nobody who has not confirmed them."""
    with refuses(AttestationsMissing) as refused:
        adopt_determination(invention(shares_proposed()), started(), inputs(), adopting_shares())
    assert ["ATRC"] == refused.value.ids["missing"]


def test_changed_inputs_are_refused():
    """What was attested must still follow from what stands."""
    late = contributor("HUT-SE", instrument(), instrument(instrument="RIVAL", assignee_party="ATRC"))
    changed = inputs(contributors=(inputs().contributors[0], late))

    with refuses(InputsChanged):
        adopt_determination(ATTESTED, started(), changed, adopting_shares())


def test_a_title_gap_blocks_where_the_terms_say_so():
    """A share that reaches no party is nobody's to adopt."""
    gap = {
        "title_gap": "BLOCK",
        "contributions": (counted("VR", "1/1"),),
        "contributors": (contributor("VR"),),
    }

    with refuses(TitleGap) as refused:
        adopt_determination(invention(shares_attested(**gap)), started(), inputs(**gap), adopting_shares())
    assert "VR" == refused.value.ids["contributor"]


def test_a_title_gap_stays_visible_where_the_terms_let_it_pass():
    """The share waits with the person."""
    gap = {"contributions": (counted("VR", "1/1"),), "contributors": (contributor("VR"),)}
    (event,) = adopt_determination(invention(shares_attested(**gap)), started(), inputs(**gap), adopting_shares())

    assert isinstance(event, DeterminationAdopted)
    assert {"person:VR": "1/1"} == event.shares


def test_what_is_not_open_is_not_adopted():
    """Another determination than the open one does not exist."""
    with refuses(DeterminationNotFound):
        adopt_determination(ATTESTED, started(), inputs(), adopting_shares(determination="DET-9"))


def test_only_parties_of_the_project_adopt():
    """Another party of the agreement has no say."""
    with refuses(NotAProjectParty):
        adopt_determination(ATTESTED, started(), inputs(), adopting_shares(by=EGU))


async def test_an_outsider_finds_no_invention():
    """To a party outside the agreement, the invention does not exist."""
    desk = await at.an_attested_determination()

    with refuses(InventionNotFound):
        await desk.does(at.shares_adopted(by=EGU))


def test_adopting_it_again_changes_nothing():
    """A determination is adopted once."""
    assert () == adopt_determination(invention(determined()), started(), inputs(), adopting_shares())


async def test_an_instrument_in_between_is_not_slipped_past():
    """Whatever was read for the adoption guards it: a rival instrument recorded at the same moment stops it."""
    desk = await at.an_attested_determination()
    rival = at.instrument_recorded(instrument="RIVAL", by=ATRC, assignee_party="ATRC", kind="STATUTE")

    with refuses(InputsChanged):
        await desk.interrupted(at.shares_adopted(), meanwhile=rival)
    assert (await desk.state(INVENTION, "INV")).adopted is None


async def test_a_correction_in_between_is_not_slipped_past():
    """A contribution that is corrected at the same moment takes the proposal with it."""
    desk = await at.an_attested_determination()

    with refuses(DeterminationNotFound):
        await desk.interrupted(at.shares_adopted(), meanwhile=at.corrected(points="5/1"))
    assert (await desk.state(INVENTION, "INV")).adopted is None


async def test_of_two_adoptions_at_once_one_happens():
    """The second finds it adopted."""
    desk = await at.an_attested_determination()

    outcome = await desk.interrupted(at.shares_adopted(), meanwhile=at.shares_adopted(by=ATRC))

    assert outcome.position is None
    assert 1 == (await desk.names("invention:INV")).count("DeterminationAdopted")
