"""What happened to one thing, for whoever may see it: its events in words, with their positions, as far as it sees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency

from services.agreements.commands import Representative
from services.agreements.concern import Concern, Events
from services.agreements.requests import speaker
from shared.events.registry import in_words
from shared.log.aggregate import Aggregate
from shared.log.envelope import Envelope, decode
from shared.log.handle import Handler, Reader
from shared.web.answers import represented
from shared.web.auth import Caller
from shared.web.etag import IfNoneMatchHeader, content_etag
from shared.web.pages import Page, PageRequest, start_of


class PastEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of one thing's history, as it was published."""

    position: int
    version: int
    """The version that it made of the thing."""
    recorded_at: datetime
    effective_on: date
    event: str
    sentence: str
    actor: str
    actor_party: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, position: int, envelope: Envelope) -> "PastEvent":
        return cls(
            position=position,
            version=envelope.version,
            recorded_at=envelope.time,
            effective_on=envelope.effective_on,
            event=envelope.type,
            sentence=in_words(type(envelope.data)),
            actor=envelope.actor,
            actor_party=envelope.actor_party,
            data=msgspec.to_builtins(envelope.data),
        )


def _nothing(_envelope: Envelope) -> bool:
    return False


@dataclass(frozen=True)
class HistoryRequest:
    """A request for a page of what happened to one thing."""

    reader: Reader
    caller: Caller
    page: PageRequest
    if_none_match: str | None
    concern: Concern

    @property
    def by(self) -> Representative:
        return speaker(self.caller)

    async def shown(
        self,
        aggregate: Aggregate[Any],
        identifier: str,
        *,
        besides: Callable[[Envelope], bool] = _nothing,
        hides: Callable[[Envelope], bool] = _nothing,
    ) -> Response[Page[PastEvent]]:
        """Show what led to the state that the reader has read: a party that has left has read one of before.

        Of its events a party is told those that concern it, and what it is told `besides`; raises ListsBehind.
        """
        after, upto = start_of(self.page), self.reader.version(aggregate, identifier)
        events = await self.reader.handler.store.read_entries(
            aggregate.stream(identifier), after_version=after, limit=min(self.page.limit + 1, max(upto - after, 0))
        )
        found = self.page.answer(events, lambda entry: (entry.originator_version,))
        past = [(entry.id, decode(entry.state)) for entry in found.content.items]
        concerning = {position for position, _ in await self._concerning(past)}
        told = [
            PastEvent.of(position, envelope)
            for position, envelope in past
            if (position in concerning or besides(envelope)) and not hides(envelope)
        ]
        body = msgspec.json.encode(Page(told, found.content.next))
        answer = represented(body, content_etag(body), self.if_none_match)
        answer.headers.update(found.headers)
        return answer

    async def _concerning(self, past: Events) -> Events:
        # Where a history is shown to operators, it is shown to them as it is.
        return past if self.caller.party is None else await self.concern.concerning(self.caller.party, past)


def history(
    handler: NamedDependency[Handler],
    concern: NamedDependency[Concern],
    caller: NamedDependency[Caller],
    page: NamedDependency[PageRequest],
    if_none_match_header: IfNoneMatchHeader = None,
) -> HistoryRequest:
    """Provide `history: NamedDependency[HistoryRequest]`."""
    return HistoryRequest(Reader(handler, trusting=False), caller, page, if_none_match_header, concern)
