"""The order of the slices as people read it is the one that is enforced."""

import re
import tomllib
from itertools import pairwise
from typing import Any

from tests.architecture.source import ROOT

AGREEMENTS = ROOT / "services" / "agreements"


def contract() -> dict[str, Any]:
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = read["tool"]["importlinter"]["contracts"]
    (layers,) = (each for each in contracts if each["type"] == "layers")
    return layers


def drawing() -> list[str]:
    """Return the lines of the drawing, from the top."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (drawn,) = re.findall(r"## The order of the slices\n.*?```\n(.*?)```", page, re.DOTALL)
    return str(drawn).splitlines()


def test_the_order_of_the_slices_is_drawn_as_it_is_enforced() -> None:
    """A slice that moves, and one that is new, moves in the drawing too."""
    layers = [{name for name in layer.split(" | ") if (AGREEMENTS / name).is_dir()} for layer in contract()["layers"]]
    drawn = [set(level.split(" · ")) for line in drawing() for level in line.split(" ⇄ ")]

    assert [layer for layer in layers if layer] == drawn


def test_only_the_pairs_that_are_drawn_know_each_other() -> None:
    """Whatever is left out of the contract is one of them, the lower knowing the upper."""
    lines = [line.split(" ⇄ ") for line in drawing() if " ⇄ " in line]
    pairs = {(lower, upper) for line in lines for upper, lower in pairwise(line)}
    left_out = re.findall(r"services\.agreements\.(\w+)\.\* -> services\.agreements\.(\w+)\.\*", str(contract()))

    assert pairs == set(left_out)
    assert len(left_out) == len(contract()["ignore_imports"])
