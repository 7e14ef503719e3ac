"""What an event touches is said once, and of every kind of event."""

from datetime import date

import msgspec
import pytest

from services.ledger.rules.touched import NOTHING, Touched, streams_about, touched_by
from shared.events.registry import event_name, registered
from tests.docs.made import made

LEFT_ON = date(2024, 7, 1)
KINDS = {event_name(name): kind for name, kind in registered().items()}
GIVEN = {
    "agreement": "AGR",
    "project": "PRJ",
    "invention": "INV",
    "asset": "INV",
    "dispute": "DSP",
    "party": "HUT",
    "parties": ("HUT", "ATRC"),
    "contribution": "CTB",
    "contributor": "PI",
    "transfer": "XFR",
    "to": "EGU",
    "effective_on": LEFT_ON,
    "declaration": "DEC",
}
CONTRIBUTED = Touched(contributed_to="INV", streams=("contribution:CTB", "voice:CTB", "participant:PRJ.PI"))
TOUCHING = {
    "AffiliationDeclared": Touched(streams=("declaration:DEC",)),
    "AgreementDrafted": Touched(joined=("HUT", "ATRC")),
    "PartyAcceded": Touched(joined=("HUT",), departed=(("HUT", None),)),
    "PartyWithdrew": Touched(departed=(("HUT", LEFT_ON),)),
    "InventionDisclosed": Touched(asset="INV", disclosed="INV", streams=("agreement:AGR", "project:PRJ")),
    "ContributionRecorded": CONTRIBUTED,
    "ContributionCorrected": CONTRIBUTED,
    "DeterminationProposed": Touched(asset="INV"),
    "DeterminationAdopted": Touched(asset="INV"),
    "DeterminationAttested": Touched(asset="INV"),
    "DeterminationAttestationDeemed": Touched(asset="INV"),
    "OwnershipTransferred": Touched(asset="INV", streams=("transfer:XFR", "party:EGU")),
    "TransferRescinded": Touched(asset="INV", streams=("transfer:XFR",)),
    "InventionRetired": Touched(asset="INV"),
    "DisputeOpened": Touched(asset="INV"),
    "DisputePositionFiled": Touched(asset="INV"),
    "DisputeResolutionProposed": Touched(asset="INV"),
    "DisputeResolutionUnopposed": Touched(streams=("notice:X",)),
    "DisputeResolved": Touched(asset="INV"),
    "AssetFrozen": Touched(disputed="INV", streams=("dispute:DSP",)),
    "AssetUnfrozen": Touched(disputed="INV"),
}
# They name an asset, and by themselves neither change who holds it, nor attest that, nor give cause for an alarm.
PASSED_OVER = {
    *("AssetLicensed", "InventionContributionCounted", "InventionContributionDropped", "InventionElementsDefined"),
    *("ContributionAttested", "ContributionAttestationDeemed", "ContributionConfirmed", "ContributionContested"),
    *("ContributionWithdrawn", "ContributorConfirmed", "ContributorContested", "DeterminationEscalated"),
    *("DeterminationRejected", "DeterminationSuperseded", "DisputeEscalated", "DisputeEvidenceFiled"),
    "OwnershipAcknowledged",
    *(
        "DisputeLapsed",
        "DisputeResolutionConfirmed",
        "DisputeResolutionDeclined",
        "DisputeResolutionObjected",
        "DisputeResolutionWithdrawn",
    ),
    *("DisputeWithdrawn", "RetirementConsentGiven", "RetirementOpposed", "RetirementProposed"),
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_event_touches_what_is_listed(name):
    """What an event touches is exactly this; whatever is not listed touches nothing."""
    assert TOUCHING.get(name, NOTHING) == touched_by(made(KINDS[name], **GIVEN))


def test_nobody_forgets_to_say_what_a_new_event_touches():
    """A kind of event that names an asset is on one of the two lists above."""
    naming = {
        name
        for name, kind in KINDS.items()
        if {"invention", "asset"} & {field.name for field in msgspec.structs.fields(kind)}
    }

    assert set() == naming - TOUCHING.keys() - PASSED_OVER
    assert set() == PASSED_OVER & TOUCHING.keys()


def test_the_streams_about_an_invention_are_those_its_entries_lead_to():
    """Affiliations bear on every invention; the rest is what its disclosure, its contributions and freezes name."""
    touched = [TOUCHING["InventionDisclosed"], NOTHING, CONTRIBUTED, TOUCHING["AssetFrozen"]]

    assert streams_about(touched) == {
        *("affiliation:all", "agreement:AGR", "project:PRJ", "participant:PRJ.PI", "dispute:DSP"),
        *("contribution:CTB", "voice:CTB"),
    }
