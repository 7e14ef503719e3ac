"""`moiety demo`, as a newcomer or a pipeline runs it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.cli.scenario import read
from tests.e2e.truth import MOIETY

SECONDS = 60


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo may put what it needs, and must leave nothing."""
    directory = tmp_path_factory.mktemp("demo")
    # The server's own account passes through on its way to its data; pytest closes its directories to others.
    for each in (directory, *directory.parents[:2]):
        each.chmod(0o711)
    return directory


@pytest.fixture(scope="module")
def demo(temporary: Path) -> subprocess.CompletedProcess[str]:
    """One run of the demo."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.run(
        [MOIETY, "demo"], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


@pytest.fixture(scope="module")
def findings(demo: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What a program reads of it: the last line of stdout."""
    assert 0 == demo.returncode, demo.stderr
    last: dict[str, Any] = json.loads(demo.stdout.splitlines()[-1])
    return last


def test_every_part_has_come_as_far_as_the_log(findings: dict[str, Any]):
    """Position, stream sequence, ledger size and the signed checkpoint are one number."""
    numbers = {findings[name] for name in ("log_position", "stream_sequence", "ledger_size")}

    assert {findings["checkpoint"]["size"]} == numbers
    assert findings["checkpoint"]["origin"]
    assert findings["checkpoint"]["root"]


def test_the_ledger_says_who_owns_what(findings: dict[str, Any]):
    """The shares are those of the story, exactly."""
    assert read().ownership == findings["ownership"]


def test_other_days_were_asked_about(demo: subprocess.CompletedProcess[str], findings: dict[str, Any]):
    """Who owned what, on days before, as known then: the demo asks for all of it and would have failed otherwise."""
    assert f"Ask who owned what on {len(read().answers)} other days" in demo.stderr


def test_every_owner_was_alerted(findings: dict[str, Any]):
    """Each owner has alerts, also one that joined late and left early."""
    assert {"HUT", "ATRC", "EGU"} == findings["alerts"].keys()
    assert all(count > 0 for count in findings["alerts"].values())


def test_the_forgery_was_found_where_it_was(findings: dict[str, Any]):
    """The evidence verifies, and the changed entry is named by its position."""
    assert findings["verified"] is True
    assert findings["tamper"]["changed"] == findings["tamper"]["found"]
    assert 1 <= findings["tamper"]["changed"] <= findings["ledger_size"]


def test_people_see_progress_elsewhere(demo: subprocess.CompletedProcess[str], findings: dict[str, Any]):
    """What is for people goes to stderr, so stdout is one line for programs."""
    assert 1 == len(demo.stdout.splitlines())
    assert f"changed entry {findings['tamper']['changed']}" in demo.stderr


def test_nothing_is_left_behind(temporary: Path, findings: dict[str, Any]):
    """The stack's directory is gone when the demo is over."""
    assert [] == list(temporary.iterdir())
