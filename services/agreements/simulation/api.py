"""Simulation over HTTP: what the rules would answer to a case, without anything being read or recorded."""

from typing import Any

import msgspec
from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from services.agreements.simulation.cases import Case, check_case
from services.agreements.simulation.errors import (
    CaseTooCostly,
    FieldMalformed,
    FieldMissing,
    FieldUnknown,
    KindUnknown,
    SimulationsUnavailable,
    TooManySimulations,
)
from services.agreements.simulation.workers import Workers
from shared.web.auth import Caller, requires
from shared.web.refusals import IdempotencyKeyNotTaken, RoleMissing, refusals

_NO_CASE = (KindUnknown, FieldUnknown, FieldMissing, FieldMalformed)


_ANSWERING = refusals(
    RoleMissing, *_NO_CASE, CaseTooCostly, TooManySimulations, SimulationsUnavailable, IdempotencyKeyNotTaken
)
_ANSWERING[200] = ResponseSpec(dict[str, Any], description="What the rules answer.", generate_examples=False)


@post("/", status_code=200, responses=_ANSWERING)
async def simulate(
    data: JSONBody[Case], caller: NamedDependency[Caller], workers: NamedDependency[Workers]
) -> Response[bytes]:
    """Answer a case; what the rules refuse is an answer too: `refused` holds its code. Nothing is recorded."""
    check_case(data)
    answer = await workers.answer(msgspec.json.encode(data), caller=caller.counted_as)
    return Response(answer, media_type="application/json")


ROUTES = Router(
    "/v1/simulations",
    guards=[requires("representative", "auditor", "operator")],
    route_handlers=[simulate],
    tags=["simulations"],
)
