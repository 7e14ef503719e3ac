"""Our services as processes, for what is measured from outside."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from shared.embedded.child import free_ports, spawn, stop
from shared.testing import MigratedDatabase, Servers, is_ready, wait_until

START_SECONDS = 30


class Service(NamedTuple):
    """A service of one process: where it listens and its process id."""

    url: str
    pid: int


@asynccontextmanager
async def running(
    servers: Servers,
    database: MigratedDatabase,
    module: str,
    *,
    settings_of: str = "agreements",
    port: int | None = None,
    limits: Mapping[str, str] | None = None,
) -> AsyncIterator[Service]:
    """Start a module with the settings of a service, on a database of its own; gives it once it is ready."""
    port = port or free_ports(1)[0]
    environment = {
        **os.environ,
        **servers.home.environment(settings_of),
        "MOIETY_DATABASE_URL": database.dsn,
        "MOIETY_HTTP_PORT": str(port),
        "MOIETY_METRICS_PORT": str(free_ports(1)[0]),
        # One caller asks for everything that the machine has.
        "MOIETY_REQUESTS_PER_SECOND": "1000000",
        "MOIETY_REQUESTS_SAVED": "1000000",
        **(limits or {}),
    }
    del environment["MOIETY_SCENARIO_CLOCK_FILE"]  # a toy of development's: production goes by the machine's clock
    url = f"http://127.0.0.1:{port}"
    with (servers.home.directory / "log" / f"{module}-{port}.log").open("ab") as output:
        child = spawn([sys.executable, "-m", module], environment=environment, output=output)
    try:
        await wait_until(lambda: is_ready(url), START_SECONDS, f"{module} is ready")
        yield Service(url, child.pid)
    finally:
        stop(child)
