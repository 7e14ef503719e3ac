"""`deploy/nats.conf` as whoever lets partners in leaves it, and a server that runs on it."""

import re
from pathlib import Path

from shared.embedded.nats import USERS, EmbeddedNats
from shared.nkeys import AccountKey
from tests.deployment.composed import ROOT

CONFIGURATION = ROOT / "deploy" / "nats.conf"
PROCESSES = ("relay", "ledger", "notifications", "feeds", "gate")
# Shipped as comments, for whoever lets partners in.
FOR_PARTNERS = ("admin", "partner")
# Only for looking around on one's own machine; in production nobody needs it.
EMBEDDED_ONLY = {"observer"}


def with_partners() -> str:
    """Return the configuration as whoever lets partners in leaves it."""
    return re.sub(r"^( *)#\| ", r"\1", CONFIGURATION.read_text(encoding="utf-8"), flags=re.MULTILINE)


def passwords(*users: str, gate_key: str | None = None) -> str:
    """Return what stands beside the configuration: the users' passwords, and the public part of the gate's key."""
    defined = "".join(f'{user}_password: "{user}-secret"\n' for user in users)
    return f'{defined}gate_key: "{gate_key or AccountKey.generate().public}"\n'


class DeployedNats(EmbeddedNats):
    """A server on the production configuration, of which only the addresses and the directory are this machine's."""

    def __init__(self, directory: Path, *, gate_key: str | None = None) -> None:
        self._public = gate_key
        known = (*PROCESSES, *FOR_PARTNERS)
        super().__init__(
            directory,
            passwords={user: f"{user}-secret" for user in known},
            users={user: USERS[user] for user in known},
        )

    def _configure(self) -> Path:
        text = with_partners()
        for theirs, ours in (
            ('listen: "0.0.0.0:4222"', f'listen: "127.0.0.1:{self.port}"'),
            ('http: "127.0.0.1:8222"', ""),
            ('store_dir: "/data"', f'store_dir: "{self.store}"'),
        ):
            assert text.count(theirs) == 1
            text = text.replace(theirs, ours)
        path = self._directory / "nats.conf"
        path.write_text(text, encoding="utf-8")
        path.with_name("passwords.conf").write_text(passwords(*self.passwords, gate_key=self._public), encoding="utf-8")
        return path
