"""The same route as anybody would write it, on the same server: Litestar as it comes, nothing of ours around it."""

import os
import sys

import uvloop
from litestar import Litestar, get, post

from services.agreements.contributions.bodies import RecordContributionBody
from shared.web.serve import http_server, spare_the_collector


@post("/v1/contributions")
async def accept(data: RecordContributionBody) -> dict[str, str]:
    return {"project": data.project, "by": data.contributor}


@get("/health/ready")
async def ready() -> None: ...


async def main() -> None:
    server = http_server(Litestar([accept, ready]), "127.0.0.1", int(os.environ["MOIETY_HTTP_PORT"]))
    spare_the_collector()
    await server.serve()


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
