"""Real servers, a whole stack, tokens and patience for the tests and the demo."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpx

from shared.database import Database
from shared.embedded.bootstrap import create_database, create_databases, create_roles, drop_database
from shared.embedded.child import spawn, stop
from shared.embedded.home import DATABASES, Home, Ports
from shared.embedded.nats import EmbeddedNats
from shared.embedded.postgres import EmbeddedPostgres
from shared.errors import MoietyError, Unavailable
from shared.migrate import folder_of, migrate

PROCESSES: Final = {
    "agreements": "services.agreements",
    "relay": "services.agreements.relay",
    "ledger": "services.ledger",
    "notifications": "services.notifications",
    "feeds": "services.notifications.streams",
    "gate": "services.notifications.gate",
}
_SERVING: Final = tuple(PROCESSES)
_START_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02


class NotInTime(MoietyError):
    """What was waited for did not happen."""


async def wait_until(
    condition: Callable[[], bool | Awaitable[bool]], deadline_seconds: float, describe: Callable[[], str] | str
) -> None:
    """Wait until the condition holds; raises NotInTime, saying what was described at that moment."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        holds = condition()
        if isinstance(holds, Awaitable):
            holds = await holds
        if holds:
            return
        _check_deadline(deadline, deadline_seconds, describe)
        await asyncio.sleep(_POLL_SECONDS)


def block_until(condition: Callable[[], bool], deadline_seconds: float, describe: Callable[[], str] | str) -> None:
    """Do the same where there is no event loop."""
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        _check_deadline(deadline, deadline_seconds, describe)
        time.sleep(_POLL_SECONDS)


def _check_deadline(deadline: float, deadline_seconds: float, describe: Callable[[], str] | str) -> None:
    if time.monotonic() > deadline:
        message = f"not within {deadline_seconds:g} s: {describe if isinstance(describe, str) else describe()}"
        raise NotInTime(message)


class MigratedDatabase(NamedTuple):
    """One database as three roles see it: the service, the owner who migrates, and the administrator."""

    name: str
    dsn: str
    password: str
    owner_dsn: str
    owner_password: str
    admin_dsn: str
    admin_password: str

    def reached(self, unavailable: type[Unavailable]) -> Database:
        """Return it as its service reaches it."""
        return Database(self.dsn, self.password, unavailable)

    def reached_by_owner(self, unavailable: type[Unavailable]) -> Database:
        """Return it as its owner reaches it, who may do what the service may not."""
        return Database(self.owner_dsn, self.owner_password, unavailable)


class Servers:
    """PostgreSQL and NATS for a whole test session, and a fresh copy of a migrated database for every test."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._numbers = count(1)
        self._templates: set[str] = set()

    @property
    def nats(self) -> EmbeddedNats:
        return self.home.nats

    def create(self, service: str) -> MigratedDatabase:
        """Return a new database of the service's, migrated and otherwise empty."""
        template = f"{service}_template"
        if template not in self._templates:
            self._migrated(template, service)
        name = f"{service}_{next(self._numbers)}"
        create_database(self.home.postgres, name, like=service, template=template)
        return self._database(name, service)

    def drop(self, database: MigratedDatabase) -> None:
        drop_database(self.home.postgres, database.name)

    def as_role(self, database: MigratedDatabase, role: str) -> MigratedDatabase:
        """Return the database as another role sees it, say `relay`."""
        dsn = self.home.postgres.dsn(database.name, role)
        return database._replace(dsn=dsn, password=self.home.secret(f"database-{role}"))

    def empty_nats(self) -> None:
        """Give the server an empty store."""
        self.nats.stop()
        self.nats.lose_store()
        self.nats.start()

    def _migrated(self, name: str, service: str) -> None:
        create_database(self.home.postgres, name, like=service)
        database = self._database(name, service)
        migrate(database.owner_dsn, database.owner_password, folder_of(service))
        self._templates.add(name)

    def _database(self, name: str, service: str) -> MigratedDatabase:
        postgres, secret = self.home.postgres, self.home.secret
        return MigratedDatabase(
            name=name,
            dsn=postgres.dsn(name, service),
            password=secret(f"database-{service}"),
            owner_dsn=postgres.dsn(name, f"{service}_owner"),
            owner_password=secret(f"database-{service}_owner"),
            admin_dsn=postgres.dsn(name),
            admin_password=postgres.password,
        )


