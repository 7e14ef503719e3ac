"""The page about simulation answers its own cases."""

import json
import re

import pytest

from services.agreements.simulation.cases import answer_to
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize(
    ("case", "answer"), list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True)), ids=lambda each: each["name"]
)
def test_each_case_is_answered_as_the_page_says(case: object, answer: object) -> None:
    """A reader who pastes the case sees the block below it."""
    assert answer == answer_to(case)
