"""What each key of the terms comes to is told with who says so, for drafts as well; at activation what a law says."""

from typing import Any

import pytest

from services.agreements.contracts.resolved import by_law, resolved
from shared.events.terms import ConsentRule, ConsentTerms, OwnershipTerms, Terms
from tests.agreements.portals import Portal
from tests.docs.test_terms import KEYS

_LEFT_TO_THE_LAW = Terms(
    consent=ConsentTerms(assign=ConsentRule(rule="MAJORITY_SHARE")),
    ownership=OwnershipTerms(method="POINTS"),
    law_default="HK",
)


def test_every_key_is_told() -> None:
    """Those that the page names, and each act by itself; what is not written at all is one key."""
    names = {name for name, _, _ in KEYS}
    told = {name.partition(".")[0] if name.startswith("consent.") else name for name in resolved(Terms())}

    sections = {"revenue", "cost"}
    assert {name for name in names if name.partition(".")[0] not in sections} == (told - sections - {"consent"}) | {
        "consent.<act>"
    }


@pytest.mark.parametrize(
    ("key", "value", "source"),
    [
        ("ownership.method", "POINTS", "signed"),
        ("ownership.title_gap", "BLOCK", "default"),
        ("consent.ASSIGN", {"rule": "MAJORITY_SHARE"}, "signed"),
        ("consent.EXCLUSIVE", {"rule": "UNANIMOUS"}, "law:HK"),
        ("law_default", "HK", "signed"),
        ("affiliates", "THROUGH_PARTY", "default"),
        ("revenue", None, "open"),
        ("survival", None, "open"),
    ],
)
def test_a_key_has_its_value_and_its_source(key: str, value: Any, source: str) -> None:
    """Who reads it knows whether it was agreed, and by whom it is said else."""
    found = resolved(_LEFT_TO_THE_LAW)[key]

    assert (value, source) == (found.value, found.source)


def test_what_no_law_says_is_open() -> None:
    """Without a law, and where the chosen one leaves an act to the agreement."""
    assert "open" == resolved(Terms())["consent.ASSIGN"].source
    assert "open" == resolved(Terms(law_default="EU_HORIZON"))["consent.OWN_USE"].source


def test_only_what_a_law_fills_is_left_to_it() -> None:
    """A law that is named and not needed says nothing."""
    law, keys = by_law(_LEFT_TO_THE_LAW)

    assert ("HK", True, False) == (law, "consent.SOLE" in keys, "consent.ASSIGN" in keys)
    assert (None, ()) == by_law(Terms())


async def test_a_draft_is_told_key_by_key(drafted_agreement: str, hut: Portal) -> None:
    """Before anybody has signed; without that question there are no terms yet."""
    assert 404 == (await hut.get(f"{drafted_agreement}/terms")).status_code

    told = (await hut.get(f"{drafted_agreement}/terms", resolved="true")).json()

    assert ("DRAFT", False) == (told["status"], told["in_effect"])
    assert {"value": "ELEMENTS", "source": "default"} == told["resolved"]["ownership.method"]


async def test_terms_that_stand_are_told_key_by_key(active_agreement: str, hut: Portal) -> None:
    """Only where that is asked for."""
    assert "resolved" not in (await hut.get(f"{active_agreement}/terms")).json()
    told = (await hut.get(f"{active_agreement}/terms", resolved="true")).json()
    assert told["in_effect"]
    assert {"signed", "default"} <= {each["source"] for each in told["resolved"].values()}
