"""Determining shares anew: from conception or from a day on, with every transfer replayed."""

from datetime import date

import msgspec
import pytest

from services.agreements.consent.errors import ConsentMissing
from services.agreements.inventions.determinations import (
    adopt_determination,
    adoption,
    attest_determination,
    propose_determination,
)
from services.agreements.inventions.errors import (
    DeterminationOpen,
    HolderUnknown,
    InventionAlreadyDetermined,
    NotProspective,
)
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.ownership.account import Movement, holdings_on, transferred
from services.agreements.ownership.errors import OwnershipReplayConflict
from shared.events.invention import DeterminationAdopted, DeterminationInputs, DeterminationSuperseded
from shared.events.registry import Event
from shared.events.transfer import Amount
from shared.ratio import format_shares
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import (
    CONCEIVED,
    TODAY,
    adopting_shares,
    attesting_shares,
    contributor,
    counted,
    determined,
    inputs,
    instrument,
    invention,
    proposing_shares,
    started,
)
from tests.told import refuses

OTHERS = inputs(contributions=(counted("ATRC-SE", "1/1"), counted("HUT-SE", "1/1")))
MOVED = Movement(
    transfer="XFR", source="HUT", to="ATRC", amount=Amount(of_holding="1/2"), effective_on=date(2025, 3, 1)
)


def adopted_anew(given: DeterminationInputs, *, mode="AB_INITIO", movement=MOVED, **changed):
    """Give the invention after a transfer and a second determination, and the events of that."""
    state = invention(determined())
    state = msgspec.structs.replace(state, account=transferred(state.account, movement))
    command = proposing_shares(determination="DET-2", **changed)
    state = folded(state, propose_determination(state, started(), given, command, mode=mode))
    assert state.open is not None
    attest = attesting_shares(state.open.det_hash, determination="DET-2")
    state = folded(state, attest_determination(state, started(), four_eyes=True, command=attest))
    events = adopt_determination(state, started(), given, adopting_shares(determination="DET-2"))
    return folded(state, events), events


def folded(state: Invention, events: tuple[Event, ...]) -> Invention:
    after = INVENTION.fold(state, events)
    assert after is not None
    return after


def test_from_conception_with_every_transfer_replayed():
    """The new version takes the old one's place; what was transferred is transferred of the new shares."""
    state, (adopted, superseded) = adopted_anew(OTHERS)

    assert isinstance(adopted, DeterminationAdopted)
    assert isinstance(superseded, DeterminationSuperseded)
    assert (2, CONCEIVED, "DET") == (adopted.version, adopted.effective_on, superseded.determination)
    assert {"ATRC": "1/2", "HUT": "1/2"} == format_shares(holdings_on(state.account, CONCEIVED))
    assert {"ATRC": "3/4", "HUT": "1/4"} == format_shares(holdings_on(state.account, TODAY))


def test_whoever_had_a_share_and_whoever_has_one_now_is_named():
    """Both are told that the old shares have given way: who lost its own, and who gained one."""
    state, (adopted, _) = adopted_anew(OTHERS)
    assert isinstance(adopted, DeterminationAdopted)
    bought_out = msgspec.structs.replace(adopted, shares={"EGU": "1/1"})

    _, superseded = adoption(state, bought_out)

    assert isinstance(superseded, DeterminationSuperseded)
    assert ("ATRC", "EGU", "HUT") == superseded.holders


def test_from_a_day_on_where_the_terms_say_so():
    """The days before keep what they had."""
    state, (adopted, _) = adopted_anew(OTHERS, mode="PROSPECTIVE", effective_on=date(2025, 5, 1))

    assert isinstance(adopted, DeterminationAdopted)
    assert ("PROSPECTIVE", date(2025, 5, 1)) == (adopted.mode, adopted.effective_on)
    assert {"ATRC": "5/12", "HUT": "7/12"} == format_shares(holdings_on(state.account, CONCEIVED))
    assert {"ATRC": "17/24", "HUT": "7/24"} == format_shares(holdings_on(state.account, date(2025, 4, 30)))
    assert {"ATRC": "3/4", "HUT": "1/4"} == format_shares(holdings_on(state.account, date(2025, 5, 1)))


