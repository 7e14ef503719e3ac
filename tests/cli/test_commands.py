import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli.main import COMMANDS, program
from shared.embedded.home import AUDIENCE, ISSUER, Home, Ports
from shared.errors import MoietyError
from shared.web.auth import TokenVerifier
from shared.web.claims import Accepted
from shared.web.keys import TrustedKeys


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A stack's directory."""
    made = Home(tmp_path / "home", Ports())
    made.prepare()
    return made


def run(*arguments: str, home: Path) -> str:
    ran = CliRunner().invoke(program, arguments, env={"MOIETY_HOME": str(home)}, catch_exceptions=False)
    assert 0 == ran.exit_code, ran.output
    return ran.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    """--help works for each and says what it does."""
    assert "Usage" in run(command, "--help", home=tmp_path)


async def test_a_token_proves_who_asked_for_it(home: Home) -> None:
    """What `moiety token` prints is believed by the stack's services."""
    token = run("token", "--party", "HUT", "--person", "hut-1", home=home.directory).strip()
    keys = TrustedKeys.at(str(home.directory / "jwks.json"))
    caller = await TokenVerifier(keys, Accepted(ISSUER, frozenset({AUDIENCE}))).caller_of(token)

    assert ("hut-1", "HUT", frozenset({"representative"})) == (caller.subject, caller.party, caller.roles)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "say which with --party"),
        (["--party", "not an id"], "Parties and persons have ids"),
        (["--role", "auditor", "--person", "x" * 65], "Parties and persons have ids"),
        (["--role", "auditor", "--hours", "nan"], "good for a number of hours"),
    ],
)
def test_a_token_that_nobody_would_believe_is_refused(home: Home, arguments: list[str], says: str) -> None:
    """The mistake is named here, not by a service later."""
    with pytest.raises(MoietyError, match=says):
        run("token", *arguments, home=home.directory)


def test_without_a_stack_there_is_no_issuer(tmp_path: Path) -> None:
    """Nothing is made up beside the stack that was meant."""
    with pytest.raises(MoietyError, match="there is no stack"):
        run("token", "--role", "auditor", home=tmp_path / "nowhere")

    assert not (tmp_path / "nowhere").exists()


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    """No traceback for what a person can mend."""
    ran = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "token", "--role", "auditor"],
        env={"MOIETY_HOME": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == ran.returncode
    assert ran.stderr.startswith("moiety: there is no stack")
    assert 1 == len(ran.stderr.splitlines())


def test_secrets_are_made_once_and_for_their_owner_only(home: Home) -> None:
    """Preparing again keeps them, so that what was encrypted or signed with them stays good."""
    before = {path.name: path.read_bytes() for path in (home.directory / "secrets").iterdir()}
    home.prepare()
    after = {path.name: path.read_bytes() for path in (home.directory / "secrets").iterdir()}

    assert {0o600} == {path.stat().st_mode & 0o777 for path in (home.directory / "secrets").iterdir()}
    assert before.keys() == after.keys()
    assert all(before[name] == after[name] for name in before if not name.startswith("token-"))


def test_each_service_is_told_its_own_secrets_only(home: Home) -> None:
    """A service that is taken over gives away no other."""
    told = {name: home.environment(name) for name in home.services}
    for settings in told.values():
        settings.pop("MOIETY_SCENARIO_CLOCK_FILE")  # no secret: every service reads the same time there
    for name, settings in told.items():
        # What fills the parties' streams reads what notifications writes, as the same role.
        apart = {other for other in told if other != name and {name, other} != {"feeds", "notifications"}}
        others = [path for other in apart for path in told[other].values()]
        secrets = [path for path in settings.values() if path.startswith(str(home.directory / "secrets"))]

        assert secrets
        assert not set(secrets).intersection(others)
