"""The consumers of a party's stream over HTTP: whoever uses one makes none on NATS, where no right could bound it."""

import asyncio
import re
from typing import Annotated, Final

import msgspec
from litestar import Router, delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from services.notifications.consumers.filters import Filter, checked
from services.notifications.consumers.store import Consumer, ConsumerStore
from services.notifications.errors import (
    ConsumerNotFound,
    ConsumerStays,
    FeedNotFound,
    FilterTooWide,
    InboxUnavailable,
    NothingToFilter,
    NumberNotReached,
    TooManyConsumers,
)
from shared.forms import whole
from shared.log.parties import MAIN, stream_of
from shared.positions import LAST_POSITION
from shared.web.auth import Caller, requires
from shared.web.refusals import ParameterMistyped, RoleMissing, refusals

# The stream's own part follows within milliseconds; who asked is not kept waiting where nobody is there to do it.
PATIENCE_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.05
_NAME_FORM: Final = "[a-z][a-z0-9-]{0,31}"
_NAME: Final = re.compile(_NAME_FORM, re.ASCII)
_MOST_TOKENS: Final = 100

ConsumerName = Annotated[str, PathParameter(schema_extra={"pattern": whole(_NAME_FORM)})]
Token = Annotated[str, Meta(min_length=1, max_length=64)]
Tokens = Annotated[tuple[Token, ...], Meta(max_length=_MOST_TOKENS)]
Number = Annotated[int, Meta(ge=0, le=LAST_POSITION)]


class ConsumerFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that are of one of these agreements, about one of these kinds of things, and have one of these names.

    A list that is empty, or left out, is met by all.
    """

    agreements: Tokens = ()
    """Ids of agreements; `_` is for events of none."""
    entities: Tokens = ()
    """Kinds of things: the third part of an event's subject, such as `invention`."""
    events: Tokens = ()
    """Names of events: the last part of an event's subject, such as `DeterminationAdopted`."""


class ConsumerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    filter: ConsumerFilter = ConsumerFilter()
    """What it is told of; without one everything that concerns you."""
    after: Number | None = None
    """The number in your feed that it begins after. Without one it stays where it is, or begins with the first."""


class FeedConsumer(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of your stream, to pull from on NATS."""

    name: str
    """What it is called, on NATS too."""
    stream: str
    """The stream of your party, whose sequences are the numbers of your feed."""
    filter: ConsumerFilter
    """What it is told of."""
    after: int
    """The number that it was last made to begin after."""
    acknowledged: int
    """Everything up to this number was acknowledged, as seen a moment ago."""
    ready: bool
    """Whether it is on NATS as it stands here; else it will be within seconds."""


@get("/v1/feed/consumers", responses=refusals(RoleMissing, InboxUnavailable))
async def read_consumers(
    caller: NamedDependency[Caller], consumers: NamedDependency[ConsumerStore]
) -> list[FeedConsumer]:
    """List the consumers of your party's stream by name; `main` is always one of them."""
    party = _party(caller)
    return [_shown(party, consumer) for consumer in await consumers.of(party)]


@get("/v1/feed/consumers/{name:str}", responses=refusals(RoleMissing, ConsumerNotFound, InboxUnavailable))
async def read_consumer(
    name: ConsumerName, caller: NamedDependency[Caller], consumers: NamedDependency[ConsumerStore]
) -> FeedConsumer:
    """Show a consumer, and how far it has come."""
    party = _party(caller)
    if not _NAME.fullmatch(name):
        raise ConsumerNotFound(consumer=name)
    return _shown(party, await consumers.find(party, name))


@put(
    "/v1/feed/consumers/{name:str}",
    responses=refusals(
        *(RoleMissing, ParameterMistyped, NothingToFilter, FilterTooWide, FeedNotFound, NumberNotReached),
        *(TooManyConsumers, InboxUnavailable),
    ),
)
async def put_consumer(
    name: ConsumerName,
    data: JSONBody[ConsumerBody],
    caller: NamedDependency[Caller],
    consumers: NamedDependency[ConsumerStore],
) -> FeedConsumer:
    """Have a durable pull consumer on your party's stream be like this, whether there was one of that name or not.

    Another filter holds for what is delivered from now on. Another `after` than before makes the consumer anew, there;
    the same as before leaves it where it is. What was delivered and not acknowledged may come again.
    """
    party = _party(caller)
    if not _NAME.fullmatch(name):
        raise ParameterMistyped(expected=_NAME_FORM, got=name, at="path.name")
    asked = data.filter
    wanted = checked(Filter(asked.agreements, asked.entities, asked.events))
    consumer = await consumers.put(party, name, wanted, data.after)
    return _shown(party, await _made(consumers, party, consumer))


@delete(
    "/v1/feed/consumers/{name:str}", responses=refusals(RoleMissing, ConsumerNotFound, ConsumerStays, InboxUnavailable)
)
async def remove_consumer(
    name: ConsumerName, caller: NamedDependency[Caller], consumers: NamedDependency[ConsumerStore]
) -> None:
    """Remove a consumer; whatever pulls from it is told so within seconds."""
    party = _party(caller)
    if not _NAME.fullmatch(name):
        raise ConsumerNotFound(consumer=name)
    if name == MAIN:
        raise ConsumerStays
    await consumers.remove(party, name)


ROUTES: Final = Router(
    "/",
    guards=[requires("partner")],
    route_handlers=[read_consumers, read_consumer, put_consumer, remove_consumer],
    tags=["feed"],
)


def _party(caller: Caller) -> str:
    assert caller.party is not None  # a token for a partner names a party, or it is refused
    return caller.party


async def _made(consumers: ConsumerStore, party: str, consumer: Consumer) -> Consumer:
    """Wait a moment until a consumer is on NATS."""
    with_patience = asyncio.timeout(PATIENCE_SECONDS)
    try:
        async with with_patience:
            while not consumer.ready:
                await asyncio.sleep(_LOOK_SECONDS)
                consumer = await consumers.find(party, consumer.name)
    except ConsumerNotFound:  # somebody has removed it since
        pass
    except TimeoutError:
        if not with_patience.expired():
            raise
    return consumer


def _shown(party: str, consumer: Consumer) -> FeedConsumer:
    told = consumer.filter
    return FeedConsumer(
        name=consumer.name,
        stream=stream_of(party),
        filter=ConsumerFilter(agreements=told.agreements, entities=told.entities, events=told.events),
        after=consumer.after,
        acknowledged=consumer.acknowledged,
        ready=consumer.ready,
    )
