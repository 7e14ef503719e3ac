"""Servers that stand still: they hold their connections and answer nothing, until they are let go on."""

import contextlib
import signal
from collections.abc import Iterator

import psutil

from shared.testing import Stack


@contextlib.contextmanager
def frozen(stack: Stack, name: str) -> Iterator[None]:
    """Stop a process and all that it has started, as a machine does that hangs, and let them go on in the end."""
    process = psutil.Process(stack.pid(name))
    stopped = [process, *process.children(recursive=True)]
    for each in stopped:
        each.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in reversed(stopped):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGCONT)
