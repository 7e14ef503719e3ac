"""Nothing that a caller sends keeps a problem from being answered, or makes it long."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.shown import LONGEST_TEXT, MOST_ITEMS, shown

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner) | st.tuples(inner),
    max_leaves=20,
)


@given(ANY_VALUE)
def test_whatever_came_can_be_shown(value: Any):
    """Half surrogate pairs, numbers without end: all of it becomes JSON."""
    assert msgspec.json.decode(msgspec.json.encode(shown(value))) is not Ellipsis


def test_what_is_long_is_cut():
    """A problem is read by people; who sent the value has all of it."""
    assert shown("x" * 10_000) == "x" * LONGEST_TEXT + "…"
    assert len(shown(list(range(10_000)))) == MOST_ITEMS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("EGU", "EGU"),
        (["ATRC", "HUT"], ["ATRC", "HUT"]),
        (3, 3),
        (None, None),
        (datetime(2024, 7, 16, 9, tzinfo=UTC), "2024-07-16T09:00:00Z"),
        ("half \ud800", "half ?"),
        (10**30, "a number of more than 64 bits"),
    ],
)
def test_what_is_harmless_is_shown_as_it_is(value: Any, expected: Any):
    """Only what could not be answered is replaced."""
    assert shown(value) == expected
