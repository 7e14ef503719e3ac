"""Child processes that never outlive us, whatever ends us."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import IO, Final

from shared.embedded.place import Account
from shared.errors import StartupError

LAUNCHER: Final = "MOIETY_LAUNCHER"
_PR_SET_PDEATHSIG: Final = 1
_PARENT_GONE: Final = 70
_POLL_SECONDS: Final = 1.0
# Linux gives outgoing connections those from 32768 on, others those from 49152 on.
_OURS: Final = range(20_000, 32_768)
_STRIDE: Final = 997
_looked_at: Final = count()
# The kernel ties a child to the thread that started it, and a caller's thread may end long before we do.
_starter: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="start-children")
_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(  # noqa: PLR0913  # keyword-only
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    output: IO[bytes] | None = None,
    errors: IO[bytes] | None = None,
    when_we_die: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, as another account if one is given; its errors go with its output.

    On Linux the kernel sends it `when_we_die` should we end, even by kill -9; elsewhere only `stop` ends it.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, when_we_die)
            if os.getppid() != parent:  # we died before the line above
                os._exit(_PARENT_GONE)

    return _starter.submit(
        subprocess.Popen,
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors or (subprocess.STDOUT if output is not None else None),
        # A session of its own: Ctrl-C in a terminal goes to us, and we stop the children in order.
        start_new_session=True,
        user=account.user if account else None,
        group=account.group if account else None,
        extra_groups=[] if account else None,
        umask=0o077 if account else -1,
        preexec_fn=tie_to_parent,
    ).result()


def stop(
    child: subprocess.Popen[bytes], *, ask: signal.Signals = signal.SIGTERM, patience_seconds: float = 10.0
) -> None:
    """End a process: ask, wait, insist."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(ask)
    try:
        child.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def follow_launcher() -> None:
    """Stop this process as SIGTERM would when the launcher named in the environment is gone.

    A supervisor's shells and pipes stand between the launcher and us, so the kernel's tie to a parent does not reach.
    """
    launcher = os.environ.get(LAUNCHER)
    if launcher and launcher.isdecimal():
        threading.Thread(target=_watch, args=(int(launcher),), name="follow-launcher", daemon=True).start()


def _watch(launcher: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "pidfd_open"):
            # Unlike the number, the descriptor can never come to mean another process.
            descriptor = os.pidfd_open(launcher)
            select.select([descriptor], [], [])
        else:
            while True:
                os.kill(launcher, 0)
                time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def free_ports(wanted: int) -> list[int]:
    """Return ports on the loopback interface that nobody listens on, all different; raises StartupError.

    They are none that a system gives to outgoing connections, which might take them before a server does, and of
    processes that look at the same time each begins elsewhere.
    """
    begin, tries = os.getpid() * _STRIDE, len(_OURS)
    free: list[int] = []
    with contextlib.ExitStack() as held:
        while len(free) < wanted and tries:
            tries -= 1
            port = _OURS[(begin + next(_looked_at)) % len(_OURS)]
            listening = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listening.bind(("127.0.0.1", port))
                free.append(port)
    if len(free) < wanted:
        message = f"no {wanted} ports from {_OURS[0]} to {_OURS[-1]} are free"
        raise StartupError(message)
    return free
