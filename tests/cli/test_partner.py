"""How a partner's program is judged by the lines that it prints."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.cli.partner.trials import judged

Lines = Sequence[Mapping[str, Any]]


def line(number: int, **otherwise: Any) -> Mapping[str, Any]:
    return {"number": number, "position": 100 - number, "id": f"event-{number}", "type": "agreements.X.v1", **otherwise}


def verdict(*lines: Mapping[str, Any], may_miss: int = 0) -> str | None:
    """Judge lines after number 2, where 3, 4 and 5 were to come."""
    return judged([*lines], {number: line(number) for number in (3, 4, 5)}, frozenset({may_miss}), last=2)


def test_each_event_once_and_in_order_keeps_the_promise() -> None:
    """Whatever their positions are."""
    assert verdict(line(3), line(4), line(5)) is None


def test_what_came_since_is_judged_the_next_time() -> None:
    """The feed may have grown while a program was watched."""
    assert verdict(line(3), line(4), line(5), line(6)) is None


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line(3), line(4)], "number 5 was not taken"),
        ([], "number 3 was not taken"),
        ([line(3), line(5), line(4)], "number 5 was taken before 4"),
        ([line(3), line(4), line(4), line(5)], "number 4 was taken again"),
        ([line(2), line(3), line(4), line(5)], "number 2 was taken again"),
        ([line(3), line(4, id="event-3"), line(5)], "number 4 was taken for"),
        ([line(3), line(4, position=4), line(5)], "number 4 was taken for"),
        ([{"id": "event-3"}], "a line without a number"),
    ],
)
def test_a_broken_promise_is_named_by_its_number(lines: Lines, says: str) -> None:
    """Missing, twice, out of order, or another event than it is."""
    assert (verdict(*lines) or "").startswith(says)


def test_one_event_may_be_missing_where_that_was_said() -> None:
    """The one under way when the program was killed, or of a type that nobody knows; any other may not."""
    assert verdict(line(3), line(5), may_miss=4) is None
    assert verdict(line(3), line(4), line(5), may_miss=4) is None
    assert verdict(line(3), line(5), may_miss=3) == "number 5 was taken before 4"
