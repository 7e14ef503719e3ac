"""One command makes every secret of the composed run that nobody else must give."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.ledger.tree.note import Signer
from shared.nkeys import AccountKey
from tests.deployment.composed import ROOT, composed

ORIGIN = "ledger.example/moiety"
FROM_THE_ISSUER = {"ledger_service_token", "notifications_service_token"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a directory of secrets."""
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def make(directory: Path) -> None:
    subprocess.run([sys.executable, "deploy/make_secrets.py", str(directory), ORIGIN], cwd=ROOT, check=True)


def test_it_makes_every_secret_that_is_mounted(made: Path) -> None:
    """What compose mounts and what the command makes differ by the tokens, which the issuer makes."""
    mounted = {Path(secret["file"]).name for secret in composed()["secrets"].values()}

    assert mounted - FROM_THE_ISSUER == {path.name for path in made.iterdir()}


def test_the_ledger_accepts_its_key(made: Path) -> None:
    """The signing key is one for checkpoints of this origin."""
    assert Signer.parse((made / "ledger_key").read_text()).name == ORIGIN


def test_the_bus_and_its_users_know_the_same_passwords(made: Path) -> None:
    """What the server believes is what each user says."""
    believed = (made / "nats_passwords.conf").read_text()

    for user in ("relay", "ledger", "notifications", "feeds", "gate"):
        assert f'{user}_password: "{(made / f"nats_{user}_password").read_text()}"\n' in believed


def test_a_second_run_changes_nothing(made: Path) -> None:
    """Running it again never replaces a password that a database already has."""
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    make(made)

    assert before == {path.name: path.read_bytes() for path in made.iterdir()}


def test_the_server_believes_the_gates_key(made: Path) -> None:
    """What the server has is the public part of what the gate has."""
    public = AccountKey.parse((made / "gate_key").read_text()).public

    assert f'gate_key: "{public}"\n' in (made / "nats_passwords.conf").read_text()


def test_what_a_release_needs_besides_is_added(made: Path) -> None:
    """Secrets of a release before partners came in by tokens: what is there stays, users of the operator's too."""
    of_before = 'relay_password: "kept"\nledger_password: "kept"\nadmin_password: "kept"'
    believed = made / "nats_passwords.conf"
    believed.unlink()
    believed.write_text(of_before)
    for name in ("gate_key", "nats_gate_password", "nats_feeds_password"):
        (made / name).unlink()
    make(made)

    assert believed.read_text().startswith(f"{of_before}\n")
    assert {"relay", "ledger", "admin", "notifications", "feeds", "gate"} == {
        line.split("_password")[0] for line in believed.read_text().splitlines() if "_password" in line
    }
    assert believed.stat().st_mode & 0o777 == 0o444


def test_a_key_that_the_server_would_not_know_is_refused(made: Path) -> None:
    """Whoever removed the gate's key alone would have a gate that lets nobody in, and looks well."""
    (made / "gate_key").unlink()

    command = [sys.executable, "deploy/make_secrets.py", str(made), ORIGIN]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert 1 == ran.returncode
    assert "has another gate_key than was just made: remove the line there" in ran.stderr


def test_others_on_the_machine_cannot_look_in(made: Path) -> None:
    """Only the directory's owner may enter it; the containers' users get single files mounted."""
    assert made.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in made.iterdir())


def test_no_secret_can_be_committed() -> None:
    """Git ignores the directory."""
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
