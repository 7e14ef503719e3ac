"""A partner's program as it is run: told where everything is by its environment, heard by the lines that it prints."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from shared.embedded.child import spawn, stop

if TYPE_CHECKING:
    from shared.embedded.home import Home

_LAST_WORDS: Final = 2_000


class Program:
    """One party's program, which can be killed and started again; it keeps what it likes in a folder of its own."""

    def __init__(self, home: "Home", party: str, command: Sequence[str], folder: Path, *, bus: bool = True) -> None:
        self.party = party
        self._home = home
        self._command = command
        self._folder = folder
        self._bus = bus
        self._child: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._said = folder / "said"
        self._complaints = folder / "complaints"
        self._webhook_key = folder / "webhook-key"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._child is not None:
            stop(self._child)

    @property
    def database(self) -> Path:
        """Where the examples keep what they took."""
        return self._folder / "partner.sqlite"

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it, with a fresh token."""
        self.renew_token()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")}
        with self._said.open("ab") as said, self._complaints.open("ab") as complaints:
            self._child = spawn(
                self._command, environment={**environment, **self.settings()}, output=said, errors=complaints
            )

    def kill(self) -> None:
        """Kill -9 it, as a crash would."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def renew_token(self, lifetime_seconds: float = 3600) -> None:
        """Exchange its token."""
        _keep(self._folder / "token", self.token(lifetime_seconds))

    def give_webhook_key(self, verified_with: str) -> None:
        """Tell it what verifies the signatures of what is pushed to it."""
        _keep(self._webhook_key, verified_with)

    def token(self, lifetime_seconds: float = 3600) -> str:
        """Return a token of the party's system."""
        system = f"{self.party}-system"
        return self._home.issuer.mint(system, party=self.party, roles=["partner"], lifetime_seconds=lifetime_seconds)

    def taken(self) -> Sequence[Mapping[str, Any]]:
        """Return the events that it says it took; raises ValueError for a line that is none."""
        whole, _, _begun = self._said.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def last_words(self) -> str:
        """Return what it last wrote to its standard error."""
        return self._complaints.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip()

    def settings(self) -> dict[str, str]:
        """Return what its environment tells it."""
        from services.ledger.tree.note import Signer

        key = Signer.parse(self._home.secret_path("ledger-key").read_text(encoding="utf-8"))
        return {
            "MOIETY_PARTY": self.party,
            "MOIETY_TOKEN_FILE": str(self._folder / "token"),
            "MOIETY_NOTIFICATIONS_URL": self._home.url("notifications"),
            "MOIETY_LEDGER_URL": self._home.url("ledger"),
            "MOIETY_AGREEMENTS_URL": self._home.url("agreements"),
            "MOIETY_LEDGER_VKEY": str(key.verifier),
            "PARTNER_DATABASE": str(self.database),
            "MOIETY_WEBHOOK_KEY_FILE": str(self._webhook_key),
            **({"MOIETY_NATS_URL": self._home.nats.url} if self._bus else {}),
        }


def _keep(path: Path, secret: str) -> None:
    """Write a secret, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_text(secret, encoding="utf-8")
    beside.replace(path)
