"""What terms must say to be agreed, and to take effect."""

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from services.agreements.contracts.errors import ConsentRuleIncomplete, TermInvalid, TermNotSupported
from shared.events.law import agreed_consent
from shared.events.terms import (
    CalendarTerms,
    ConsentRule,
    ConsentTerms,
    CostTerms,
    DisputeTerms,
    LadderStep,
    NoticeTerms,
    RevenueStep,
    RevenueTerms,
    Terms,
)
from shared.ratio import parse_ratio

_RULES_WITH_DAYS = frozenset({"NOTICE", "NOTICE_AND_FAIR_COMPENSATION", "LEAD_DEEMED"})
_STEPS: tuple[RevenueStep, ...] = ("DEDUCT_TAX", "RECOUP", "FEE", "SPLIT")
_LADDER: tuple[LadderStep, ...] = ("NEGOTIATE", "STEERING", "EXPERT", "MEDIATE", "ARBITRATE")


def check_terms(terms: Terms, parties: tuple[str, ...]) -> None:
    """Raise what is wrong with terms between these parties, whatever they leave open."""
    _check_consent(terms.consent)
    if terms.revenue:
        _check_revenue(terms.revenue, parties)
    if terms.cost:
        _check_cost(terms.cost, parties)
    _check_ladder(terms.dispute)
    _check_one_sided(terms.dispute, parties)
    _check_distinct("survival", [each.clause for each in terms.survival])
    _check_distinct("licence.freeze_on_dispute", terms.licence.freeze_on_dispute)
    _check_calendar(terms.calendar)
    _check_notice(terms.notice)


def check_supported(terms: Terms) -> None:
    """Raise TermNotSupported for a term that would be signed here and then not be kept."""
    promised = {
        # Legal days begin in this zone everywhere in the service.
        "calendar.zone": (terms.calendar.zone, "Asia/Hong_Kong"),
    }
    for key, (got, kept) in promised.items():
        if got != kept:
            raise TermNotSupported(expected=kept, got=got, key=key)


def empty_keys(terms: Terms) -> list[str]:
    """Return the keys without which an agreement does not take effect, where neither terms nor law say them."""
    consent = agreed_consent(terms)
    acts = msgspec.structs.fields(consent)
    empty = [f"consent.{act.encode_name}" for act in acts if getattr(consent, act.name) is None]
    if terms.revenue is None:
        empty.append("revenue")
    elif terms.revenue.fee is None and "FEE" in terms.revenue.steps:
        empty.append("revenue.fee")
    if terms.cost is None:
        empty.append("cost")
    return empty if terms.survival else [*empty, "survival"]


def check_revenue_steps(steps: tuple[RevenueStep, ...], key: str) -> None:
    """Raise TermInvalid unless the steps are in their order and end with the split."""
    if steps != tuple(step for step in _STEPS if step in steps) or "SPLIT" not in steps:
        raise TermInvalid(expected=f"some of {', '.join(_STEPS)} in this order, SPLIT last", got=list(steps), key=key)


def _check_consent(consent: ConsentTerms) -> None:
    for act in msgspec.structs.fields(consent):
        rule: ConsentRule | None = getattr(consent, act.name)
        if rule is None:
            continue
        if (rule.days is not None) != (rule.rule in _RULES_WITH_DAYS):
            raise ConsentRuleIncomplete(got=rule.rule, key=f"consent.{act.encode_name}")
        # A supermajority that names no part is of two thirds.
        if rule.ratio is not None and (rule.rule != "SUPERMAJORITY" or not 0 < parse_ratio(rule.ratio) <= 1):
            raise ConsentRuleIncomplete(got=rule.ratio, key=f"consent.{act.encode_name}")


def _check_revenue(revenue: RevenueTerms, parties: tuple[str, ...]) -> None:
    check_revenue_steps(revenue.steps, "revenue.steps")
    if revenue.fee is None:
        return
    if "FEE" not in revenue.steps:
        raise TermInvalid(expected="FEE among the steps", got=list(revenue.steps), key="revenue.fee")
    if parse_ratio(revenue.fee.rate) > 1:
        raise TermInvalid(expected="at most 1/1", got=revenue.fee.rate, key="revenue.fee.rate")
    _check_party(revenue.fee.payee, parties, "revenue.fee.payee")


def _check_cost(cost: CostTerms, parties: tuple[str, ...]) -> None:
    if (cost.lead is not None) != (cost.split == "LEAD_ALL"):
        raise TermInvalid(expected="a lead for LEAD_ALL and no other split", got=cost.lead, key="cost.lead")
    if (cost.ratios is not None) != (cost.split == "EXPLICIT"):
        raise TermInvalid(expected="ratios for EXPLICIT and no other split", got=cost.split, key="cost.ratios")
    if cost.lead is not None:
        _check_party(cost.lead, parties, "cost.lead")
    for party in cost.ratios or ():
        _check_party(party, parties, "cost.ratios")
    if cost.ratios is not None:
        total = sum((parse_ratio(ratio) for ratio in cost.ratios.values()), Fraction(0))
        if total != 1:
            raise TermInvalid(expected="a sum of 1/1", got=f"{total.numerator}/{total.denominator}", key="cost.ratios")


def _check_ladder(dispute: DisputeTerms) -> None:
    steps = [rung.step for rung in dispute.ladder]
    if not steps or steps != [step for step in _LADDER if step in steps]:
        raise TermInvalid(expected=f"some of {', '.join(_LADDER)} in this order", got=steps, key="dispute.ladder")
    if any(rung.days is None for rung in dispute.ladder[:-1]):
        raise TermInvalid(expected="days for every step but the last", key="dispute.ladder")


def _check_one_sided(dispute: DisputeTerms, parties: tuple[str, ...]) -> None:
    if dispute.registrar in parties:
        raise TermInvalid(expected="none of the parties", got=dispute.registrar, key="dispute.registrar")
    if dispute.one_sided_objection_days < 1:
        got = dispute.one_sided_objection_days
        raise TermInvalid(expected="at least 1", got=got, key="dispute.one_sided_objection_days")


def _check_notice(notice: NoticeTerms) -> None:
    if notice.escalate_after_days is not None and notice.escalate_after_days < 1:
        got = notice.escalate_after_days
        raise TermInvalid(expected="at least 1, or null", got=got, key="notice.escalate_after_days")


def _check_calendar(calendar: CalendarTerms) -> None:
    _check_distinct("calendar.weekend", calendar.weekend)
    _check_distinct("calendar.holiday_dates", [str(day) for day in calendar.holiday_dates])
    if calendar.holidays is not None and not calendar.holiday_dates:
        # A list that is only named would be signed, and its days counted as business days all the same.
        raise TermInvalid(expected=f"the days of {calendar.holidays}", key="calendar.holiday_dates")


def _check_party(party: str, parties: tuple[str, ...], key: str) -> None:
    if party not in parties:
        raise TermInvalid(expected=list(parties), got=party, key=key)


def _check_distinct(key: str, values: Iterable[str]) -> None:
    named = list(values)
    if len(set(named)) != len(named):
        raise TermInvalid(expected="each once", got=named, key=key)
