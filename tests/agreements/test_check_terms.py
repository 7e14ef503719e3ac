"""What terms may say."""

from datetime import date
from typing import Any

import pytest

from services.agreements.contracts.decisions import draft_agreement, propose_agreement
from services.agreements.contracts.errors import TermInvalid, TermNotSupported
from shared.events.terms import (
    AttestationTerms,
    CalendarTerms,
    CostTerms,
    DisputeTerms,
    FeeTerms,
    LicenceTerms,
    NoticeTerms,
    RevenueTerms,
    Rung,
    SurvivalTerm,
)
from tests.agreements.controls import agreement, drafted, drafting, proposing, terms
from tests.told import refuses

FEE = FeeTerms(rate="1/20", payee="ATRC")


@pytest.mark.parametrize(
    "said",
    [
        {"revenue": RevenueTerms(fee=FEE)},
        {"revenue": RevenueTerms(steps=("SPLIT",))},
        {"cost": CostTerms(split="LEAD_ALL", lead="ATRC")},
        {"cost": CostTerms(split="EXPLICIT", ratios={"HUT": "2/3", "ATRC": "1/3"})},
        {"dispute": DisputeTerms(ladder=(Rung(step="ARBITRATE"),))},
        {"dispute": DisputeTerms(registrar="NLN", one_sided_objection_days=1)},
        {"law_default": "CN"},
        {"attestation": AttestationTerms(required="INTERESTED_PARTIES", deemed_days=30)},
        {"calendar": CalendarTerms(holidays="HK-2025", holiday_dates=(date(2025, 1, 1),))},
        {"notice": NoticeTerms(escalate_after_days=1)},
        {"notice": NoticeTerms(escalate_after_days=None)},
    ],
)
def test_terms_that_fit_together_are_drafted(said: dict[str, Any]):
    """What the keys say agrees with one another and with who the parties are."""
    assert draft_agreement(None, drafting(terms=terms(**said)))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"revenue": RevenueTerms(steps=("SPLIT", "RECOUP"))}, "revenue.steps"),
        ({"revenue": RevenueTerms(steps=("RECOUP",))}, "revenue.steps"),
        ({"revenue": RevenueTerms(steps=("SPLIT", "SPLIT"))}, "revenue.steps"),
        ({"revenue": RevenueTerms(steps=("SPLIT",), fee=FEE)}, "revenue.fee"),
        ({"revenue": RevenueTerms(fee=FeeTerms(rate="21/20", payee="ATRC"))}, "revenue.fee.rate"),
        ({"revenue": RevenueTerms(fee=FeeTerms(rate="1/20", payee="EGU"))}, "revenue.fee.payee"),
        ({"cost": CostTerms(split="LEAD_ALL")}, "cost.lead"),
        ({"cost": CostTerms(split="EQUAL", lead="HUT")}, "cost.lead"),
        ({"cost": CostTerms(split="LEAD_ALL", lead="EGU")}, "cost.lead"),
        ({"cost": CostTerms(split="EXPLICIT")}, "cost.ratios"),
        ({"cost": CostTerms(split="EXPLICIT", ratios={"HUT": "1/2", "ATRC": "1/3"})}, "cost.ratios"),
        ({"cost": CostTerms(split="EXPLICIT", ratios={"HUT": "1/2", "EGU": "1/2"})}, "cost.ratios"),
        ({"dispute": DisputeTerms(ladder=())}, "dispute.ladder"),
        ({"dispute": DisputeTerms(ladder=(Rung(step="MEDIATE"), Rung(step="EXPERT")))}, "dispute.ladder"),
        ({"dispute": DisputeTerms(ladder=(Rung(step="EXPERT"), Rung(step="MEDIATE")))}, "dispute.ladder"),
        ({"dispute": DisputeTerms(registrar="HUT")}, "dispute.registrar"),
        ({"dispute": DisputeTerms(one_sided_objection_days=0)}, "dispute.one_sided_objection_days"),
        ({"licence": LicenceTerms(freeze_on_dispute=("SOLE", "SOLE"))}, "licence.freeze_on_dispute"),
        ({"calendar": CalendarTerms(weekend=("SUN", "SUN"))}, "calendar.weekend"),
        ({"calendar": CalendarTerms(holidays="HK-2025")}, "calendar.holiday_dates"),
        ({"calendar": CalendarTerms(holiday_dates=(date(2025, 1, 1),) * 2)}, "calendar.holiday_dates"),
        ({"survival": (SurvivalTerm(clause="X"), SurvivalTerm(clause="X", months=1))}, "survival"),
        ({"notice": NoticeTerms(escalate_after_days=0)}, "notice.escalate_after_days"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(said: dict[str, Any], key: str):
    """The refusal names the key."""
    with refuses(TermInvalid) as refused:
        draft_agreement(None, drafting(terms=terms(**said)))
    assert key == refused.value.ids["key"]


def test_days_that_would_begin_elsewhere_are_not_promised():
    """Legal days begin in one zone here; another must not be agreed and then not be kept."""
    state = agreement(drafted(terms=terms(calendar=CalendarTerms(zone="Europe/Berlin"))))

    with refuses(TermNotSupported):
        propose_agreement(state, proposing())
