"""The log itself, read over HTTP: for what the stream does not hold, and to tell whether it is the same history."""

from collections.abc import Sequence

import httpx
import msgspec

from shared.bus.answered import check_answered
from shared.bus.consumer import Received
from shared.bus.feed import FeedPage
from shared.errors import Unavailable
from shared.log.chain import Head, HistoryDiverged, chain_text, read_chain


class FeedUnavailable(Unavailable):
    """The feed of the log (`GET /v1/events`) does not answer as it should."""


class LogFeed:
    """The agreements service's feed; every question raises FeedUnavailable when it is not answered."""

    def __init__(self, http: httpx.AsyncClient, agreements_url: str, token: str) -> None:
        self._http = http
        self._url = f"{agreements_url}/v1/events"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def catch_up(self, after: int, limit: int) -> Sequence[Received]:
        """Return the events above a position; the last of them states the chain there."""
        page = await self._read(after, limit)
        try:
            events = [Received(each.position, each.subject, each.published, each.traceparent) for each in page.events]
        except ValueError as error:
            raise FeedUnavailable(after=after, reason=str(error)) from error
        return [*events[:-1], *(last._replace(chain=page.chain) for last in events[-1:])]

    async def check(self, followed: Head) -> None:
        """Raise HistoryDiverged unless the log has what was followed, up to the very position."""
        if not followed.position:
            return
        page = await self._read(followed.position - 1, 1)
        if not page.events:
            raise _ended(followed.position, expected=str(followed), page=page)
        # A service of the release before states none: then only what comes next can tell.
        if page.chain not in {None, chain_text(followed.chain)}:
            raise HistoryDiverged(followed.position, expected=chain_text(followed.chain), got=str(page.chain))

    async def last_position(self, after: int) -> int:
        """Return where the log ends; told what is known, it shows the least."""
        return (await self._read(after, 1)).last_position

    async def chain_at(self, position: int) -> bytes:
        """Return the chain that the log has at a position; raises HistoryDiverged where it has not come so far."""
        page = await self._read(position - 1, 1)
        if position > page.last_position:
            raise _ended(position, expected="an event", page=page)
        try:
            return read_chain(page.chain or "")
        except ValueError as error:
            raise FeedUnavailable(position=position, reason=str(error)) from error

    async def _read(self, after: int, limit: int) -> FeedPage:
        try:
            answer = await self._http.get(self._url, params={"after": after, "limit": limit}, headers=self._headers)
            check_answered(answer)
            return msgspec.json.decode(answer.content, type=FeedPage)
        except (httpx.HTTPError, ValueError) as error:
            raise FeedUnavailable(after=after, reason=str(error) or type(error).__name__) from error


def _ended(position: int, *, expected: str, page: FeedPage) -> HistoryDiverged:
    return HistoryDiverged(position, expected=expected, got=f"its end at position {page.last_position}")
