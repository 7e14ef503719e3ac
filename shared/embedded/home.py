"""One stack's directory: its secrets, keys and tokens, its servers, and what each of its processes is told."""

import os
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.embedded import place
from shared.embedded.child import free_ports
from shared.embedded.nats import USERS, EmbeddedNats
from shared.embedded.postgres import EmbeddedPostgres
from shared.errors import StartupError
from shared.nkeys import AccountKey
from shared.web.issuer import LocalIssuer

DATABASE_OF: Final = {
    "agreements": "agreements",
    "relay": "agreements",
    "ledger": "ledger",
    "notifications": "notifications",
}
# As which role each process that has a database goes there: what fills the parties' streams reads what notifications
# writes, and answers nobody.
_ROLE_OF: Final = {**{role: role for role in DATABASE_OF}, "feeds": "notifications"}
DATABASES: Final = ("agreements", "ledger", "notifications")
ISSUER: Final = "urn:moiety:local-issuer"
AUDIENCE: Final = "moiety"
LEDGER_ORIGIN: Final = "moiety.local/ledger"
_TOKEN_LIFETIME_SECONDS: Final = 400 * 24 * 3600
# What the services' own tokens let them do: notifications proves of what it has given notice.
_TOKENS: Final = {"ledger": ("service",), "notifications": ("service", "notifier")}
_PORTS: Final = "ports.json"
_ISSUER_KEY: Final = "issuer.jwk"
_GATE_KEY: Final = "gate-key"
_ED25519_NOTE_KEY: Final = b"\x01"


