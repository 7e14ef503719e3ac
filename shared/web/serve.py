"""Run a service's application under Granian: one process, one worker, uvloop; stops gracefully when asked."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar

from shared.errors import MoietyError, StartupError
from shared.settings import Settings, load
from shared.telemetry import configure_logs, logger
from shared.web.edge import Application
from shared.web.idle import MOST_CONNECTIONS, IdleConnections
from shared.web.metrics import metrics_served

_YOUNG_OBJECTS: Final = 10_000
_BINDING_SECONDS: Final = 0.005
# A live stream never ends by itself; after this long, requests that are still open are given up.
_GRACE_SECONDS: Final = 3
# And after this long the process ends, whatever still holds it: what has been recorded stays, all else is done again.
_HARD_SECONDS: Final = 8
_ENDED_HARD: Final = 1

_log = logger()


class ServerStopped(MoietyError):
    """The HTTP server stopped although nobody asked it to."""


class ServeSettings(Protocol):
    """Where a service listens and how it logs: part of the settings."""

    @property
    def http_host(self) -> str: ...
    @property
    def http_port(self) -> int: ...
    @property
    def metrics_port(self) -> int: ...
    @property
    def log_level(self) -> str: ...
    @property
    def log_format(self) -> str: ...


S = TypeVar("S", bound=ServeSettings)


def run(create: Callable[[Settings], Application], service: str) -> int:
    """Serve by what the environment says, and return the exit code; what cannot start says why in one line."""
    try:
        settings = load(service)
    except StartupError as error:
        sys.stderr.write(f"{service} cannot start: {error}\n")
        return 1
    return serve(create, settings, service=service)


def serve(create: Callable[[S], Application], settings: S, *, service: str) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code; a service that cannot start says why in one line."""
    configure_logs(service, level=settings.log_level, style=settings.log_format)
    reasons: list[str] = []
    try:
        uvloop.run(_serve(create(settings), settings))
    # The framework's lifespan raises out of a task group, so the reason may come wrapped.
    except* StartupError as group:
        reasons = [" ".join(str(error).split()) for error in _leaves(group)]
    if reasons:
        sys.stderr.write(f"{service} cannot start: {'; '.join(reasons)}\n")
        return 1
    return 0


async def _serve(app: Application, settings: ServeSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not the loop's own way, which waits for its next turn: the loop may be what does not end.
        signal.signal(number, lambda *_: _asked_to_stop(loop, stop))
    for port in (settings.http_port, settings.metrics_port):
        _check_address(settings.http_host, port)
    # The lifespan is ours to run, not Granian's: it would log a traceback where one line is promised.
    async with (
        app.lifespan(),
        metrics_served(app.registry, settings.http_host, settings.metrics_port),
        IdleConnections(settings.http_port, lambda: {(peer[0], int(peer[1])) for peer in app.asking if peer}),
    ):
        server = http_server(app, settings.http_host, settings.http_port)
        spare_the_collector()
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop.wait())
        await _listening(serving, settings.http_host, settings.http_port)
        _log.info("Serving", action="serving", url=f"http://{settings.http_host}:{settings.http_port}")
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            raise ServerStopped from serving.exception()
        _log.info("Stopping", action="stopping")
        await _stop(server, serving, app)


def _asked_to_stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)
    # It keeps nobody who ends in time.
    hard = threading.Timer(_HARD_SECONDS, _end_hard)
    hard.daemon = True
    hard.start()


def _end_hard() -> None:
    _log.critical("Ending without waiting any longer", action="stopped-hard", seconds=_HARD_SECONDS)
    os._exit(_ENDED_HARD)


def http_server(app: Litestar, host: str, port: int) -> Server:
    """Return a server of the application in this process; it listens once it serves."""
    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=MOST_CONNECTIONS,
        backpressure=MOST_CONNECTIONS,
        log_enabled=False,
    )


async def _listening(serving: asyncio.Task[None], host: str, port: int) -> None:
    """Wait until somebody can connect: Granian binds in a thread of its own and does not say when it has."""
    while not serving.done():
        with contextlib.suppress(OSError):
            _, connection = await asyncio.open_connection(host, port)
            connection.close()
            return
        await asyncio.sleep(_BINDING_SECONDS)


async def _stop(server: Server, serving: asyncio.Task[None], app: Application) -> None:
    # Granian's own way to stop when embedded: it accepts nothing new and ends once the open requests have.
    server.interrupt_signal = True
    server.main_loop_interrupt.set()
    _, unfinished = await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
    if unfinished:
        app.give_up_open_requests()
    await serving


def spare_the_collector() -> None:
    """Keep the garbage collector from what is loaded by now and stays: scanning it cost some 6 % of all requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)


def _leaves(group: BaseExceptionGroup[StartupError]) -> list[StartupError]:
    leaves: list[StartupError] = []
    for error in group.exceptions:
        leaves.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return leaves


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
