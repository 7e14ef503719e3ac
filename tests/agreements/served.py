"""The agreements service as a process of its own, for what only shows there: its log, its port, its command line."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from shared.testing import wait_until

_READY_SECONDS = 60


@contextlib.asynccontextmanager
async def serving(environment: Mapping[str, str], log_file: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Serve by what an environment says, and give somebody who asks there."""
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.agreements", env={**os.environ, **environment}, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{environment['MOIETY_HTTP_PORT']}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

        async def serves() -> bool:
            try:
                return (await http.get("/health/ready")).is_success
            except httpx.HTTPError:
                return False

        try:
            await wait_until(serves, _READY_SECONDS, lambda: log_file.read_text(encoding="utf-8"))
            yield http
        finally:
            process.terminate()
            await process.wait()