@contextlib.contextmanager
def temporary_home() -> Iterator[Home]:
    """Give a stack's directory on free ports, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="moiety-") as directory:
        Path(directory).chmod(0o711)  # ours; as root, PostgreSQL's account passes through it
        home = Home(Path(directory) / "home", Ports.free())
        home.prepare()
        try:
            yield home
        finally:
            home.remove()


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Start the two servers in a temporary home and stop them afterwards."""
    with temporary_home() as home, _postgres(home):
        home.nats.start()
        try:
            yield Servers(home)
        finally:
            home.nats.stop()


@contextlib.contextmanager
def _postgres(home: Home) -> Iterator[None]:
    home.postgres.start()
    try:
        create_roles(home.postgres, lambda role: home.secret(f"database-{role}"))
        yield
    finally:
        home.postgres.stop()


class Stack:
    """The whole system as real processes on free ports, each of which can be killed and started again by name.

    The names are agreements, relay, ledger, notifications, feeds, gate, nats and postgres. `settings` are told to each
    besides its own.
    """

    def __init__(self, home: Home, *, log_level: str = "INFO", settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self._settings = {"MOIETY_LOG_LEVEL": log_level, **(settings or {})}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything; returns when every service is ready."""
        self.home.nats.start()
        self.home.postgres.start()
        create_roles(self.home.postgres, lambda role: self.home.secret(f"database-{role}"))
        create_databases(self.home.postgres)
        for service in DATABASES:
            owner = f"{service}_owner"
            dsn = self.home.postgres.dsn(service, owner)
            migrate(dsn, self.home.secret(f"database-{owner}"), folder_of(service))
        for name in PROCESSES:
            self.start_process(name)
        self.wait_ready()

    def stop(self) -> None:
        for name in reversed(PROCESSES):
            if (child := self._children.pop(name, None)) is not None:
                stop(child)
        self.home.nats.stop()
        self.home.postgres.stop()

    def start_process(self, name: str) -> None:
        """Start one process; it may still be getting ready when this returns."""
        if name in {"nats", "postgres"}:
            self._server(name).start()
            return
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MOIETY_")},
            **self.home.environment(name),
            **self._settings,
        }
        with self.log_path(name).open("ab") as output:
            command = [sys.executable, "-m", PROCESSES[name]]
            self._children[name] = spawn(command, environment=environment, output=output)

    def kill(self, name: str) -> None:
        """Kill -9 one process, and with postgres all it has started."""
        if name in {"nats", "postgres"}:
            self._server(name).kill()
            return
        child = self._children.pop(name)
        child.kill()
        child.wait()

    def restart(self, name: str) -> None:
        """Kill -9 one process and start it again."""
        self.kill(name)
        self.start_process(name)

    def pid(self, name: str) -> int:
        return self._server(name).pid if name in {"nats", "postgres"} else self._children[name].pid

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """Return a process of ours, not a server's."""
        return self._children[name]

    def url(self, service: str) -> str:
        return self.home.url(service)

    def token(self, role: str, *, party: str | None = None, person: str = "tester") -> str:
        """Return a token of the local issuer's for a role."""
        return self.home.issuer.mint(person, party=party, roles=[role])

    def wait_ready(self, deadline_seconds: float = _START_SECONDS) -> None:
        """Wait until every service says that it is ready; raises NotInTime with the last lines of those that do not."""
        block_until(lambda: not self._unready(), deadline_seconds, lambda: "\n".join(map(self._tail, PROCESSES)))

    def said(self, action: str) -> list[str]:
        """Return the lines that its processes have logged under an action."""
        logs = (self.log_path(name) for name in PROCESSES)
        lines = (line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines())
        return [line for line in lines if f'"action":"{action}"' in line]

    def log_path(self, name: str) -> Path:
        return self.home.directory / "log" / f"{name}.log"

    def _server(self, name: str) -> EmbeddedNats | EmbeddedPostgres:
        return self.home.nats if name == "nats" else self.home.postgres

    def _unready(self) -> list[str]:
        ended = [name for name, child in self._children.items() if child.poll() is not None]
        if ended:
            message = f"{ended[0]} ended: {self._tail(ended[0])}"
            raise NotInTime(message)
        return [name for name in _SERVING if not is_ready(self.url(name))]

    def _tail(self, name: str) -> str:
        lines = self.log_path(name).read_text(errors="replace").splitlines() if self.log_path(name).exists() else []
        return f"{name}: " + " / ".join(lines[-3:])


def is_ready(url: str) -> bool:
    """Tell whether the service at the address says that it can serve."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health/ready", timeout=2, trust_env=False).status_code == httpx.codes.OK
    return False
