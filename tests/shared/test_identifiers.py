"""Check digits catch what people get wrong when they copy."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.identifiers import is_country, is_lei, is_office, is_orcid, is_ror, lei_check, orcid_check, ror_check

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
rors = st.text(_CROCKFORD, min_size=6, max_size=6).map(lambda s: f"https://ror.org/0{s}{ror_check(s):02}")
orcids = st.text("0123456789", min_size=15, max_size=15).map(
    lambda s: "-".join((s[:4], s[4:8], s[8:12], s[12:] + orcid_check(s)))
)
leis = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18).map(lambda s: f"{s}{lei_check(s):02}")


@pytest.mark.parametrize("ror", ["https://ror.org/03yrm5c26", "https://ror.org/02mhbdp94", "https://ror.org/00k4n6c32"])
def test_a_ror_that_was_given_out_is_one(ror: str) -> None:
    """Addresses of organisations that ror.org lists."""
    assert is_ror(ror)


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"])
def test_an_orcid_that_was_given_out_is_one(orcid: str) -> None:
    """The examples that ORCID itself gives, one of them with the check symbol that is no digit."""
    assert is_orcid(orcid)


@pytest.mark.parametrize("lei", ["5493001KJTIIGC8Y1R12", "7LTWFZYICNSX8D621K86"])
def test_an_lei_that_was_given_out_is_one(lei: str) -> None:
    """Identifiers that legal entities bear."""
    assert is_lei(lei)


@given(rors, st.integers(0, 8), st.sampled_from(_CROCKFORD))
def test_a_ror_with_one_wrong_symbol_is_none(ror: str, place: int, symbol: str) -> None:
    """Two check digits by 97 find every single mistake, in the symbols and in themselves."""
    start = len("https://ror.org/")
    wrong = ror[: start + place] + symbol + ror[start + place + 1 :]

    assert is_ror(wrong) == (wrong == ror)


@given(orcids, st.integers(0, 18), st.sampled_from("0123456789X"))
def test_an_orcid_with_one_wrong_symbol_is_none(orcid: str, place: int, symbol: str) -> None:
    """MOD 11-2 finds every single mistake."""
    wrong = orcid[:place] + symbol + orcid[place + 1 :]

    assert is_orcid(wrong) == (wrong == orcid)


@given(orcids, st.integers(0, 14))
def test_an_orcid_with_two_neighbours_swapped_is_none(orcid: str, place: int) -> None:
    """MOD 11-2 finds two digits that changed places."""
    digits = list(orcid.replace("-", ""))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    text = "".join(digits)
    swapped = "-".join((text[:4], text[4:8], text[8:12], text[12:]))

    assert is_orcid(swapped) == (swapped == orcid)


@given(leis, st.integers(0, 19), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_an_lei_with_one_wrong_symbol_is_none(lei: str, place: int, symbol: str) -> None:
    """MOD 97-10 finds every digit taken for another and every letter taken for another."""
    assume(symbol.isdigit() == lei[place].isdigit())
    wrong = lei[:place] + symbol + lei[place + 1 :]

    assert is_lei(wrong) == (wrong == lei)


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    """Whatever somebody sends is an identifier or is not; nothing fails."""
    assert not any(check(f"{text}\n") for check in (is_ror, is_orcid, is_lei, is_office, is_country))


def test_other_digits_are_none() -> None:
    """Digits of other scripts look right and are not what was given out."""
    assert not is_orcid("0000-0002-1825-009\N{ARABIC-INDIC DIGIT SEVEN}")


def test_offices_are_more_than_countries() -> None:
    """The European Patent Office and WIPO grant rights, and no organisation has its seat in either code."""
    assert all(is_office(code) for code in ("HK", "CN", "US", "EP", "WO"))
    assert is_country("HK")
    assert not is_country("EP")
    assert not any(is_office(code) for code in ("UK", "XX", "hk", "", "HKG"))
