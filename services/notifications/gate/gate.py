"""The gate at work: every question of a server's is answered, in time, and by the token alone."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry, Counter

from services.notifications.gate.answers import NotAsked, Question, admission, read_question, refusal
from shared.errors import DomainError, Unavailable, in_public
from shared.nkeys import AccountKey
from shared.patience import answered_within
from shared.telemetry import logger
from shared.web.auth import TokenVerifier, Verified
from shared.web.refusals import RoleMissing, TokenMissing

# The server does not wait any longer than a second more (`authorization.timeout`).
ANSWER_SECONDS: Final = 4.0
# Whoever comes while so many are being looked at is not heard, and is refused by the server's clock.
MOST_AT_ONCE: Final = 1_000
QUESTIONS: Final = "$SYS.REQ.USER.AUTH"
# Those who serve this share the questions.
_QUEUE: Final = "gate"
_ROLE: Final = "partner"

_log = logger()


class GateMetrics:
    """What an operator watches: how many were let in, and how many were not."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answers = Counter(
            "moiety_gate_answers",
            "Connections of partners that were let in, refused, or could not be looked at.",
            ("outcome",),
            registry=registry,
        )
        for outcome in ("admitted", "refused", "unavailable"):
            self.answers.labels(outcome)


class Gate:
    """Answers whom a token speaks for; knows no party but from what the issuer has signed."""

    def __init__(
        self,
        verifier: TokenVerifier,
        key: AccountKey,
        metrics: GateMetrics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._verifier = verifier
        self._key = key
        self._metrics = metrics
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self, client: Client) -> None:
        """Listen to what is asked on a connection, as long as that lasts."""
        await client.subscribe(QUESTIONS, queue=_QUEUE, cb=self._asked)
        await client.flush()

    async def _asked(self, message: Msg) -> None:
        # One that waits for the issuer's keys must not keep those whose keys are known.
        if len(self._under_way) < MOST_AT_ONCE:
            task = asyncio.create_task(self._answer(message))
            self._under_way.add(task)
            task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The server refuses who was asked about, by its clock; the next one must not meet the same silence unseen.
            _log.error("A question was not answered", action="gate-failed", reason=in_public(error), exc_info=error)

    async def _answer(self, message: Msg) -> None:
        try:
            question = read_question(message.data)
        except NotAsked as error:
            _log.warning("Asked what no server asks", action="gate-not-asked", reason=str(error))
            return
        await message.respond(await self.answer(question))

    async def answer(self, question: Question) -> bytes:
        """Return what the server is told of a connection: for whom it speaks and until when, or that it may not."""
        try:
            with answered_within(ANSWER_SECONDS):
                proven = await self._proven(question.token)
        except (Unavailable, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            _log.warning("A token could not be looked at", action="gate-unavailable", reason=reason)
            return self._refused(question, "unavailable", reason)
        except DomainError as error:
            reason = str(error)
            _log.info("A connection was refused", action="gate-refused", host=question.host, reason=reason)
            return self._refused(question, "refused", reason)
        party = proven.caller.party
        assert party is not None  # a token for a partner names its party, or it is refused
        _log.info(
            "A partner's connection was let in", action="gate-admitted", party=party, subject=proven.caller.subject
        )
        self._metrics.answers.labels("admitted").inc()
        return admission(self._key, question, party, now=self._clock(), until=proven.until)

    def _refused(self, question: Question, outcome: str, reason: str) -> bytes:
        self._metrics.answers.labels(outcome).inc()
        return refusal(self._key, question, reason, now=self._clock())

    async def _proven(self, token: str) -> Verified:
        if not token:
            raise TokenMissing
        proven = await self._verifier.verified(token)
        if _ROLE not in proven.caller.roles:
            raise RoleMissing(expected=[_ROLE], got=sorted(proven.caller.roles))
        return proven
