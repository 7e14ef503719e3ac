"""`moiety embedded`: the processes around the packaged servers."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

import rich_click as click

if TYPE_CHECKING:
    from shared.embedded.nats import EmbeddedNats
    from shared.embedded.postgres import EmbeddedPostgres

# Longer than a service takes to give up its last requests, shorter than the supervisor's own patience with us.
_PATIENCE_SECONDS: Final = 4.0


@click.group()
def embedded() -> None:
    """Run a server of a local stack in the foreground, with its data in MOIETY_HOME."""


@embedded.command()
def postgres() -> None:
    """Run PostgreSQL with the roles, databases and migrations of every service."""
    from services.cli.migrations import SERVICES, migrate_embedded
    from shared.embedded.bootstrap import create_databases, create_roles
    from shared.embedded.home import Home

    home = Home.alone()
    home.prepare()
    with _stopped_by_signals(home.postgres, home.directory):
        create_roles(home.postgres, lambda role: home.secret(f"database-{role}"))
        create_databases(home.postgres)
        for service in SERVICES:
            migrate_embedded(home, service)
        _wait(home.postgres, "PostgreSQL")


@embedded.command()
def nats() -> None:
    """Run nats-server with a user for every service."""
    from shared.embedded.home import Home

    home = Home.alone()
    home.prepare()
    with _stopped_by_signals(home.nats, home.directory):
        _wait(home.nats, "nats-server")


@embedded.command()
def remove() -> None:
    """Remove the stack's directory and what it keeps elsewhere on this machine."""
    from shared.embedded.home import Home

    Home.load().remove()


class _stopped_by_signals:  # noqa: N801 - reads as the context it is
    """Starts a server, and stops it when this process is told to stop, which then ends with exit code 0.

    The services are told to stop at the same moment: the server outlives them, up to a bound.
    """

    def __init__(self, server: "EmbeddedPostgres | EmbeddedNats", home: Path) -> None:
        self._server = server
        self._home = home

    def __enter__(self) -> None:
        from shared.embedded.child import follow_launcher

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._leave)
        follow_launcher()
        self._server.start()

    def __exit__(self, *_error: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave the server behind
        self._server.stop()

    def _leave(self, _number: int, _frame: FrameType | None) -> NoReturn:
        from shared.embedded.departure import await_unused

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        await_unused(self._home, _PATIENCE_SECONDS)
        sys.exit(0)


def _wait(server: "EmbeddedPostgres | EmbeddedNats", name: str) -> NoReturn:
    click.echo(f"{name} listens on port {server.port}")
    code = server.wait()
    click.echo(f"{name} ended with code {code}", err=True)
    sys.exit(1)
