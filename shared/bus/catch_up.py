"""Reading the log itself over HTTP, for what the stream does not hold."""

from collections.abc import Sequence

import httpx
import msgspec

from shared.bus.consumer import CatchUp, StreamMessage
from shared.bus.feed import FeedPage
from shared.errors import Unavailable


class FeedUnavailable(Unavailable):
    """The feed of the log (`GET /v1/events`) does not answer as it should."""


def catch_up_from(http: httpx.AsyncClient, agreements_url: str, token: str) -> CatchUp:
    """Return a CatchUp over the agreements service's feed."""

    async def catch_up(after: int, limit: int) -> Sequence[StreamMessage]:
        try:
            answer = await http.get(
                f"{agreements_url}/v1/events",
                params={"after": after, "limit": limit},
                headers={"Authorization": f"Bearer {token}"},
            )
            answer.raise_for_status()
            page = msgspec.json.decode(answer.content, type=FeedPage)
            return [
                StreamMessage(event.position, event.subject, event.published, event.traceparent)
                for event in page.events
            ]
        except (httpx.HTTPError, ValueError) as error:
            raise FeedUnavailable(after=after, reason=str(error) or type(error).__name__) from error

    return catch_up
