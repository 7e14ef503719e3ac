"""Run as a process by the serving tests: `python -m tests.web.serve_kitchen MODE PORT METRICS_PORT JWKS`."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, get
from litestar.response import ServerSentEvent

from shared.errors import StartupError
from shared.web.app import create_app
from shared.web.auth import PUBLIC
from shared.web.edge import Application
from shared.web.serve import serve
from tests.web.kitchen import ROUTES, WebSettings


@get("/slow", opt=PUBLIC)
async def slow() -> str:
    await asyncio.sleep(0.5)
    return "done"


@get("/stream", opt=PUBLIC)
async def stream() -> ServerSentEvent:
    async def beats() -> AsyncIterator[str]:
        while True:
            yield "beat"
            await asyncio.sleep(0.1)

    return ServerSentEvent(beats())


@get("/stuck", opt=PUBLIC)
async def stuck() -> str:
    """Hold the loop itself, as a mistake of ours would."""
    sys.stdout.write('{"action": "stuck"}\n')
    sys.stdout.flush()
    time.sleep(60)  # noqa: ASYNC251  # see above
    return "too late"


@get("/waiting", opt=PUBLIC)
async def waiting() -> str:
    await asyncio.Event().wait()
    return "never"


@asynccontextmanager
async def lifespan(_app: Litestar) -> AsyncIterator[None]:
    if sys.argv[1] == "unready":
        message = "database kitchen lacks migration 0003:\nrun moiety migrate"
        raise StartupError(message)
    yield
    sys.stdout.write('{"action": "lifespan-ended"}\n')


def create(settings: WebSettings) -> Application:
    routes = [*ROUTES, slow, stream, stuck, waiting]
    app = create_app(service="kitchen", settings=settings, routes=routes, lifespan=[lifespan])
    app.body_timeout_seconds = 1.0
    return app


if __name__ == "__main__":
    _, _, port, metrics_port, jwks = sys.argv
    settings = WebSettings(http_port=int(port), metrics_port=int(metrics_port), jwks=jwks)
    sys.exit(serve(create, settings, service="kitchen"))
