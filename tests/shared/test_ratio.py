"""A share is exact, has one text, and a vector of them is a whole."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ratio import (
    NotARatio,
    SharesDoNotSumToOne,
    check_shares,
    format_ratio,
    format_shares,
    parse_ratio,
    parse_shares,
)
from tests.told import refuses


@given(st.fractions(min_value=0))
def test_a_ratio_reads_back_as_it_was(ratio: Fraction) -> None:
    """Out and back."""
    assert ratio == parse_ratio(format_ratio(ratio))


OTHER_SPELLINGS = ["", "1", "2/4", "1/0", "0/2", "01/2", "1/02", "-1/2", "+1/2", "1/2\n", " 1/2", "0.5", "1e1/3"]
OTHER_DIGITS = "\N{ARABIC-INDIC DIGIT ONE}/\N{ARABIC-INDIC DIGIT TWO}"


@pytest.mark.parametrize("text", [*OTHER_SPELLINGS, OTHER_DIGITS, "9" * 401 + "/1"])
def test_any_other_text_is_refused(text: str) -> None:
    """Lowest terms, no sign, no float, no second spelling; and never slow."""
    with refuses(NotARatio):
        parse_ratio(text)


@pytest.mark.parametrize(
    "shares",
    [{}, {"HUT": "1/2"}, {"HUT": "1/2", "ATRC": "2/3"}, {"HUT": "1/1", "ATRC": "0/1"}, {"HUT": "3/2"}],
)
def test_a_vector_that_is_not_a_whole_is_refused(shares: dict[str, str]) -> None:
    """Exactly 1/1, every entry positive."""
    with refuses(SharesDoNotSumToOne):
        parse_shares(shares)


def test_a_sum_too_long_to_write_is_refused_like_any_other() -> None:
    """Each share is short; their common denominator is not, and Python itself refuses to write thousands of digits."""
    with refuses(SharesDoNotSumToOne):
        parse_shares({str(number): f"1/{10**97 + number}" for number in range(60)})


def test_a_negative_share_is_refused_even_in_a_whole() -> None:
    """Nobody owns less than nothing."""
    with refuses(SharesDoNotSumToOne):
        check_shares({"HUT": Fraction(3, 2), "ATRC": Fraction(-1, 2)})


def test_a_share_of_nothing_is_refused_as_that() -> None:
    """The sum is right, so the refusal must name the holder instead."""
    with refuses(SharesDoNotSumToOne) as refused:
        parse_shares({"HUT": "1/1", "ATRC": "0/1"})

    assert ("above 0/1", "0/1", {"holder": "ATRC"}) == (refused.value.expected, refused.value.got, refused.value.ids)


def test_a_sum_too_fine_to_be_written_is_refused_all_the_same() -> None:
    """Each share can be read, but Python writes no number as long as their sum."""
    with refuses(SharesDoNotSumToOne) as refused:
        parse_shares({f"H{number}": f"1/{10**390 + 2 * number + 1}" for number in range(20)})

    assert "a fraction of more than 400 digits" == refused.value.got


def test_a_vector_is_written_in_ascending_order() -> None:
    """One text for one vector."""
    assert ["ATRC", "HUT"] == list(format_shares({"HUT": Fraction(35, 72), "ATRC": Fraction(37, 72)}))
