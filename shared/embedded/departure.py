"""In which order a local stack ends: first whoever uses the servers, then the servers.

A supervisor tells all processes to stop at once, and a service that loses its database while it finishes its last
requests complains loudly about nothing.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

_LOCK: Final = "using-servers"
_POLL_SECONDS: Final = 0.02


def use_servers(home: Path) -> None:
    """Let it be known that this process uses the stack's servers; the kernel takes it back however we end."""
    # Never closed on purpose. Python's descriptors are not inherited, so no child can hold it for us.
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def await_unused(home: Path, patience_seconds: float) -> bool:
    """Wait until no process uses the servers any more; False when some still do after that long."""
    deadline = time.monotonic() + patience_seconds
    with (home / _LOCK).open("a") as lock:
        while not _free(lock.fileno()):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    return True


def _free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
