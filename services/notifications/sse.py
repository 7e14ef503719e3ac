"""What every stream of server-sent events has in common: where it resumes, what it costs, and when it ends."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final, TypeVar

import msgspec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from shared.positions import LAST_POSITION, position_of
from shared.web.allowances import Allowances
from shared.web.auth import Caller
from shared.web.refusals import ParameterMistyped

RECONNECT_MILLISECONDS: Final = 1_000
LONGEST_STREAM_SECONDS: Final = 300
# How many are sent in a millisecond or so.
_MESSAGES_PER_UNIT: Final = 10

Item = TypeVar("Item")

After = Annotated[
    int,
    QueryParameter(name="after", required=False, ge=0, le=LAST_POSITION, description="Begin after this number."),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        required=False,
        description="Resume after this number; what EventSource sends by itself.",
        schema_extra={"pattern": "^[0-9]{1,19}$"},
    ),
]


def resumed_after(after: int, last_event_id: str | None, *, what: str) -> int:
    """Return after which number a stream goes on; raises ParameterMistyped.

    EventSource resumes with the URL it was opened with, so the header is the newer of the two.
    """
    if not last_event_id:
        return after
    number = position_of(last_event_id)
    if number is None:
        raise ParameterMistyped(expected=what, got=last_event_id, at="header.Last-Event-ID")
    return number


def as_stream(
    items: AsyncIterator[Item | None], message_of: Callable[[Item], ServerSentEventMessage]
) -> ServerSentEvent:
    """Return the answer that sends items as they come, and a comment in place of None."""

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        async for item in items:
            yield ServerSentEventMessage(data=None, comment="nothing new") if item is None else message_of(item)

    return ServerSentEvent(messages(), retry_duration=RECONNECT_MILLISECONDS)


def paying(allowances: Allowances, caller: Caller) -> Callable[[int], Awaitable[None]]:
    """Return what has a caller pay for so many items before they are sent."""

    async def pay(items: int) -> None:
        await allowances.pay(caller, 1 + items / _MESSAGES_PER_UNIT)

    return pay


class _Expiry(msgspec.Struct):
    exp: float


def end_of_stream(token: str, now: float) -> float:
    """Return when a stream ends: with its token, and soon enough to ask for that again should its key be withdrawn."""
    return min(_expiry_of(token), now + LONGEST_STREAM_SECONDS)


def _expiry_of(token: str) -> float:
    """Return when a token ends, which the guard has verified before."""
    payload = token.split(".")[1]
    claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return msgspec.json.decode(claims, type=_Expiry).exp
