"""Consent counting (R16): whether the holders' consents let an act take effect."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from fractions import Fraction

from services.agreements.licences.errors import (
    ConsentMissing,
    ConsentRuleNotSupported,
    ConsentShareTooSmall,
    NoticePeriodRunning,
)
from shared.calendar import days_after
from shared.events.terms import ConsentRule
from shared.ratio import format_ratio, parse_ratio

_HALF = Fraction(1, 2)
_TWO_THIRDS = Fraction(2, 3)


def check_consent(
    rule: ConsentRule,
    shares: Mapping[str, Fraction],
    consents: AbstractSet[str],
    *,
    noticed_on: date,
    effective_on: date,
) -> None:
    """Raise what is missing for an act on an asset held in these shares."""
    match rule.rule:
        case "NONE":
            return
        case "UNANIMOUS":
            _check_everyone(shares, consents)
        case "MAJORITY_SHARE":
            # Strictly more: half against half is no majority.
            _check_share(shares, consents, above=_HALF)
        case "SUPERMAJORITY":
            _check_share(shares, consents, at_least=parse_ratio(rule.ratio) if rule.ratio else _TWO_THIRDS)
        case "NOTICE" | "NOTICE_AND_FAIR_COMPENSATION":
            _check_notice(rule, shares, consents, noticed_on, effective_on)
        case _:
            raise ConsentRuleNotSupported(got=rule.rule)


def _check_everyone(shares: Mapping[str, Fraction], consents: AbstractSet[str]) -> None:
    if missing := sorted(set(shares) - consents):
        raise ConsentMissing(missing=missing)


def _check_share(
    shares: Mapping[str, Fraction],
    consents: AbstractSet[str],
    *,
    above: Fraction | None = None,
    at_least: Fraction = Fraction(0),
) -> None:
    held = sum((share for holder, share in shares.items() if holder in consents), start=Fraction(0))
    if held < at_least or (above is not None and held <= above):
        expected = f"more than {format_ratio(above)}" if above is not None else f"at least {format_ratio(at_least)}"
        raise ConsentShareTooSmall(expected=expected, got=format_ratio(held))


def _check_notice(
    rule: ConsentRule, shares: Mapping[str, Fraction], consents: AbstractSet[str], noticed_on: date, effective_on: date
) -> None:
    until = days_after(noticed_on, rule.days or 0)
    # Notice protects the other holders, so all of them together may waive it.
    if (until is None or effective_on < until) and set(shares) - consents:
        raise NoticePeriodRunning(expected=f"from {until or 'no day there is'}", got=effective_on, until=str(until))
