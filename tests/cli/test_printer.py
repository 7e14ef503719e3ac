"""What of the processes' lines reaches the terminal, and what only a file."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from honcho.printer import Message

from services.cli.printer import Printer


def said(name: str, line: str) -> Message:
    """A line as the supervisor hands it on."""
    return Message(type="line", data=f"{line}\n".encode(), time=datetime.now(UTC), name=name, colour=None)


def logged(level: str, words: str) -> Message:
    return said("ledger", msgspec.json.encode({"level": level, "action": "acted", "message": words}).decode())


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("DEBUG", ["one", "two", "three"]),
        ("INFO", ["two", "three"]),
        ("WARNING", ["three"]),
        ("ERROR", []),
    ],
)
def test_a_log_line_is_shown_from_its_level_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str, shown: list[str]
) -> None:
    """The file has them all."""
    printer = Printer(tmp_path, raw="welcome", level=level)
    for message in (logged("debug", "one"), logged("info", "two"), logged("warning", "three")):
        printer.write(message)
    printed = capsys.readouterr().out
    kept = (tmp_path / "ledger.log").read_text().splitlines()

    assert shown == [words for words in ("one", "two", "three") if words in printed]
    assert ["one", "two", "three"] == [msgspec.json.decode(line)["message"] for line in kept]


def test_what_is_no_log_is_shown_always(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Why a service cannot start is never hidden, nor is a traceback."""
    printer = Printer(tmp_path, raw="welcome", level="ERROR")
    for line in ("ledger cannot start: no key", '{"not": "ours"}', "17", "Traceback"):
        printer.write(said("ledger", line))
    printed = capsys.readouterr().out.splitlines()

    assert 4 == len(printed) == len((tmp_path / "ledger.log").read_text().splitlines())
    assert all("ledger" in line for line in printed)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is shown all the same: whoever supervises goes on supervising."""
    Printer(tmp_path / "gone", raw="welcome").write(logged("error", "three"))

    assert "three" in capsys.readouterr().out


def test_the_welcome_can_be_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing stands before or behind its lines, and no file has its tokens."""
    Printer(tmp_path, raw="welcome").write(said("welcome", "eyJ..."))

    assert "eyJ...\n" == capsys.readouterr().out
    assert [] == list(tmp_path.iterdir())


def test_the_first_to_stop_is_remembered(tmp_path: Path) -> None:
    """It is why the others had to."""
    printer = Printer(tmp_path, raw="welcome")
    for line in ("ledger stopped (rc=1)", "relay stopped (rc=0)"):
        printer.write(said("system", line))

    assert ("ledger", 1) == printer.first_stopped
