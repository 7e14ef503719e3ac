"""Consenting to a licence."""

import msgspec

from services.agreements.licences.decisions import consent_to_licence
from services.agreements.licences.errors import (
    LicenceHashMismatch,
    LicenceIsGranted,
    LicenceNotFound,
    OnlyHoldersConsent,
)
from services.agreements.licences.model import LicenceStatus
from shared.events.licence import LicenceConsentGiven
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    OTHER_DIGEST,
    consenting,
    determined,
    invention,
    licence,
    licence_consented,
    licence_drafted,
)
from tests.told import refuses

DRAFT = licence(licence_drafted())
ASSET = invention(determined())


def test_a_party_consents_to_exactly_this_licence():
    """A consent says who gave it, to what."""
    (event,) = consent_to_licence(DRAFT, [ASSET], consenting(DRAFT.terms_hash))

    assert isinstance(event, LicenceConsentGiven)
    assert ("ATRC", "ATRC-REP", DRAFT.terms_hash) == (event.party, event.person, event.terms_hash)


def test_another_licence_is_not_consented_to():
    """The hash binds licensee, scope and document."""
    with refuses(LicenceHashMismatch):
        consent_to_licence(DRAFT, [ASSET], consenting(OTHER_DIGEST))


def test_only_those_concerned_consent():
    """A party without a part in the assets is not asked."""
    with refuses(OnlyHoldersConsent):
        consent_to_licence(DRAFT, [ASSET], consenting(DRAFT.terms_hash, by=EGU))


async def test_an_outsider_finds_no_licence():
    """To a party outside the agreement, the licence does not exist."""
    desk, terms_hash = await at.a_licence_draft()

    with refuses(LicenceNotFound):
        await desk.does(at.licence_consented(terms_hash, by=EGU))


def test_consenting_again_changes_nothing():
    """A party consents once; drafting was the drafter's."""
    state = licence(licence_consented())

    for by in (HUT, ATRC):
        assert () == consent_to_licence(state, [ASSET], consenting(state.terms_hash, by=by))


def test_a_granted_licence_asks_nobody_any_more():
    """Whoever did not consent in time finds it granted."""
    granted = msgspec.structs.replace(DRAFT, status=LicenceStatus.GRANTED)

    with refuses(LicenceIsGranted):
        consent_to_licence(granted, [ASSET], consenting(DRAFT.terms_hash))


async def test_two_consents_at_once_are_one():
    """The second finds it given."""
    desk, terms_hash = await at.a_licence_draft()

    outcome = await desk.interrupted(at.licence_consented(terms_hash), meanwhile=at.licence_consented(terms_hash))

    assert outcome.position is None
    assert ["LicenceDrafted", "LicenceConsentGiven"] == await desk.names("licence:LIC")
