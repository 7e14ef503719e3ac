"""Connections on which nothing is asked: when they take up most of what a server holds, whoever has many gives some up.

The server counts every connection, also one that has said nothing yet, and closes it only after half a minute. Some
thousand from one address would keep everybody else out for that long.
"""

import asyncio
import contextlib
import os
import resource
import socket
import struct
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Self

from shared.parts import end_all
from shared.telemetry import logger

MOST_CONNECTIONS: Final = 1024
"""How many connections a service holds at once; others wait to be accepted."""
IDLE_PER_ADDRESS: Final = 64
"""How many of them one address keeps on which nothing is asked, while they are more than three in four of all."""
_MANY: Final = MOST_CONNECTIONS * 3 // 4
_LOOK_SECONDS: Final = 0.25
_OWN: Final = Path("/proc/self/fd")
# Files, databases and whatever else is open besides.
_OTHERS: Final = 512
# tcp_info of linux/tcp.h: how many bytes have come so far.
_RECEIVED: Final = struct.Struct("@Q")
_RECEIVED_AT: Final = 128
_INFO_BYTES: Final = _RECEIVED_AT + _RECEIVED.size
_INTERNET: Final = frozenset({socket.AF_INET, socket.AF_INET6})

Peer = tuple[str, int]

_log = logger()


class Idle(NamedTuple):
    """A connection on which nothing is asked, as it was looked at: of its peer, so many bytes have come."""

    peer: Peer
    received: int


class IdleConnections:
    """Looks at the connections of a port now and then, and closes idle ones where there are too many.

    `asking` says from where a request is under way: what is asked is answered, however long that takes.
    """

    def __init__(self, port: int, asking: Callable[[], Collection[Peer]]) -> None:
        self._port = port
        self._asking = asking
        # In the order in which they were first seen to be idle.
        self._seen: dict[Idle, None] = {}

    async def __aenter__(self) -> Self:
        allow_files(MOST_CONNECTIONS + _OTHERS)
        # Elsewhere nothing tells which connection has said what; production is here.
        self._looking = asyncio.create_task(self._look_forever()) if sys.platform == "linux" else None
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._looking is not None:
            await end_all([self._looking])

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            with contextlib.suppress(OSError):
                self.look()

    def look(self) -> None:
        """Close what has to give way."""
        files = [each.name for each in _OWN.iterdir()]
        if len(files) <= _MANY:
            self._seen.clear()
            return
        with contextlib.ExitStack() as opened:
            connections = dict(_connections(files, self._port, opened))
            asking = self._asking()
            idle = {each: None for each in connections if each.peer not in asking}
            # Twice alike: on one that was not idle for long, a request may be arriving just now.
            lasting = [each for each in self._seen if each in idle]
            self._seen = dict.fromkeys(lasting) | idle
            for address, closing in giving_way(lasting, len(connections)).items():
                for each in closing:
                    with contextlib.suppress(OSError):
                        connections[each].shutdown(socket.SHUT_RDWR)
                _log.warning(
                    "Closed connections on which nothing was asked",
                    action="idle-closed",
                    address=address,
                    connections=len(closing),
                )


def giving_way(idle: Iterable[Idle], open_connections: int) -> Mapping[str, list[Idle]]:
    """Return which idle connections are closed, by address: the longest idle beyond what each may keep."""
    if open_connections <= _MANY:
        return {}
    by_address: dict[str, list[Idle]] = defaultdict(list)
    for each in idle:
        by_address[each.peer[0]].append(each)
    return {address: held[:-IDLE_PER_ADDRESS] for address, held in by_address.items() if held[:-IDLE_PER_ADDRESS]}


def allow_files(number: int) -> None:
    """Raise this process's own limit of open files to a number, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _connections(files: Iterable[str], port: int, opened: contextlib.ExitStack) -> Iterator[tuple[Idle, socket.socket]]:
    """Yield the connections to a port, each by a second handle, so that it stays the one that was looked at."""
    for file in files:
        with contextlib.suppress(OSError):  # closed meanwhile, or nothing that has a peer
            handle = opened.enter_context(_second_handle(int(file)))
            if handle.family in _INTERNET and handle.getsockname()[1] == port:
                host, number, *_ = handle.getpeername()
                information = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
                yield Idle((host, number), *_RECEIVED.unpack_from(information, _RECEIVED_AT)), handle


@contextlib.contextmanager
def _second_handle(file: int) -> Iterator[socket.socket]:
    copy = os.dup(file)
    try:
        handle = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with handle:
        yield handle
