"""Ports for servers are such that nothing else takes them before the server does."""

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

from shared.embedded.child import free_ports

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
WANTED = 14
SAYING = f"from shared.embedded.child import free_ports; print(*free_ports({WANTED}))"


def test_no_outgoing_connection_takes_them() -> None:
    """Those that the system gives to connections lie above."""
    given = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 49_152

    assert max(free_ports(WANTED)) < given


def test_who_wants_none_gets_none() -> None:
    """Where all are said already."""
    assert [] == free_ports(0)


def test_one_that_is_taken_is_passed_over() -> None:
    """Whoever listens keeps it."""
    [first] = free_ports(1)
    with contextlib.ExitStack() as held:
        for port in range(first + 1, first + 4):
            listening = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listening.bind(("127.0.0.1", port))
        following = free_ports(2)

    assert not {*following} & {*range(first, first + 4)}


def test_who_looks_at_the_same_time_gets_others() -> None:
    """Two stacks that begin at once do not take each other's."""
    asking = [subprocess.Popen([sys.executable, "-c", SAYING], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    got = [one.communicate(timeout=60)[0].split() for one in asking]

    assert 4 * WANTED == len({port for ports in got for port in ports})
