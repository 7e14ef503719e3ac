"""What is missing by the consents there are."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.agreements.consent.counting import check_consent
from services.agreements.consent.errors import (
    ConsentMissing,
    ConsentRuleNotSupported,
    ConsentShareTooSmall,
    NoticePeriodRunning,
)
from shared.errors import DomainError
from shared.events.terms import ConsentRule
from tests.agreements.consent.situations import (
    MAJORITY,
    NONE,
    NOTICE,
    NOTICE_OVER,
    NOTICED,
    PAID_NOTICE,
    SILENCE,
    TWO_THIRDS,
    UNANIMOUS,
    days_from,
    noticed_all,
)
from tests.told import tells

THREE = {"ATRC": Fraction(5, 12), "HUT": Fraction(1, 3), "HUT-RD": Fraction(1, 4)}
HALVES = {"A": Fraction(1, 2), "B": Fraction(1, 2)}
ALONE = {"A": Fraction(1)}
THREE_QUARTERS = ConsentRule(rule="SUPERMAJORITY", ratio="3/4")
EVERY_PART = ConsentRule(rule="SUPERMAJORITY", ratio="1/1")
FOR_EVER = ConsentRule(rule="NOTICE", days=10_000_000)
EVE = days_from(NOTICE_OVER, -1)


def missing(rule: ConsentRule, shares: dict[str, Fraction], consents: str, day: date) -> DomainError | None:
    try:
        check_consent(rule, shares, set(consents.split()), last_day=noticed_all(rule), effective_on=day)
    except DomainError as refusal:
        tells(refusal)
        return refusal
    return None


@pytest.mark.parametrize(
    ("rule", "shares", "consents", "day"),
    [
        (NONE, THREE, "", NOTICED),
        (UNANIMOUS, THREE, "ATRC HUT HUT-RD", NOTICED),
        (UNANIMOUS, THREE, "ATRC HUT HUT-RD EGU", NOTICED),
        (UNANIMOUS, ALONE, "A", NOTICED),
        (MAJORITY, THREE, "ATRC HUT-RD", NOTICED),
        (MAJORITY, THREE, "HUT HUT-RD", NOTICED),
        (TWO_THIRDS, THREE, "ATRC HUT-RD", NOTICED),
        (THREE_QUARTERS, THREE, "ATRC HUT", NOTICED),
        (EVERY_PART, THREE, "ATRC HUT HUT-RD", NOTICED),
        (NOTICE, THREE, "", NOTICE_OVER),
        (NOTICE, THREE, "ATRC HUT HUT-RD", NOTICED),
        (NOTICE, ALONE, "A", NOTICED),
        (PAID_NOTICE, THREE, "", NOTICE_OVER),
        (ConsentRule(rule="NOTICE", days=0), THREE, "", NOTICED),
        (FOR_EVER, THREE, "ATRC HUT HUT-RD", NOTICED),
    ],
)
def test_enough_is_enough(rule: ConsentRule, shares: dict[str, Fraction], consents: str, day: date):
    """Exactly what the rule asks for; all together waive a notice, whoever is alone gives nobody one."""
    assert missing(rule, shares, consents, day) is None


@pytest.mark.parametrize(
    ("rule", "shares", "consents", "day", "refusal", "told"),
    [
        (UNANIMOUS, THREE, "HUT", NOTICED, ConsentMissing, {"missing": ["ATRC", "HUT-RD"]}),
        (UNANIMOUS, {"person:VR": Fraction(1)}, "HUT", NOTICED, ConsentMissing, {"missing": ["person:VR"]}),
        (MAJORITY, THREE, "ATRC", NOTICED, ConsentShareTooSmall, {"expected": "more than 1/2", "got": "5/12"}),
        (MAJORITY, HALVES, "A", NOTICED, ConsentShareTooSmall, {"expected": "more than 1/2", "got": "1/2"}),
        (MAJORITY, HALVES, "EGU", NOTICED, ConsentShareTooSmall, {"expected": "more than 1/2", "got": "0/1"}),
        (TWO_THIRDS, THREE, "HUT HUT-RD", NOTICED, ConsentShareTooSmall, {"expected": "at least 2/3", "got": "7/12"}),
        (THREE_QUARTERS, THREE, "ATRC HUT-RD", NOTICED, ConsentShareTooSmall, {"expected": "at least 3/4"}),
        (NOTICE, THREE, "ATRC HUT", EVE, NoticePeriodRunning, {"until": "2025-04-02", "got": EVE}),
        (PAID_NOTICE, THREE, "", EVE, NoticePeriodRunning, {"expected": "from 2025-04-02"}),
        (FOR_EVER, THREE, "", date.max, NoticePeriodRunning, {"until": "never", "expected": "from no day there is"}),
        (SILENCE, THREE, "ATRC HUT", NOTICED, ConsentRuleNotSupported, {"got": "LEAD_DEEMED"}),
    ],
)
def test_what_is_missing_is_told(  # a row
    rule: ConsentRule,
    shares: dict[str, Fraction],
    consents: str,
    day: date,
    refusal: type[DomainError],
    told: dict[str, Any],
):
    """By name, and with what would be enough."""
    found = missing(rule, shares, consents, day)

    assert isinstance(found, refusal)
    assert told.items() <= {"expected": found.expected, "got": found.got, **found.ids}.items()


def test_a_sum_that_has_no_text_is_told_all_the_same():
    """Of many holders with fine shares the part that consented is finer than anybody could read."""
    fine = {f"H{number}": Fraction(1, 10**150 + number) for number in range(60)}

    found = missing(MAJORITY, fine, " ".join(sorted(fine)[1:]), NOTICED)

    assert isinstance(found, ConsentShareTooSmall)
    assert "a fraction of more than 400 digits" == found.got
