"""Run a service's application under Granian: one process, one worker, uvloop; stops gracefully when asked."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from shared.errors import StartupError
from shared.telemetry import configure_logs, logger
from shared.web.edge import Application

if TYPE_CHECKING:
    from shared.settings import Settings

_BACKLOG: Final = 1024
# A live stream never ends by itself; after this long the open requests are given up.
_GRACE_SECONDS: Final = 5

_log = logger()


def serve(create: Callable[["Settings"], Application], settings: "Settings", *, service: str) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code; a service that cannot start says why in one line."""
    configure_logs(service, level=settings.log_level, style=settings.log_format)
    try:
        uvloop.run(_serve(create(settings), settings))
    except StartupError as error:
        sys.stderr.write(f"{service} cannot start: {' '.join(str(error).split())}\n")
        return 1
    return 0


async def _serve(app: Application, settings: "Settings") -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _check_address(settings.http_host, settings.http_port)
    # The lifespan is ours to run, not Granian's: it would log a traceback where one line is promised.
    async with app.lifespan():
        server = Server(
            app,
            address=settings.http_host,
            port=settings.http_port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=_BACKLOG,
            log_enabled=False,
        )
        server.workers_kill_timeout = _GRACE_SECONDS
        serving = asyncio.create_task(server.serve())
        url = f"http://{settings.http_host}:{settings.http_port}"
        _log.info("Serving", action="serving", url=url)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        _log.info("Stopping", action="stopping")
        server.interrupt_signal = True
        server.main_loop_interrupt.set()
        await serving


def _check_address(host: str, port: int) -> None:
    """Raise StartupError where nobody can listen; Granian would panic in another thread."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}"
            raise StartupError(message) from error
