"""What parties' systems answer on NATS, passed on to agreements with their own tokens, and answered by its words.

The token speaks for the party, as over HTTP; that only the party's own system can say anything on its subject, its
rights on NATS say. Nothing is kept here: a system that hears nothing says it again, which records it once.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final

import httpx
import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus.connection import connect
from shared.errors import DomainError
from shared.log.parties import acknowledging
from shared.log.store import LogUnavailable
from shared.patience import answered_within
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.refusals import PROBLEM_JSON, AllowanceSpent, Problem, TokenMalformed, status_of
from shared.web.trace import trace_of

PATH: Final = "/v1/acknowledgements"
STATUS_HEADER: Final = "Moiety-Status"
ANSWER_SECONDS: Final = 10.0
# Whoever asks while so many are passed on is not heard, and asks again.
MOST_AT_ONCE: Final = 200
# So many of one party: whoever says more at once is told so, and keeps no other party from being heard.
MOST_OF_A_PARTY: Final = 8
# Those who serve this share what is said.
_QUEUE: Final = "acknowledgements"
# What is passed on of a message's headers, by the names that HTTP has for them.
_JSON: Final = {"content-type": "application/json"}
_PASSED: Final = ("authorization", "idempotency-key", "traceparent", "x-correlation-id")

_log = logger()


class PassingOn:
    """Asks agreements what was asked here, one message at a time each, and many at once."""

    def __init__(self, http: httpx.AsyncClient, agreements_url: str) -> None:
        self._http = http
        self._address = f"{agreements_url}{PATH}"
        self._under_way: set[asyncio.Task[None]] = set()
        self._of_party: Counter[str] = Counter()

    async def open(self, client: Client) -> None:
        """Listen to what is answered on a connection, as long as that lasts."""
        await client.subscribe(acknowledging("*"), queue=_QUEUE, cb=partial(self._said, client))
        await client.flush()

    async def _said(self, client: Client, message: Msg) -> None:
        if not message.reply:
            return
        if self._of_party[message.subject] >= MOST_OF_A_PARTY:
            refusal = AllowanceSpent(expected=f"at most {MOST_OF_A_PARTY} at once", got="more")
            await self._say(client, message, _refused(refusal))
        elif len(self._under_way) < MOST_AT_ONCE:
            self._of_party[message.subject] += 1
            task = asyncio.create_task(self._answer(client, message))
            self._under_way.add(task)
            task.add_done_callback(partial(self._answered, message.subject))

    def _answered(self, subject: str, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._of_party -= Counter({subject: 1})

    async def _answer(self, client: Client, message: Msg) -> None:
        await self._say(client, message, await self.passed_on(message.data, dict(message.headers or ())))

    @staticmethod
    async def _say(client: Client, message: Msg, said: tuple[int, str, bytes]) -> None:
        status, media_type, body = said
        headers = {STATUS_HEADER: str(status), "Content-Type": media_type}
        await client.publish(message.reply, body, headers=headers)

    async def passed_on(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Return what agreements answer: the status, what the answer is, and the answer."""
        # The client for NATS keeps names as they were sent, and HTTP has no capitals.
        said = {name.lower(): value for name, value in headers.items()}
        passed = {name: said[name] for name in _PASSED if name in said} | _JSON
        if not all(value.isascii() and value.isprintable() for value in passed.values()):
            return _refused(TokenMalformed(expected="visible characters of ASCII in every header"))
        try:
            with answered_within(ANSWER_SECONDS):
                answer = await self._http.post(self._address, content=body, headers=passed)
        except (httpx.HTTPError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            _log.warning("Agreements do not take an answer", action="answer-not-passed", reason=reason)
            return _refused(LogUnavailable())  # what agreements say themselves when they cannot
        return answer.status_code, answer.headers.get("content-type", PROBLEM_JSON), answer.content


async def pass_on_forever(settings: Settings, passing: PassingOn) -> None:
    """Pass on what is said on NATS, and outlive whatever becomes of the connection."""
    async with connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password,
        timeout_seconds=settings.start_timeout_seconds,
    ) as client:
        await passing.open(client)
        await asyncio.Event().wait()


def _refused(refusal: DomainError) -> tuple[int, str, bytes]:
    status = status_of(type(refusal))
    return status, PROBLEM_JSON, msgspec.json.encode(Problem.of(refusal, status, trace_of(()), "POST"))
