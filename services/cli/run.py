"""`moiety run`: everything on this machine, supervised by honcho, until Ctrl-C."""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import rich_click as click

from shared.errors import MoietyError, StartupError

if TYPE_CHECKING:
    from honcho.manager import Manager

    from services.cli.printer import Printer
    from shared.embedded.home import Home

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
PROCFILE: Final = Path(__file__).resolve().parents[2] / "Procfile"
WELCOME: Final = "welcome"
FIRST_START: Final = (
    "The first start sets up PostgreSQL and NATS and plays the sample story: about\n"
    "20 seconds in all. The data stays, so the next one takes a few."
)
_ABOUT_MAIL: Final = (
    *("MOIETY_SMTP_", "MOIETY_MAIL_"),
    *("MOIETY_PORTAL_URL", "MOIETY_PUBLIC_URL", "MOIETY_CONTRIBUTORS_URL"),
)
_CTRL_C: Final = {128 + signal.SIGINT, 128 + signal.SIGTERM}


class Crashed(MoietyError):
    """A process of the stack ended although nobody stopped it."""


@click.command()
def run() -> None:
    """Start PostgreSQL, NATS, the services and the relay; the data stays in MOIETY_HOME (.moiety)."""
    from services.cli.loaded import is_new
    from services.cli.printer import Printer
    from shared.embedded.home import Home

    home = Home.load()
    with _only_one(home):
        _check_ports(home)
        if is_new(home):
            click.echo(FIRST_START)
        home.prepare()
        pretty = os.environ.get("MOIETY_LOG_FORMAT") != "json"
        printer = Printer(home.directory / "log", raw=WELCOME, level=_log_level(), pretty=pretty)
        manager = _manager(home, printer)
        manager.loop()
    if manager.returncode in _CTRL_C:
        sys.exit(0)
    # A process that ended although nobody asked it to is a failure, whatever its exit code says.
    name, code = printer.first_stopped or ("a process", 1)
    message = f"{name} ended by itself with code {code}, so everything else was stopped"
    raise Crashed(message)


def _manager(home: "Home", printer: "Printer") -> "Manager":
    from honcho.environ import parse_procfile
    from honcho.manager import Manager

    manager = Manager(printer)
    common = _common(home)
    for name, command in parse_procfile(PROCFILE.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env={**common, **settings_of(home, name)})
    manager.add_process(WELCOME, "exec python -m services.cli.welcome", env=common)
    return manager


def settings_of(home: "Home", name: str, said: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what one process is told besides: whether mail is sent, and by whom, nobody knows but who starts it."""
    if name not in home.services:
        return {}
    mail = {each: value for each, value in said.items() if each.startswith(_ABOUT_MAIL)}
    return {**home.environment(name), **(mail if name == "notifications" else {})}


def _common(home: "Home") -> dict[str, str]:
    """Return what every process is told: nothing of another service's, and who to follow into the end."""
    from shared.embedded.child import LAUNCHER

    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")}
    return {
        **kept,
        **home.ports.variables(),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "MOIETY_HOME": str(home.directory),
        # To files goes everything from INFO on, as JSON; what of it the terminal shows, and how, the printer decides.
        "MOIETY_LOG_LEVEL": "DEBUG" if _log_level() == "DEBUG" else "INFO",
        "MOIETY_LOG_FORMAT": "json",
        LAUNCHER: str(os.getpid()),
    }


def _log_level() -> str:
    """Return from which level on the terminal shows what the services log."""
    level = os.environ.get("MOIETY_LOG_LEVEL") or "WARNING"
    if level not in LEVELS:
        message = f"MOIETY_LOG_LEVEL must be one of {', '.join(LEVELS)}"
        raise StartupError(message)
    return level


@contextlib.contextmanager
def _only_one(home: "Home") -> Iterator[None]:
    """Hold the directory; the kernel lets go of the lock with our process, however it ends."""
    import fcntl

    from shared.embedded.place import passable

    with (passable(home.directory) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{home.directory} is in use by another moiety run; set MOIETY_HOME for a second stack"
            raise StartupError(message) from error
        yield


def _check_ports(home: "Home") -> None:
    for name, port in home.ports._asdict().items():
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                message = f"port {port} is taken: set MOIETY_{name.upper()}_PORT to another, or to 0 for a free one"
                raise StartupError(message) from error
