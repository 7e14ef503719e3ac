"""Positions as text: whatever is written, it is a position or it is none."""

import pytest

from shared.positions import LAST_POSITION, position_of


@pytest.mark.parametrize("position", [0, 1, 42, LAST_POSITION])
def test_a_position_is_read(position):
    """Decimal digits, up to what a database can hold."""
    assert position == position_of(str(position))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        " 1",
        "1.0",
        "1_0",
        "0x1",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        str(LAST_POSITION + 1),
        str(2**64),
        "9" * 5000,
    ],
)
def test_what_can_be_none_is_none(text):
    """Nothing is raised, however long it is."""
    assert position_of(text) is None
