"""Simulation over HTTP: what the rules would answer to a case, without anything being read or recorded."""

import asyncio

import msgspec
from litestar import Response, Router, post
from litestar.params import JSONBody

from services.agreements.simulation.cases import Case, answer_case
from services.agreements.simulation.errors import FieldMalformed, FieldMissing, FieldUnknown, KindUnknown
from shared.web.auth import requires
from shared.web.refusals import RoleMissing, refusals


@post(
    "/",
    status_code=200,
    responses=refusals(RoleMissing, KindUnknown, FieldUnknown, FieldMissing, FieldMalformed),
)
async def simulate(data: JSONBody[Case]) -> Response[bytes]:
    """Answer a case; what the rules refuse is an answer too: `refused` holds its code. Nothing is recorded."""
    # Beside the loop: the largest case takes seconds, and everybody else's requests would wait for it.
    answer = await asyncio.to_thread(answer_case, data)
    return Response(msgspec.json.encode(answer), media_type="application/json")


ROUTES = Router(
    "/v1/simulations",
    guards=[requires("representative", "auditor", "operator")],
    route_handlers=[simulate],
    tags=["simulations"],
)
