"""Counting consents: what is missing for an act, by the shares of those who have consented."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from fractions import Fraction
from typing import Final

from services.agreements.consent.errors import ConsentMissing, ConsentRuleNotSupported, ConsentShareTooSmall
from services.agreements.consent.waiting import check_notice
from shared.events.terms import ConsentRule
from shared.ratio import format_ratio, parse_ratio, told

_HALF: Final = Fraction(1, 2)
_TWO_THIRDS: Final = Fraction(2, 3)


def check_consent(
    rule: ConsentRule,
    shares: Mapping[str, Fraction],
    consents: AbstractSet[str],
    *,
    last_day: Callable[[str], date | None],
    effective_on: date,
    **ids: object,
) -> None:
    """Raise what is missing for an act on an asset held in these shares; of a day that is too early, with the ids.

    `last_day` is that on which a holder may still speak where the rule gives time, None before it is on notice.
    """
    # All holders together may do what they like: waive a notice, and speak where silence would say nothing.
    missing = sorted(set(shares) - consents)
    if not missing:
        return
    match rule.rule:
        case "NONE":
            return
        case "UNANIMOUS":
            raise ConsentMissing(missing=missing)
        case "MAJORITY_SHARE":
            # Strictly more: half against half is no majority.
            if (held := _held_by(consents, shares)) <= _HALF:
                raise ConsentShareTooSmall(expected=f"more than {format_ratio(_HALF)}", got=told(held))
        case "SUPERMAJORITY":
            needed = parse_ratio(rule.ratio) if rule.ratio else _TWO_THIRDS
            if (held := _held_by(consents, shares)) < needed:
                raise ConsentShareTooSmall(expected=f"at least {format_ratio(needed)}", got=told(held))
        case "NOTICE" | "NOTICE_AND_FAIR_COMPENSATION":
            check_notice({holder: last_day(holder) for holder in missing}, effective_on, **ids)
        case _:
            raise ConsentRuleNotSupported(got=rule.rule)


def _held_by(consents: AbstractSet[str], shares: Mapping[str, Fraction]) -> Fraction:
    return sum((share for holder, share in shares.items() if holder in consents), start=Fraction(0))
