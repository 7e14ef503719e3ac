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


# What is changed in a right program, and which promises that breaks.
AGAIN: Final = (
    (
        "        if number <= last:\n",
        '        if number <= last:\n            print(json.dumps({"number": number}), flush=True)\n',
    ),
)
STALE_AND_NARROW: Final = (
    ("def token():\n", "@functools.cache\ndef token():\n"),
    ("import json\n", "import functools\nimport json\n"),
    (
        "        event = json.loads(body)\n",
        '        event = json.loads(body)\n        assert "NeverHeardOf" not in event["type"]\n',
    ),
)


def broken(folder: Path, *changes: tuple[str, str]) -> tuple[str, str]:
    """Return the command of an example that was broken on purpose."""
    example = ROOT / "examples" / "partner-python"
    program = (example / "partner.py").read_text(encoding="utf-8")
    for right, wrong in changes:
        assert right in program
        program = program.replace(right, wrong)
    (folder / "partner.py").write_text(program, encoding="utf-8")
    (folder / "evidence.py").write_bytes((example / "evidence.py").read_bytes())
    return sys.executable, str(folder / "partner.py")


def test_a_program_that_keeps_its_token_and_knows_all_types_breaks_two_promises(tmp_path: Path) -> None:
    """Those two, by name, and no other: it read its token once, and ends at what it does not know."""
    code, kept, said = tried("--patience", "45", "--", *broken(tmp_path, *STALE_AND_NARROW))

    assert (1, PROMISES - {"key rotation", "unknown type"}) == (code, kept), said


def test_a_program_that_takes_an_event_twice_is_found_out(tmp_path: Path) -> None:
    """Whenever something comes again."""
    code, kept, said = tried("--patience", "45", "--", *broken(tmp_path, *AGAIN))

    assert 1 == code, said
    assert "duplicates" not in kept
    assert "was taken again" in said
