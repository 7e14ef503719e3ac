"""What `moiety demo` tells people beside its findings."""

import re
import subprocess
import sys
from fractions import Fraction

import pytest

from services.cli.scenario import read

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def told() -> str:
    """What one run of the demo says on stderr."""
    ran = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "demo"], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def test_a_refusal_is_shown_with_its_problem(told: str) -> None:
    """Whoever watches sees that a rule was enforced, and which."""
    refused = next(step for step in read().steps if step.id == "grant-what-nobody-owns")

    assert f"  {refused.title}: 409 ASSET_NOT_DETERMINED " in told


def test_a_share_is_derived_in_one_line(told: str) -> None:
    """The terms on the right are, summed, the share on the left, which is the story's until an expert decides."""
    shown = re.search(r"^  (\w+) (\d+/\d+) = (.*)$", told, re.MULTILINE)
    assert shown is not None
    terms = [Fraction(part) * Fraction(own) for part, own in re.findall(r"(\d+/\d+) · (\d+/\d+)", shown[3])]

    assert shown[2] in {answer.holders.get(shown[1]) for answer in read().answers if answer.asset == "INV-5G-1"}
    assert sum(terms) == Fraction(shown[2])


def test_ownership_is_shown_as_known_before_and_since(told: str) -> None:
    """The same legal day, on two sides of the adoption."""
    assert "INV-5G-1 on 2024-07-08, as known before the adoption: UNALLOCATED 1/1\n" in told
    assert "INV-5G-1 on 2024-07-08, as known since: ATRC 37/72, HUT 35/72\n" in told


def test_the_verifier_has_the_last_word(told: str) -> None:
    """What it says names the place, what it expected and what it got."""
    pattern = r"changed entry (\d+), the verifier says: position (\d+): expected leaf (.+), got leaf (.+)\n"
    said = re.search(pattern, told)

    assert said is not None
    assert said[1] == said[2]
    assert said[3] != said[4]
