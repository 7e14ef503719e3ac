"""A party's feed as it is shown: asked for page by page with a token of the local issuer's, and waited for."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

if TYPE_CHECKING:
    from shared.embedded.home import Home

_SHOWN_FIRST: Final = 10
_PAGE: Final = 200
_WAIT_SECONDS: Final = 25
_ANSWER_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 1.0
# Each question is asked with a token of its own, which is over long before anybody could make use of it.
_TOKEN_SECONDS: Final = 300
_TEXT_OF_TIME: Final = len("2024-07-16T09:00")


class _Page(msgspec.Struct):
    events: list[msgspec.Raw]


class _Refusal(msgspec.Struct):
    code: str = "503"


class _Numbered(msgspec.Struct):
    number: int
    body: str


class _Told(msgspec.Struct):
    type: str
    subject: str
    time: str
    agreement: str | None = None


def follow_feed(home: "Home", party: str, *, after: int | None, once: bool) -> Iterator[str]:
    """Yield each event above a number as the feed shows it; `once` ends where the feed does, else it waits for more."""
    with httpx.Client(
        base_url=home.url("notifications"), timeout=_WAIT_SECONDS + _ANSWER_SECONDS, trust_env=False
    ) as client:

        def ask(path: str, **asked: int) -> httpx.Response:
            token = home.issuer.mint("feed-viewer", party=party, roles=["partner"], lifetime_seconds=_TOKEN_SECONDS)
            return _answered(client, path, token, asked)

        if after is None:
            after = max(0, int(ask("/v1/feed/head").json()["number"]) - _SHOWN_FIRST)
        while True:
            page = ask("/v1/feed", after=after, limit=_PAGE, wait=0 if once else _WAIT_SECONDS)
            events = msgspec.json.decode(page.content, type=_Page).events
            for event in events:
                after = msgspec.json.decode(event, type=_Numbered).number
                yield bytes(event).decode()
            if once and not events:
                return


def in_words(line: str) -> str:
    """Return an event in a line for people: its number, when it was recorded, where, what, and about what."""
    event = msgspec.json.decode(line, type=_Numbered)
    told = msgspec.json.decode(event.body, type=_Told)
    when = told.time[:_TEXT_OF_TIME].replace("T", " ")
    name = told.type.removeprefix("agreements.").rpartition(".")[0]
    return f"{event.number:>6}  {when}  {told.agreement or '-':<12}  {name:<28}  {told.subject}"


def _answered(client: httpx.Client, path: str, token: str, asked: Mapping[str, int]) -> httpx.Response:
    """Ask until there is an answer: what is shown live goes on when the service was started anew."""
    said = False
    while True:
        try:
            answer = client.get(path, params=asked, headers={"Authorization": f"Bearer {token}"})
        except httpx.TransportError as error:
            reason = type(error).__name__
        else:
            # What it cannot answer now (a database that is away, a stop) it answers later.
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer.raise_for_status()
            reason = msgspec.json.decode(answer.content, type=_Refusal).code
        if not said:
            sys.stderr.write(f"moiety: {reason}; asking again until notifications answers\n")
            said = True
        time.sleep(_RETRY_SECONDS)
