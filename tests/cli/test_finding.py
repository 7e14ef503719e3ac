"""A command finds the stack that its directory is of, and what it cannot reach it names in one line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.embedded.home import Home, Ports
from shared.errors import StartupError
from shared.testing import MigratedDatabase, Servers

OTHER = Ports(postgres=18432, nats=18422, agreements=18401, ledger=18402, notifications=18403, relay=18404)


def ran(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is told nothing but these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")}
    command = [sys.executable, "-m", "services.cli.main", *arguments]
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the only line that a failed command says."""
    assert 1 == done.returncode, done.stdout
    [line] = done.stderr.splitlines()
    assert line.startswith("moiety: ")
    return line


# -- where it listens -------------------------------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The directory of a stack that was started on other ports than usual."""
    Home(tmp_path / "home", OTHER).prepare()
    return tmp_path / "home"


def found(directory: Path, **ports: str) -> Ports:
    return Home.existing({"MOIETY_HOME": str(directory), **ports}).ports


def test_the_ports_are_found_in_the_directory(directory: Path) -> None:
    """Whoever looks for a stack need not know how it was started."""
    assert OTHER == found(directory)


def test_the_environment_wins_and_0_is_what_was_taken_then(directory: Path) -> None:
    """A 0 that is still set is no wish for another port than the one the stack has."""
    assert OTHER._replace(nats=9999) == found(directory, MOIETY_NATS_PORT="9999", MOIETY_LEDGER_PORT="0")


def test_the_next_start_decides_anew(directory: Path) -> None:
    """What starts a stack goes by the environment, and what it takes is kept."""
    assert Ports() == Home.load({"MOIETY_HOME": str(directory)}).ports
    Home(directory, Ports()).prepare()

    assert Ports() == found(directory)


def test_one_server_alone_listens_where_it_did(directory: Path) -> None:
    """As for a repair: everybody else is told to look there."""
    named = {"MOIETY_HOME": str(directory), "MOIETY_NATS_PORT": "9999"}
    assert OTHER._replace(nats=9999) == Home.alone(named).ports

    (directory / "ports.json").unlink()
    assert Ports(nats=9999) == Home.alone(named).ports


def test_a_stack_that_kept_no_ports_is_where_it_would_be(directory: Path) -> None:
    """Directories of before are found as they were."""
    (directory / "ports.json").unlink()

    assert Ports() == found(directory)


@pytest.mark.parametrize("content", ["", "[]", '{"nats": "x"}', "\0"])
def test_ports_that_cannot_be_read_are_named(directory: Path, content: str) -> None:
    """Guessing others would find another stack."""
    (directory / "ports.json").write_text(content)

    with pytest.raises(StartupError, match=r"ports\.json does not say where the stack listens"):
        found(directory)


def test_a_stack_that_is_not_running_is_named_in_one_line(directory: Path) -> None:
    """By the place where it was looked for."""
    for command in (["ledger", "fsck"], ["migrate"]):
        assert "18432" in one_line(ran(*command, MOIETY_HOME=str(directory)))


def test_what_the_system_refuses_is_one_line(directory: Path) -> None:
    """A file that is none is for whoever keeps it there to mend."""
    key = directory / "secrets" / "issuer.jwk"
    key.unlink()
    key.mkdir()

    assert str(key) in one_line(ran("token", "--role", "auditor", MOIETY_HOME=str(directory)))


# -- what is missing --------------------------------------------------------------------------------------------------


@pytest.fixture
def fsck(servers: Servers, tmp_path: Path) -> Callable[..., str]:
    """Return what `moiety ledger fsck` complains of on a database."""
    key = tmp_path / "key"
    key.write_text(servers.home.secret_path("ledger-key").read_text())
    settings = {**servers.home.environment("ledger"), "MOIETY_LEDGER_KEY_FILE": str(key)}
    del settings["MOIETY_DATABASE_PASSWORD_FILE"]

    def complains(database: MigratedDatabase, **changed: str) -> str:
        told = {"MOIETY_DATABASE_URL": database.dsn, "MOIETY_DATABASE_PASSWORD": database.password}
        return one_line(ran("ledger", "fsck", **{**settings, **told, **changed}))

    return complains


def test_a_wrong_password_is_said(fsck: Callable[..., str], ledger_database: MigratedDatabase) -> None:
    """With the role whose it should be, and not with what was given."""
    said = fsck(ledger_database, MOIETY_DATABASE_PASSWORD="mistyped-secret")

    assert 'password authentication failed for user "ledger"' in said
    assert "mistyped-secret" not in said


def test_a_database_that_is_not_there_is_said(fsck: Callable[..., str], ledger_database: MigratedDatabase) -> None:
    """By its name."""
    nowhere = ledger_database.dsn.replace(ledger_database.name, "nowhere")

    assert "nowhere" in fsck(ledger_database, MOIETY_DATABASE_URL=nowhere)


def test_anothers_database_is_said(
    fsck: Callable[..., str], ledger_database: MigratedDatabase, log_database: MigratedDatabase, servers: Servers
) -> None:
    """The ledger's role has no business there."""
    foreign = servers.as_role(log_database, "ledger")

    assert "permission denied for database" in fsck(foreign)


def test_missing_tables_are_said_with_the_command_that_makes_them(
    fsck: Callable[..., str], log_database: MigratedDatabase
) -> None:
    """A database that nobody migrated for this service is told apart from a ledger that is damaged."""
    assert "run moiety migrate ledger" in fsck(log_database)
