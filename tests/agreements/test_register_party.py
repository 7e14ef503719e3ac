"""Registering a party."""

import pytest

from services.agreements.errors import IdentifierTaken
from services.agreements.parties.decisions import register_party
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
