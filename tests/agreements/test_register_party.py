"""Registering a party."""

import pytest

from services.agreements.errors import IdentifierTaken
from services.agreements.parties.decisions import register_party
from services.agreements.parties.errors import PartyIdDiffersInCase
from services.agreements.parties.handling import namesake_of
from services.agreements.parties.model import PARTY
from shared.events.party import PartyRegistered
from tests.agreements.controls import registering
from tests.agreements.desk import Desk, registered


def test_an_organisation_is_registered():
    """What the operator says of an organisation is what is recorded of it."""
    (event,) = register_party(None, registering(ror="https://ror.org/03yrm5c26"))

    assert isinstance(event, PartyRegistered)
    assert ("HUT", "https://ror.org/03yrm5c26") == (event.party, event.ror)


def test_a_taken_id_is_refused():
    """One id names one organisation."""
    known = PARTY.fold(None, register_party(None, registering()))

    with pytest.raises(IdentifierTaken):
        register_party(known, registering(legal_name="Another university"))


def test_an_id_that_differs_in_case_alone_is_refused_when_new():
    """Nobody should have to tell HUT from Hut; whoever was registered so before stays so."""
    known = PARTY.fold(None, register_party(None, registering()))

    with pytest.raises(PartyIdDiffersInCase) as refused:
        register_party(None, registering(party="Hut"), namesake="HUT")
    assert ("HUT", "Hut") == (refused.value.expected, refused.value.got)
    assert () == register_party(known, registering(), namesake="Hut")


async def test_a_namesake_is_found_among_all_parties():
    """Whatever the order of registration, and nobody is its own."""
    desk = Desk()
    for party in ("A", "HUT", "Z"):
        await desk.does(registered(party=party))

    assert ["HUT", "HUT", None, None] == [
        await namesake_of(desk.store, party) for party in ("hut", "Hut", "HUT", "HUT-2")
    ]


def test_registering_it_again_changes_nothing():
    """The same organisation, sent twice, is registered once."""
    known = PARTY.fold(None, register_party(None, registering()))

    assert () == register_party(known, registering())


async def test_of_two_organisations_that_want_one_id_one_gets_it():
    """Two registrations at once cannot both have the id."""
    desk = Desk()

    with pytest.raises(IdentifierTaken):
        await desk.interrupted(registered(legal_name="Late university"), meanwhile=registered())
    assert ["PartyRegistered"] == await desk.names("party:HUT")
