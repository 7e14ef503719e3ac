"""Whether the process lives, and whether it can do its work: two questions with two addresses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from shared.errors import in_public
from shared.web.auth import PUBLIC

Check = Callable[[], Awaitable[str | None]]
"""Answers None when its part is ready, else the reason why it is not; raising is a reason too."""


class ReadyBut(str):
    """What there is to know of a part that is ready all the same."""

    __slots__ = ()


CHECK_TIMEOUT_SECONDS: Final = 2.0


class CheckResult(msgspec.Struct, omit_defaults=True):
    ready: bool
    reason: str | None = None
    """Why the part is not ready; absent where it is."""


class Liveness(msgspec.Struct):
    status: Literal["live"] = "live"
    """That it lives."""


class Readiness(msgspec.Struct):
    status: Literal["ready", "not ready"]
    """Whether every part is ready."""
    checks: dict[str, CheckResult]


_UNREADY: Final = {503: ResponseSpec(Readiness, description="Not ready.", generate_examples=False)}


async def readiness_of(checks: Mapping[str, Check], timeout_seconds: float = CHECK_TIMEOUT_SECONDS) -> Readiness:
    """Ask every check at once; one that hangs is as unready as one that fails."""
    results = await asyncio.gather(*(_result_of(check, timeout_seconds) for check in checks.values()))
    status: Literal["ready", "not ready"] = "ready" if all(result.ready for result in results) else "not ready"
    return Readiness(status, dict(zip(checks, results, strict=True)))


def health_routes(checks: Mapping[str, Check]) -> list[HTTPRouteHandler]:
    """Return `/health/live`, which depends on nothing, and `/health/ready`, which asks the checks."""

    @get("/health/live", opt=PUBLIC, tags=["operations"], security=[{}], sync_to_thread=False)
    def live() -> Liveness:
        """Say that the process lives."""
        return Liveness()

    @get("/health/ready", opt=PUBLIC, tags=["operations"], security=[{}], responses=_UNREADY)
    async def ready() -> Response[Readiness]:
        """Say whether the process can do its work, and if not, which part keeps it from that."""
        readiness = await readiness_of(checks)
        return Response(readiness, status_code=200 if readiness.status == "ready" else 503)

    return [live, ready]


async def _result_of(check: Check, timeout_seconds: float) -> CheckResult:
    try:
        async with asyncio.timeout(timeout_seconds):
            reason = await check()
    except TimeoutError:
        return CheckResult(ready=False, reason=f"no answer within {timeout_seconds:g} s")
    except Exception as error:  # noqa: BLE001  # whatever a check raises is the reason it is asked for
        return CheckResult(ready=False, reason=in_public(error))
    return CheckResult(ready=reason is None or isinstance(reason, ReadyBut), reason=reason)
