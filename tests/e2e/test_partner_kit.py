"""`moiety partner test` on the examples, which keep every promise, and on one that was broken on purpose.

Each takes two minutes; `make test` tries one program that is right and one that is not, `make test-long` all.
"""

import os
import subprocess
import sys
from collections.abc import Callable
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
LONG: Final = "MOIETY_TEST_LONG" in os.environ
_SECONDS: Final = 900
_NAME: Final = slice(6, 22)


def tried(*arguments: str) -> tuple[int, set[str], str]:
    """Return the exit code of the kit, which promises it found kept, and all that it said."""
    command = (*KIT, *arguments)
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    kept = {line[_NAME].strip() for line in ran.stdout.splitlines() if line.startswith("pass")}
    return ran.returncode, kept, ran.stdout + ran.stderr


def in_python(_folder: Path) -> list[str]:
    return ["--", *PYTHON]


def in_javascript(folder: Path) -> list[str]:
    return ["--", *in_node(folder)]


def by_webhook(folder: Path) -> list[str]:
    (port,) = free_ports(1)
    node, partner = in_node(folder)
    receiver = Path(partner).with_name("webhook.mjs")
    return ["--webhook", f"http://127.0.0.1:{port}/", "--", "env", f"PORT={port}", node, str(receiver)]


def by_webhooks_in_any_order(folder: Path) -> list[str]:
    return ["--unordered", *by_webhook(folder)]


@pytest.mark.long
@pytest.mark.parametrize(
    "program", [in_python, in_javascript, by_webhook, by_webhooks_in_any_order] if LONG else [in_python]
)
def test_the_examples_keep_every_promise(program: Callable[[Path], list[str]], tmp_path: Path) -> None:
    """Who copies one begins with a program that is right, also a receiver of webhooks whose sender is away at times."""
    code, kept, said = tried(*program(tmp_path))

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


# Those that a broken program breaks, as is said of each, and no other.
BROKEN: Final = {
    "one that read its token once, and ends at what it does not know": (
        STALE_AND_NARROW,
        {"key rotation", "unknown type"},
    ),
    "one that takes again what comes again": (AGAIN, {"duplicates"}),
}


@pytest.mark.long
@pytest.mark.parametrize("which", list(BROKEN) if LONG else list(BROKEN)[-1:])
def test_what_a_program_breaks_is_found_out(which: str, tmp_path: Path) -> None:
    """By name."""
    changes, promises = BROKEN[which]
    code, kept, said = tried("--patience", "90", "--", *broken(tmp_path, *changes))

    assert 1 == code, said
    assert not promises & kept, said
    assert changes != STALE_AND_NARROW or kept == PROMISES - promises, said
