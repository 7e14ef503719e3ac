"""A position that no log can have is the caller's mistake, for every command that takes one."""

import pytest
from click.testing import CliRunner

from services.cli.log import continue_after
from services.ledger.cli import verify
from services.notifications.cli import go_back

COMMANDS = {
    "continue-after": (continue_after, ["--because", "x", "--"]),
    "go-back": (go_back, ["--"]),
    "verify": (verify, [__file__, "--asset", "A", "--known"]),
}


@pytest.mark.parametrize("position", ["-1", str(2**63), str(2**64), "9" * 5000, "007", "+7", "7_0", "7.0", "\u0667"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_position_that_no_log_has_or_is_written_otherwise_is_the_callers_mistake(name: str, position: str):
    """It is said before anything is reached."""
    command, arguments = COMMANDS[name]
    ran = CliRunner().invoke(command, [*arguments, position])

    assert 2 == ran.exit_code
    assert position[:20] in "".join(ran.output.split())


@pytest.mark.parametrize(
    "day", ["2024-8-15", "20240815", "2024-W33-4", "2024-02-30", "15.08.2024", " 2024-08-15", "\uff12024-08-15"]
)
def test_a_day_is_written_as_over_http(day: str):
    """In one spelling, and one that there is."""
    ran = CliRunner().invoke(verify, [__file__, "--asset", "A", "--effective", day])

    assert 2 == ran.exit_code
    assert "Invalid value for '--effective'" in ran.output
