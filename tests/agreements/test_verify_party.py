"""Verifying a party, and letting it take part in nothing new."""

import pytest

from services.agreements.errors import PartyIsInactive
from services.agreements.parties import decisions
from services.agreements.parties.decisions import deactivate_party, register_party, verify_party
from services.agreements.parties.errors import CountryUnknown, LeiInvalid, RorInvalid
from services.agreements.parties.model import PartyStatus
from shared.errors import DomainError
from shared.events.party import PartyDeactivated, PartyVerified
from tests.agreements import desk as at
from tests.agreements.controls import DIGEST, registering
from tests.agreements.desk import Desk
from tests.agreements.party_controls import deactivating, of_party, party, verifying
from tests.told import refuses


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"ror": "https://ror.org/03yrm5c27"}, RorInvalid),
        ({"lei": "5493001KJTIIGC8Y1R13"}, LeiInvalid),
        ({"country": "EP"}, CountryUnknown),
    ],
)
def test_an_identifier_that_cannot_be_is_refused(changed: dict[str, str], refusal: type[DomainError]):
    """Nobody registers under an identifier with a slip in it."""
    with refuses(refusal):
        register_party(None, registering(**changed))


def test_an_organisation_is_verified_by_evidence():
    """Who made sure, how, and what shows it."""
    (event,) = verify_party(party(), verifying())

    assert isinstance(event, PartyVerified)
    assert ("OPERATOR", DIGEST) == (event.by, event.evidence_hash)
    assert PartyStatus.VERIFIED is party(event).status


def test_verifying_it_again_changes_nothing():
    """Once is enough."""
    assert () == verify_party(party(*verify_party(party(), verifying())), verifying())


def test_a_party_becomes_inactive_once():
    """It is not there for anything new any more."""
    (event,) = deactivate_party(party(), deactivating())

    assert isinstance(event, PartyDeactivated)
    assert () == deactivate_party(party(event), deactivating())


def test_an_inactive_party_is_not_verified():
    """There is nobody to verify any more."""
    with refuses(PartyIsInactive):
        verify_party(party(*deactivate_party(party(), deactivating())), verifying())


async def test_verified_and_deactivated_at_once_it_is_inactive():
    """Whichever is first, the other is decided on what it left."""
    desk = Desk()
    await desk.does(at.registered())

    with refuses(PartyIsInactive):
        await desk.interrupted(
            of_party(decisions.verify_party, verifying()),
            meanwhile=of_party(decisions.deactivate_party, deactivating()),
        )
    assert ["PartyRegistered", "PartyDeactivated"] == await desk.names("party:HUT")