class Ports(NamedTuple):
    """Where everything of one stack listens, on the loopback interface."""

    postgres: int = 8432
    nats: int = 8422
    agreements: int = 8401
    ledger: int = 8402
    notifications: int = 8403
    relay: int = 8404
    feeds: int = 8405
    gate: int = 8406
    agreements_metrics: int = 8411
    ledger_metrics: int = 8412
    notifications_metrics: int = 8413

    @classmethod
    def free(cls) -> Self:
        """Return ports that nobody uses."""
        return cls(*free_ports(len(cls._fields)))

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the ports that MOIETY_POSTGRES_PORT, MOIETY_NATS_PORT and so on name; 0 takes a free one."""
        given = _given_ports(environment)
        free = dict(zip(given, free_ports(len(given)), strict=True))
        return cls(**{name: port or free[name] for name, port in given.items()})

    @classmethod
    def chosen(cls, directory: Path, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the ports of a stack that exists: those kept in its directory, unless the environment names others.

        A 0 there took a free one once, which is in the directory.
        """
        file = directory / _PORTS
        try:
            kept = msgspec.json.decode(file.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            kept = {}  # made by a release that did not keep them
        except (OSError, ValueError) as error:
            message = f"{file} does not say where the stack listens; moiety run writes it anew"
            raise StartupError(message) from error
        given = {name: port for name, port in _given_ports(environment).items() if port}
        return cls(**{name: port for name, port in {**kept, **given}.items() if name in cls._fields})

    def keep(self, directory: Path) -> None:
        """Write the ports where `chosen` finds them."""
        beside = directory / f".{_PORTS}.{os.getpid()}"
        beside.write_bytes(msgspec.json.encode(self._asdict()))
        beside.replace(directory / _PORTS)

    def variables(self) -> dict[str, str]:
        """Return what makes `load` return the same ports in a child process."""
        return {f"MOIETY_{name.upper()}_PORT": str(port) for name, port in self._asdict().items()}


class Home:
    """Everything that one stack on one machine keeps, below one directory."""

    def __init__(self, directory: Path, ports: Ports) -> None:
        self.directory = directory.absolute()
        self.ports = ports

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the home that MOIETY_HOME names, or `.moiety` here, for a stack to be started in it."""
        return cls(_directory(environment), Ports.load(environment))

    @classmethod
    def alone(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the same for one server of it to be started, which listens where it did before."""
        directory = _directory(environment)
        if not (directory / _PORTS).exists():
            return cls.load(environment)
        return cls(directory, Ports.chosen(directory, environment))

    @classmethod
    def existing(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the same of a stack that was started before; raises StartupError when there is none."""
        directory = _directory(environment)
        home = cls(directory, Ports.chosen(directory, environment))
        if not home.secret_path(_ISSUER_KEY).exists():
            message = f"there is no stack in {home.directory}: start one with moiety run, or set MOIETY_HOME"
            raise StartupError(message)
        return home

    def prepare(self) -> None:
        """Create directories, secrets, keys and tokens that are missing; what exists stays."""
        place.passable(self.directory)
        for name in ("secrets", "log"):
            place.owned(self.directory / name, None)
        for role in ("postgres", *roles()):
            self.secret(f"database-{role}")
        for user in USERS:
            self.secret(f"nats-{user}")
        self._keep("ledger-key", note_signing_key(LEDGER_ORIGIN))
        self._keep("people-key", people_key())
        self._gate_key()
        self.issuer.write_jwks(self.directory / "jwks.json")
        for service, roles_of in _TOKENS.items():
            token = self.issuer.mint(service, roles=roles_of, lifetime_seconds=_TOKEN_LIFETIME_SECONDS)
            self.secret_path(f"token-{service}").unlink(missing_ok=True)
            self._keep(f"token-{service}", token)
        self.ports.keep(self.directory)

    @cached_property
    def issuer(self) -> LocalIssuer:
        """The local issuer, whose tokens this stack's services believe."""
        return LocalIssuer.with_key_file(self.secret_path(_ISSUER_KEY), issuer=ISSUER, audience=AUDIENCE)

    def rotate_issuer(self) -> None:
        """Have the issuer sign with another key, and give the services its tokens; started anew, they believe it."""
        self.secret_path(_ISSUER_KEY).unlink()
        self.__dict__.pop("issuer", None)
        self.prepare()

    @cached_property
    def postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(
            self.directory / "postgres",
            password=self.secret("database-postgres"),
            port=self.ports.postgres,
            log=self.directory / "log" / "postgres.log",
        )

    @cached_property
    def nats(self) -> EmbeddedNats:
        return EmbeddedNats(
            self.directory / "nats",
            passwords={user: self.secret(f"nats-{user}") for user in USERS},
            gate_key=self._gate_key().public,
            port=self.ports.nats,
            log=self.directory / "log" / "nats.log",
        )

    @property
    def services(self) -> Iterable[str]:
        """The names of the processes that `environment` has settings for."""
        return [*_ROLE_OF, "gate"]

    @property
    def scenario_clock_file(self) -> Path:
        """Where the time stands while a scenario is played."""
        return self.directory / "scenario-clock"

    @property
    def docs_tokens_file(self) -> Path:
        """What the page of the documents offers whoever reads it on this machine: tokens, which `moiety run` renews."""
        return self.directory / "docs-tokens.json"

    def secret_path(self, name: str) -> Path:
        return self.directory / "secrets" / name

    def secret(self, name: str) -> str:
        """Return the named secret, which is made up the first time."""
        return self._keep(name, secrets.token_urlsafe(24))

    def url(self, service: str) -> str:
        """Return where the service's HTTP API is."""
        return f"http://127.0.0.1:{self.ports._asdict()[service]}"

    def metrics_url(self, service: str) -> str:
        """Return where the service's metrics are: at a port of their own where it has other callers."""
        return f"http://127.0.0.1:{self._metrics_port(service) or self.ports._asdict()[service]}/metrics"

    def environment(self, service: str) -> dict[str, str]:
        """Return the settings of one service; it learns no secret but its own."""
        return {
            **(self._database(_ROLE_OF[service]) if service in _ROLE_OF else {}),
            "MOIETY_HTTP_PORT": str(self.ports._asdict()[service]),
            **({"MOIETY_METRICS_PORT": str(port)} if (port := self._metrics_port(service)) else {}),
            "MOIETY_ISSUER": ISSUER,
            "MOIETY_AUDIENCE": AUDIENCE,
            "MOIETY_JWKS": str(self.directory / "jwks.json"),
            "MOIETY_ENVIRONMENT": "development",
            "MOIETY_SCENARIO_CLOCK_FILE": str(self.scenario_clock_file),
            "MOIETY_DOCS_TOKENS_FILE": str(self.docs_tokens_file),
            **(self._bus(service) if service in USERS else {}),
            **(self._feed(service) if service in {"ledger", "notifications"} else {}),
            **({"MOIETY_LEDGER_URL": self.url("ledger")} if service == "notifications" else {}),
            **(self._signing() if service == "ledger" else {}),
            **(self._people() if service == "agreements" else {}),
            **({"MOIETY_GATE_KEY_FILE": str(self.secret_path(_GATE_KEY))} if service == "gate" else {}),
        }

    def as_owner(self, database: str) -> dict[str, str]:
        """Return what in a service's settings is another when its database's owner uses them."""
        return self._database(f"{database}_owner", database)

    def remove(self) -> None:
        """Remove everything, also what had to live elsewhere."""
        place.remove(self.directory / "postgres")
        place.remove(self.directory)

    def _database(self, role: str, database: str | None = None) -> dict[str, str]:
        return {
            "MOIETY_DATABASE_URL": self.postgres.dsn(database or DATABASE_OF[role], role),
            "MOIETY_DATABASE_PASSWORD_FILE": str(self.secret_path(f"database-{role}")),
        }

    def _gate_key(self) -> AccountKey:
        return AccountKey.parse(self._keep(_GATE_KEY, AccountKey.generate().seed))

    def _metrics_port(self, service: str) -> int | None:
        return self.ports._asdict().get(f"{service}_metrics")

    def _bus(self, service: str) -> dict[str, str]:
        return {
            "MOIETY_NATS_URL": f"nats://127.0.0.1:{self.ports.nats}",
            "MOIETY_NATS_USER": service,
            "MOIETY_NATS_PASSWORD_FILE": str(self.secret_path(f"nats-{service}")),
        }

    def _feed(self, service: str) -> dict[str, str]:
        return {
            "MOIETY_AGREEMENTS_URL": self.url("agreements"),
            "MOIETY_SERVICE_TOKEN_FILE": str(self.secret_path(f"token-{service}")),
        }

    def _signing(self) -> dict[str, str]:
        # The name in the key: after a continuation it is that of the next epoch's.
        key = self._keep("ledger-key", note_signing_key(LEDGER_ORIGIN))
        return {
            "MOIETY_LEDGER_ORIGIN": key.split("+")[2],
            "MOIETY_LEDGER_KEY_FILE": str(self.secret_path("ledger-key")),
            "MOIETY_LEDGER_SIGNED_FILE": str(self.directory / "ledger-signed"),
        }

    def _people(self) -> dict[str, str]:
        previous = self.secret_path("people-previous-keys")
        return {
            "MOIETY_PEOPLE_KEY_FILE": str(self.secret_path("people-key")),
            **({"MOIETY_PEOPLE_PREVIOUS_KEYS_FILE": str(previous)} if previous.exists() else {}),
        }

    def _keep(self, name: str, new: str) -> str:
        """Return the file's content, writing `new` first if there is no file: whoever comes first decides."""
        path = self.secret_path(name)
        if not path.exists():
            beside = path.with_name(f".{name}.{os.getpid()}")
            beside.touch(mode=0o600)
            beside.write_text(new, encoding="utf-8")
            try:
                os.link(beside, path)
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        return path.read_text(encoding="utf-8")


def _directory(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("MOIETY_HOME") or ".moiety")


def _given_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Return the ports that the environment names, 0 where any will do."""
    given = {}
    for name in Ports._fields:
        variable = f"MOIETY_{name.upper()}_PORT"
        text = environment.get(variable)
        if not text:
            continue
        if not text.isdecimal() or not int(text) < 1 << 16:
            message = f"{variable} must be a port, or 0 for a free one"
            raise StartupError(message)
        given[name] = int(text)
    return given


def roles() -> list[str]:
    """Return the database roles: an owner and a service for each database, and the relay."""
    return [*(f"{database}_owner" for database in DATABASES), *DATABASE_OF]


def people_key() -> str:
    """Return a new key that wraps the keys of personal data: 32 random bytes in base64."""
    return b64encode(secrets.token_bytes(32)).decode()


def note_signing_key(name: str) -> str:
    """Return a new Ed25519 key in the text form of signed notes, `PRIVATE+KEY+<name>+<key id>+<seed>`."""
    key = Ed25519PrivateKey.generate()
    public = _ED25519_NOTE_KEY + key.public_key().public_bytes_raw()
    key_id = sha256(name.encode() + b"\n" + public).digest()[:4].hex()
    return f"PRIVATE+KEY+{name}+{key_id}+{b64encode(_ED25519_NOTE_KEY + key.private_bytes_raw()).decode()}"
