"""What the documentation says one can paste and run, runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing import Stack
from tests.architecture.source import ROOT

# In this order: the second looks at what the first has done.
EXAMPLES = ("README.md", "docs/ledger.md")
PORTS = {"agreements": 8401, "ledger": 8402, "notifications": 8403}
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PRINTED = re.compile(r"print\(.*\)  # (.*)$", re.MULTILINE)

pytestmark = pytest.mark.stack


def code_of(page: str) -> str:
    return "\n".join(_BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))


def run(code: str, stack: Stack, folder: Path) -> list[str]:
    """Run the code as a person would paste it, with this stack's addresses in place of the usual ones."""
    for service, port in PORTS.items():
        code = code.replace(f"http://127.0.0.1:{port}", stack.url(service))
    code = code.replace(".venv/bin/moiety", str(Path(sys.executable).with_name("moiety")))
    script = folder / "example.py"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "MOIETY_HOME": str(stack.home.directory), "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_the_worked_examples_run(documented: Stack, tmp_path: Path) -> None:
    """The walk-through ends in a proven share, the auditor's example finds the whole ledger signed and in order."""
    for page in EXAMPLES:
        printed = run(code_of(page), documented, tmp_path)
        expected = _PRINTED.findall(code_of(page))

        assert printed
        # A line in a loop is printed more than once; a comment may go on after what is printed.
        assert [] == [line for line in printed if expected and not any(text.startswith(line) for text in expected)]
        assert len(expected) <= len(printed)
