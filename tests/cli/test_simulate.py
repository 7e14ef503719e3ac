"""`moiety simulate`: a line for each file that can be read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.cli.main import program

CASES = Path(__file__).parents[1] / "agreements" / "cases"


def simulate(*files: object) -> Result:
    return CliRunner().invoke(program, ["simulate", *map(str, files)], catch_exceptions=False)


def test_each_file_is_answered_on_a_line_in_order():
    """A refusal is an answer like any other."""
    answered = simulate(CASES / "title-gap-blocks.json", CASES / "points.json")

    first, second = (json.loads(line) for line in answered.stdout.splitlines())
    assert ("TITLE_GAP", {"A": "7/12", "B": "5/12"}) == (first["refused"], second["holders"])
    assert 0 == answered.exit_code


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    """The others are answered all the same; the exit code tells that not all were."""
    broken = tmp_path / "broken.json"
    broken.write_text("{not json")

    answered = simulate(broken, CASES / "points.json", tmp_path / "none.json")

    assert 1 == len(answered.stdout.splitlines())
    assert "broken.json" in answered.stderr
    assert "none.json" in answered.stderr
    assert 2 == answered.exit_code


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"name": "n", "kind": "ownership", "kind": "determination", "input": {}}', "member 'kind' twice"),
    ],
)
def test_no_file_stops_those_after_it(tmp_path: Path, content: str, reason: str):
    """However odd it is, it is named with what is wrong with it."""
    odd = tmp_path / "odd.json"
    odd.write_text(content)

    answered = simulate(odd, CASES / "points.json")

    assert f"odd.json cannot be read: {reason}" in answered.stderr
    assert (1, 2) == (len(answered.stdout.splitlines()), answered.exit_code)


def test_what_is_no_case_is_refused_in_its_line(tmp_path: Path):
    """JSON that is no case at all is still answered."""
    for number, content in enumerate(("[]", "1", '{"name": "n"}')):
        (tmp_path / f"{number}.json").write_text(content)

    answered = simulate(*sorted(tmp_path.iterdir()))

    assert ["FIELD_MALFORMED", "FIELD_MALFORMED", "FIELD_MISSING"] == [
        json.loads(line)["refused"] for line in answered.stdout.splitlines()
    ]
