"""Whoever reads the events of the last release reads those of this one: within a version fields are only added."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.events.compatible import Schema, broken, published, released

RELEASED = released()
NAME = "agreements.OwnershipTransferred.v1"

Change = Callable[[Schema], object]


@pytest.mark.parametrize("name", RELEASED)
def test_what_was_released_still_reads(name: str):
    """Nothing is gone, nothing more is required, and nothing that was may be no longer."""
    assert [] == broken(RELEASED[name], published()[name])


def _amount(schema: Schema) -> Any:
    return schema["$defs"]["Amount"]["properties"]


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (lambda it: it["properties"].pop("transfer"), "data.transfer is gone"),
        (lambda it: it["required"].append("conveyance"), "data.conveyance must be there from now on"),
        (lambda it: it["required"].remove("to"), "data.to need not be there from now on"),
        (lambda it: it["properties"]["to"].update(type="integer"), "data.to was string and is integer"),
        (lambda it: it["properties"]["to"].update(pattern="A"), "data.to has another pattern"),
        (lambda it: it["properties"]["to"].update(enum=["A"]), "data.to was open and is one of ['A']"),
        (lambda it: it["properties"]["kind"]["enum"].remove("DEED"), "data.kind may no longer be ['DEED']"),
        (lambda it: it["properties"]["effective_on"].pop("format"), "data.effective_on has another format"),
        (lambda it: it["properties"]["holders"]["items"].update(type="null"), "data.holders[] was string and is null"),
        (
            lambda it: _amount(it)["of_whole"]["anyOf"].remove({"type": "null"}),
            'data.amount.of_whole may no longer be as {"type": "null"} says',
        ),
        (lambda it: _amount(it).pop("of_whole"), "data.amount.of_whole is gone"),
        (
            lambda it: it["properties"].update(to={"anyOf": [{"type": "string"}, {"type": "null"}]}),
            "data.to was string and is None",
        ),
    ],
)
def test_what_breaks_a_reader_is_noticed(change: Change, noticed: str):
    """Each way to break the promise, tried on an event that has everything."""
    broken_on_purpose = copy.deepcopy(RELEASED[NAME])
    change(broken_on_purpose)

    assert [noticed] == broken(RELEASED[NAME], broken_on_purpose)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["properties"].update(of_tomorrow={"type": "string", "default": ""}),
        lambda it: it["properties"]["kind"]["enum"].append("CHARGE"),
        lambda it: _amount(it)["of_whole"]["anyOf"].append({"type": "integer"}),
    ],
)
def test_what_only_adds_is_let_through(change: Change):
    """A field that need not be there, and a value more that one may be."""
    grown = copy.deepcopy(RELEASED[NAME])
    change(grown)

    assert [] == broken(RELEASED[NAME], grown)
