"""Tries what a route would do and records nothing, so that what can be done is told by whatever decides it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from inspect import signature
from typing import Any, Final, NamedTuple, get_type_hints

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.agreements.contracts.errors import TooFewParties
from services.agreements.parties.model import PARTY
from services.agreements.requests import ChangeRequest
from services.agreements.things import Thing
from shared.errors import DomainError, Invalid
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.handle import Decided, Handler, Reader, Work
from shared.web.auth import Caller

JSON = Mapping[str, Any]
# What was tried with is made up, so that something may be wrong with it which need not be with what is really sent.
# These say that of the state of things.
_OF_THE_STATE: Final = (TooFewParties,)


@dataclass(frozen=True)
class Attempt(ChangeRequest):
    """A request to change something, by which nothing changes: what was decided is kept here."""

    reader: Reader
    decided: list[Decided] = field(default_factory=list)

    async def record(
        self,
        _thing: Thing[Any],
        _identifier: str,
        work: Work,
        *,
        queue: str | None = None,  # noqa: ARG002  # nobody waits for what changes nothing
    ) -> Response[bytes]:
        """Decide, and leave it at that."""
        self.decided.append(await work(self.reader))
        return Response(b"")


class ReaderForAll(Reader):
    """Reads as if whoever asks had every power of its party: for what waits for the party, whoever speaks for it."""

    def __init__(self, handler: Handler, party: str) -> None:
        super().__init__(handler, trusting=False)
        self._party = party

    async def __call__(self, aggregate: Aggregate[Any], identifier: str) -> Any:  # noqa: ANN401  # of its type
        state = await super().__call__(aggregate, identifier)
        if aggregate is PARTY and identifier == self._party:
            return msgspec.structs.replace(state, representatives={})
        return state


class Asker(NamedTuple):
    """Who would ask, and when."""

    caller: Caller
    now: datetime

    @property
    def context(self) -> CommandContext:
        return CommandContext(
            actor=self.caller.subject, actor_party=self.caller.party, now=self.now, correlation_id="tried"
        )


async def can(reader: Reader, asker: Asker, route: HTTPRouteHandler, parts: JSON, bodies: Iterable[JSON]) -> bool:
    """Tell whether a request would lead anywhere: with one of the bodies, or with words that nobody can make up."""
    refused = False
    for body in bodies:
        try:
            if await _changes(reader, asker, route, parts, body):
                return True
        except msgspec.ValidationError:
            # What stands there already is not of the form that is asked for today: only other words will do.
            continue
        except Invalid as refusal:
            refused = refused or isinstance(refusal, _OF_THE_STATE)
        except DomainError:
            refused = True
        else:
            refused = True
    return not refused


async def _changes(reader: Reader, asker: Asker, route: HTTPRouteHandler, parts: JSON, body: JSON) -> bool:
    attempt = Attempt(reader.handler, asker.context, None, reader)
    given = {**parts, "change": attempt, "command": attempt, "caller": asker.caller}
    names = signature(route.fn).parameters
    if "data" in names:
        given["data"] = msgspec.convert(body, get_type_hints(route.fn)["data"])
    await route.fn(**{name: given[name] for name in names})
    return any(change.events for decided in attempt.decided for change in decided.changes)