def test_a_transfer_that_would_lack_shares_stops_it():
    """Nothing is adopted, and the refusal names the transfer, the day, the holder and what is missing."""
    whole = Movement(
        transfer="XFR", source="HUT", to="ATRC", amount=Amount(of_whole="7/12"), effective_on=date(2025, 3, 1)
    )

    with refuses(OwnershipReplayConflict) as refused:
        adopted_anew(OTHERS, movement=whole)
    assert {"transfer": "XFR", "holder": "HUT", "date": "2025-03-01", "shortfall": "1/12"} == refused.value.ids


def test_the_same_inputs_determine_nothing_anew():
    """There is nothing that they could change."""
    with refuses(InventionAlreadyDetermined):
        propose_determination(invention(determined()), started(), inputs(), proposing_shares(determination="DET-2"))


@pytest.mark.parametrize("mode", ["AB_INITIO", "PROSPECTIVE"])
def test_a_day_of_its_own_is_for_prospective_terms(mode):
    """And it lies on or after conception."""
    day = date(2024, 7, 7) if mode == "PROSPECTIVE" else TODAY
    command = proposing_shares(determination="DET-2", effective_on=day)

    with refuses(NotProspective):
        propose_determination(invention(determined()), started(), OTHERS, command, mode=mode)


def test_a_proposal_for_another_day_is_not_taken_for_the_open_one():
    """The open one is rejected first; who repeats it, with its day or with none, changes nothing."""
    state = invention(determined())
    on, later = date(2025, 3, 1), date(2025, 4, 1)

    def proposed(given: Invention, day: date | None) -> tuple[Event, ...]:
        command = proposing_shares(determination="DET-2", effective_on=day)
        return propose_determination(given, started(), OTHERS, command, mode="PROSPECTIVE")

    state = folded(state, proposed(state, on))
    with refuses(DeterminationOpen):
        proposed(state, later)
    assert ((), ()) == (proposed(state, on), proposed(state, None))


def test_another_instrument_is_another_input():
    """What became known since may be determined anew."""
    late = contributor("HUT-SE", instrument(), instrument(instrument="EARLIER", assignee_party="ATRC"))
    known = inputs(contributors=(inputs().contributors[0], late))

    assert propose_determination(invention(determined()), started(), known, proposing_shares(determination="DET-2"))


async def test_shares_go_to_nobody_unknown():
    """Not even by everybody's agreement."""
    desk = await at.a_determination()

    with refuses(HolderUnknown):
        await desk.does(at.shares_proposed(determination="DET-2", shares={"NOBODY": "1/1"}))


async def test_a_transfer_in_between_is_not_slipped_past():
    """Adoption and transfer post to one account: the one that comes second is decided on what the first left."""
    desk = await at.a_determination()
    await owners.determined_anew(desk, contributor="ATRC-SE", points="7/1")
    await desk.does(owners.transfer_proposed(amount=Amount(of_whole="1/2"), effective_on=TODAY))

    with refuses(OwnershipReplayConflict):
        await desk.interrupted(at.shares_adopted(determination="DET-2"), meanwhile=owners.transfer_executed())
    assert "DET" == (await desk.state(INVENTION, "INV")).adopted.determination


async def test_a_determination_in_between_is_not_slipped_past():
    """What the transferor no longer has cannot be passed on."""
    desk = await at.a_determination()
    await owners.determined_anew(desk, contributor="ATRC-SE", points="7/1")
    await desk.does(owners.transfer_proposed(amount=Amount(of_whole="1/2"), effective_on=TODAY))

    with refuses(ConsentMissing):
        await desk.interrupted(owners.transfer_executed(), meanwhile=at.shares_adopted(determination="DET-2"))
    assert {"ATRC": "1/1"} == await owners.holders(desk, TODAY)
