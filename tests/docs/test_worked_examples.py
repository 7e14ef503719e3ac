"""What the documentation says one can paste and run, runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.embedded.home import Ports
from shared.testing import Stack
from tests.architecture.source import ROOT
from tests.docs import pasted

# None of them needs more than `make run` has done; the one that does something of its own comes last.
EXAMPLES = ("docs/ledger.md", "docs/events.md", "docs/inbox.md", "README.md")
PROGRAM = str(Path(sys.executable).with_name("moiety"))
PORTS = {port: service for service, port in Ports()._asdict().items()}
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PRINTED = re.compile(r"print\(.*\)  # (.*)$", re.MULTILINE)

pytestmark = pytest.mark.stack


def code_of(page: str) -> str:
    return pasted.PASTE.join(_BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))


def environment_of(stack: Stack) -> dict[str, str]:
    """Return the variables of a person who works beside this stack."""
    own = {"MOIETY_HOME": str(stack.home.directory), "NO_PROXY": "127.0.0.1"}
    return {**os.environ, **own, **stack.home.ports.variables()}


def run(code: str, stack: Stack, folder: Path) -> list[str]:
    """Paste the code into a prompt as a person would, with this stack's addresses in place of the usual ones."""
    for port, service in PORTS.items():
        code = code.replace(f"127.0.0.1:{port}", f"127.0.0.1:{stack.home.ports._asdict()[service]}")
    code = code.replace(".venv/bin/moiety", PROGRAM).replace('".moiety', f'"{stack.home.directory}')
    return output_of([sys.executable, pasted.__file__], stack, folder, code)


def output_of(command: list[str], stack: Stack, folder: Path, told: str = "") -> list[str]:
    ran = subprocess.run(
        command,
        cwd=folder,
        env=environment_of(stack),
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.parametrize("page", EXAMPLES)
def test_a_worked_example_runs_right_after_make_run(page: str, documented: Stack, tmp_path: Path) -> None:
    """The walk-through ends in a proven share, the auditor's example finds the whole ledger signed and in order."""
    printed = run(code_of(page), documented, tmp_path)
    expected = _PRINTED.findall(code_of(page))

    assert printed
    # A line in a loop is printed more than once; a comment may go on after what is printed.
    assert [] == [line for line in printed if expected and not any(text.startswith(line) for text in expected)]
    assert len(expected) <= len(printed)


def test_the_commands_for_auditors_run(documented: Stack, tmp_path: Path) -> None:
    """The audit bundle of the same ledger is written and verified, as the page types it."""
    commands = "\n".join(_SHELL.findall((ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")))
    printed = output_of(["sh", "-e", "-c", commands.replace(".venv/bin/moiety", PROGRAM)], documented, tmp_path)

    assert any(line.startswith("verified: ") for line in printed)
    assert any(line.startswith("extends: ") for line in printed)
    assert any(line.startswith("INV-5G-1 since 2024-07-08: ATRC 11/24") for line in printed)
    assert any(line.startswith("INV-SEMI-1 on 2025-04-01") for line in printed)
