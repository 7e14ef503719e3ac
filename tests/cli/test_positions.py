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


@pytest.mark.parametrize("position", ["-1", str(2**63), str(2**64), "9" * 5000])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_position_that_no_log_has_is_the_callers_mistake(name: str, position: str):
    """It is said before anything is reached."""
    command, arguments = COMMANDS[name]
    ran = CliRunner().invoke(command, [*arguments, position])

    assert 2 == ran.exit_code
    assert position[:20] in "".join(ran.output.split())
