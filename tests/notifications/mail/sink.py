"""A mail server as a process of its own: `python -m tests.notifications.mail.sink FOLDER …`. It keeps what it takes.

What it does with a letter, the name before the @ says: `bounce` is nobody there, `full` takes no letter of this kind,
`later` is not now, twice, `never` is never now, and `slow` takes its time. All others are taken.
"""

import argparse
import asyncio
import contextlib
import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from shared.embedded.child import spawn, stop
from shared.testing import block_until

USER: Final = b"moiety"
PASSWORD: Final = b"a password"
SLOW_SECONDS: Final = 30.0
_LATER: Final = 2


class Taken(NamedTuple):
    """A letter that was taken: to whom, and all of it."""

    to: str
    content: bytes
    message_id: str
    tls: bool


class Sink:
    """The server as a test sees it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.port = 0

    def start(self) -> None:
        port = self._folder / "port"
        port.unlink(missing_ok=True)
        asked = ["--port", str(self.port)] if self.port else []
        command = [sys.executable, "-m", "tests.notifications.mail.sink", str(self._folder), *asked, *self._options]
        self._child = spawn(command)
        block_until(lambda: port.exists() and bool(port.read_text()), 30, "the mail server never listened")
        self.port = int(port.read_text())

    def stop(self) -> None:
        stop(self._child)

    def taken(self) -> list[Taken]:
        """What it has taken so far."""
        file = self._folder / "taken"
        # What is being written ends in no line yet.
        lines = file.read_bytes().rpartition(b"\n")[0].splitlines() if file.exists() else []
        return [msgspec.json.decode(line, type=Taken) for line in lines]

    def count(self) -> int:
        """How many letters it has taken so far, without reading them."""
        file = self._folder / "ids"
        return len(file.read_bytes().splitlines()) if file.exists() else 0


@contextlib.contextmanager
def sinking(folder: Path, *options: str) -> Iterator[Sink]:
    """Run a mail server until the end of the block."""
    folder.mkdir(exist_ok=True)
    sink = Sink(folder, *options)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


class _Handler:
    def __init__(self, folder: Path) -> None:
        self._file = (folder / "taken").open("ab", buffering=0)
        self._ids = (folder / "ids").open("ab", buffering=0)
        self._put_off: Counter[str] = Counter()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        name = address.partition("@")[0]
        if name.startswith("bounce"):
            return f"550 5.1.1 <{address}>: nobody here has that name"
        self._put_off[address] += 1
        if name.startswith("never") or (name.startswith("later") and self._put_off[address] <= _LATER):
            return f"451 4.3.0 <{address}>: not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        [to] = envelope.rcpt_tos
        if to.startswith("full"):
            return "552 5.3.4 not of this size"
        if to.startswith("slow"):
            await asyncio.sleep(SLOW_SECONDS)
        head, _, _ = envelope.content.partition(b"\r\n\r\n")
        [line] = [each for each in head.split(b"\r\n") if each.lower().startswith(b"message-id:")]
        taken = Taken(to, envelope.content, line.partition(b":")[2].strip().decode(), server.session.ssl is not None)
        self._file.write(msgspec.json.encode(taken) + b"\n")
        self._ids.write(taken.message_id.encode() + b"\n")
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=known)


async def _serve(given: argparse.Namespace) -> None:
    context = None
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate)
    handler, loop = _Handler(given.folder), asyncio.get_running_loop()
    asks: dict[str, Any] = {}
    if given.asks_who:
        asks = {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": False}

    def connected() -> SMTP:
        starts = None if given.at_once else context
        return SMTP(handler, hostname="sink.example", loop=loop, tls_context=starts, **asks)

    server = await loop.create_server(connected, "127.0.0.1", given.port, ssl=context if given.at_once else None)
    (given.folder / "port").write_text(str(server.sockets[0].getsockname()[1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--at-once", action="store_true", help="TLS from the first byte on")
    parser.add_argument("--asks-who", action="store_true")
    asyncio.run(_serve(parser.parse_args()))
