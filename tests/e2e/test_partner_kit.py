"""`moiety partner test` on the examples, which keep every promise, and on one that was broken on purpose."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from shared.embedded.child import free_ports
from tests.architecture.source import ROOT
from tests.e2e.following import PYTHON, in_node

KIT: Final = (str(Path(sys.executable).with_name("moiety")), "partner", "test")
PROMISES: Final = {
    *("beginning", "late backfill", "duplicates", "restart"),
    *("reconnect", "deleted stream", "key rotation", "unknown type"),
}
_SECONDS: Final = 900
_NAME: Final = slice(6, 22)


def tried(*arguments: str, **environment: str) -> tuple[int, set[str], str]:
    """Return the exit code of the kit, which promises it found kept, and all that it said."""
    settings = {**os.environ, **environment}
    command = (*KIT, *arguments)
    ran = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=_SECONDS)
    kept = {line[_NAME].strip() for line in ran.stdout.splitlines() if line.startswith("pass")}
    return ran.returncode, kept, ran.stdout + ran.stderr


@pytest.mark.parametrize("language", ["python", "node"])
def test_the_examples_keep_every_promise(language: str, tmp_path: Path) -> None:
    """Who copies one begins with a program that is right."""
    code, kept, said = tried("--", *(PYTHON if language == "python" else in_node(tmp_path)))

    assert (0, PROMISES) == (code, kept), said


def test_the_receiver_of_webhooks_keeps_every_promise(tmp_path: Path) -> None:
    """Also while the one who sends them is away, and with a key that was exchanged."""
    (port,) = free_ports(1)
    node, partner = in_node(tmp_path)
    receiver = Path(partner).with_name("webhook.mjs")
    code, kept, said = tried("--webhook", f"http://127.0.0.1:{port}/", "--", node, str(receiver), PORT=str(port))

    assert (0, PROMISES) == (code, kept), said


def test_a_broken_program_breaks_the_promises_that_it_breaks(tmp_path: Path) -> None:
    """One that takes what comes again once more, and ends at a type that it does not know: these two, and by name."""
    example = ROOT / "examples" / "partner-python"
    right = (example / "partner.py").read_text(encoding="utf-8")
    again = '        if number <= last:\n            print(json.dumps({"number": number}), flush=True)\n'
    broken = right.replace("        if number <= last:\n", again)
    read = "        event = json.loads(body)\n"
    broken = broken.replace(read, f'{read}        assert "NeverHeardOf" not in event["type"]\n')
    (tmp_path / "partner.py").write_text(broken, encoding="utf-8")
    (tmp_path / "evidence.py").write_bytes((example / "evidence.py").read_bytes())

    code, kept, said = tried("--patience", "45", "--", sys.executable, str(tmp_path / "partner.py"))

    assert 1 == code, said
    assert {"beginning", "late backfill"} <= kept, said
    assert not {"duplicates", "unknown type"} & kept, said
