"""Drafting a licence."""

from datetime import date

import msgspec
import pytest

from services.agreements.contracts.decisions import activate_agreement, propose_agreement, sign_agreement
from services.agreements.contracts.errors import PartiesRepeated, PartyNotInAgreement
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.inventions.errors import AssetsOfSeveralAgreements, InventionNotFound
from services.agreements.licences.decisions import draft_licence
from services.agreements.licences.errors import (
    LicenceKindNotSupported,
    LicenceToItself,
    NotALicensor,
    TerritoryUnknown,
)
from services.agreements.ownership.account import Account
from services.agreements.parties.errors import PartyNotFound
from shared.errors import DomainError
from shared.events.licence import LicenceDrafted
from tests.agreements import desk as at
from tests.agreements.controls import (
    ATRC,
    CONCEIVED,
    EGU,
    HUT,
    TODAY,
    activating,
    active,
    determined,
    drafting_licence,
    invention,
    licence,
    licence_drafted,
    period,
    proposing,
    scope,
    signing,
)
from tests.told import refuses

ASSET = invention(determined())


def test_a_draft_is_notice_to_the_others():
    """From the day of the draft the other holders know."""
    (event,) = licence_drafted()

    assert isinstance(event, LicenceDrafted)
    assert (("ATRC", "HUT"), TODAY) == (event.parties, event.noticed_on)


def test_what_is_consented_to_keeps_its_hash():
    """A consent of before names the hash of its day, so the same draft has the same hash in every release."""
    (event,) = licence_drafted()

    assert isinstance(event, LicenceDrafted)
    assert "sha256:c2c4398202ddb110786ee722e49d27f0c57dbdb39ea348b2b3fd2775682c465f" == event.terms_hash


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"kind": "CO_EXCLUSIVE"}, LicenceKindNotSupported),
        ({"by": ATRC}, NotALicensor),
        ({"licensors": ("HUT", "EGU")}, PartyNotInAgreement),
        ({"licensors": ("HUT", "HUT")}, PartiesRepeated),
        ({"licensee": "HUT"}, LicenceToItself),
        ({"scope": scope(period=period(date(2025, 6, 1), date(2025, 6, 1)))}, PeriodEmpty),
        ({"scope": scope(territories=("APAC",))}, TerritoryUnknown),
        ({"scope": scope(excluded_territories=("XX",))}, TerritoryUnknown),
    ],
)
def test_a_licence_that_could_not_be_granted_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """Each rule has its name; kinds that this release does not grant too."""
    with refuses(refusal):
        draft_licence(None, active(), [ASSET], drafting_licence(**changed))


def test_only_parties_of_the_assets_project_license_it():
    """Another party of the agreement has nothing to license, unless it holds a share."""
    elsewhere = msgspec.structs.replace(ASSET, parties=("ATRC", "EGU"), account=Account(conceived_on=CONCEIVED))

    with refuses(NotAProjectParty):
        draft_licence(None, active(), [elsewhere], drafting_licence())


async def test_an_outsider_finds_no_asset():
    """To a party outside the agreement, the invention does not exist."""
    desk = await at.a_determination()

    with refuses(InventionNotFound):
        await desk.does(at.licence_drafted(by=EGU, licensors=("EGU",)))


async def test_an_unknown_licensee_is_refused():
    """A licensee is a registered organisation."""
    desk = await at.a_determination()

    with refuses(PartyNotFound):
        await desk.does(at.licence_drafted(licensee="NOBODY"))


async def test_assets_of_two_agreements_are_refused():
    """One licence stays under one agreement's terms."""
    desk = await at.a_determination()
    await desk.does(at.drafted(agreement="MOU-2"))
    await desk.does(at.in_agreement("MOU-2", propose_agreement, proposing()))
    terms_hash = (await desk.state(AGREEMENT, "MOU-2")).standing.terms_hash
    for by in (HUT, ATRC):
        signature = signing(terms_hash, by=by)
        await desk.does(at.in_agreement("MOU-2", sign_agreement, signature))
    await desk.does(at.in_agreement("MOU-2", activate_agreement, activating()))
    await desk.does(at.created(project="PRJ-2", agreement="MOU-2"))
    for by in (HUT, ATRC):
        await desk.does(at.approved("PRJ-2", by=by))
    await desk.does(at.started("PRJ-2"))
    await desk.does(at.disclosed(invention="INV-2", project="PRJ-2"))

    with refuses(AssetsOfSeveralAgreements):
        await desk.does(at.licence_drafted(scope=scope(assets=("INV", "INV-2"))))


def test_drafting_it_again_changes_nothing_even_tomorrow():
    """The same draft, sent twice, is made once, and its notice stays as old as it is."""
    later = drafting_licence(today=date(2025, 6, 2))

    assert () == draft_licence(licence(licence_drafted()), active(), [ASSET], later)


async def test_of_two_licences_that_want_one_id_one_gets_it():
    """Two drafts at once cannot both have the id."""
    desk = await at.a_determination()

    with refuses(IdentifierTaken):
        await desk.interrupted(at.licence_drafted(licensors=("HUT", "ATRC")), meanwhile=at.licence_drafted())
