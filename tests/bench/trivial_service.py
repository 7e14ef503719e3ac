"""A service that does nothing: it decodes the same body behind the same middleware, and answers."""

import sys

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.agreements.contributions.bodies import RecordContributionBody
from shared.settings import Settings, load
from shared.web.app import create_app
from shared.web.auth import Caller, requires
from shared.web.edge import Application
from shared.web.refusals import refusals
from shared.web.serve import serve


@post("/v1/contributions", guards=[requires("representative")], responses=refusals())
async def accept(data: JSONBody[RecordContributionBody], caller: NamedDependency[Caller]) -> Response[dict[str, str]]:
    return Response({"project": data.project, "by": caller.subject}, status_code=201)


def create(settings: Settings) -> Application:
    return create_app(service="agreements", settings=settings, routes=[accept])


if __name__ == "__main__":
    sys.exit(serve(create, load("agreements"), service="agreements"))
