"""Exact shares: fractions with a canonical text, never a float."""

import re
from collections.abc import Mapping
from fractions import Fraction

from shared.errors import Invalid

_CANONICAL = re.compile(r"^(0|[1-9][0-9]*)/([1-9][0-9]*)$", re.ASCII)
_MAX_DIGITS = 400


class NotARatio(Invalid):
    """A ratio is written n/d in lowest terms, with d at least 1: 35/72, 0/1, 1/1."""


class SharesDoNotSumToOne(Invalid):
    """The shares of one asset are each above 0/1 and sum to exactly 1/1."""


def parse_ratio(text: str) -> Fraction:
    """Read `n/d` in lowest terms; raises NotARatio for anything else, `2/4` and `1` included."""
    # A length limit before int(): parsing is quadratic in the digits and the text comes from outside.
    found = _CANONICAL.match(text) if len(text) <= _MAX_DIGITS else None
    if found is None:
        raise NotARatio(expected="n/d", got=text[:80])
    ratio = Fraction(int(found[1]), int(found[2]))
    if format_ratio(ratio) != text:
        raise NotARatio(expected=format_ratio(ratio), got=text[:80])
    return ratio


def format_ratio(ratio: Fraction) -> str:
    """Write the one canonical text of a ratio."""
    return f"{ratio.numerator}/{ratio.denominator}"


def parse_shares(shares: Mapping[str, str]) -> dict[str, Fraction]:
    """Read a share vector and check that it sums to exactly one, with no zero and no negative entry."""
    vector = {holder: parse_ratio(text) for holder, text in shares.items()}
    check_shares(vector)
    return vector


def check_shares(vector: Mapping[str, Fraction]) -> None:
    """Raise SharesDoNotSumToOne unless the vector is a whole, positive partition of one asset."""
    for holder, share in vector.items():
        if share <= 0:
            raise SharesDoNotSumToOne(expected="above 0/1", got=told(share), holder=holder)
    total = sum(vector.values(), start=Fraction(0))
    if total != 1:
        raise SharesDoNotSumToOne(expected="1/1", got=told(total))


def is_readable(ratio: Fraction) -> bool:
    """Tell whether the text of a ratio can be read again."""
    return max(abs(ratio.numerator), ratio.denominator) < 10**_MAX_DIGITS and len(format_ratio(ratio)) <= _MAX_DIGITS


def told(ratio: Fraction) -> str:
    """Write a sum of ratios for people to read."""
    # The sum of what was read is finer than each of it: so fine a number has no text, Python refuses to write it.
    readable = max(abs(ratio.numerator), ratio.denominator) < 10**_MAX_DIGITS
    return format_ratio(ratio) if readable else f"a fraction of more than {_MAX_DIGITS} digits"


def format_shares(vector: Mapping[str, Fraction]) -> dict[str, str]:
    """Write a share vector, holders in ascending order."""
    return {holder: format_ratio(vector[holder]) for holder in sorted(vector)}
