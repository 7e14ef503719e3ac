"""What asks contributors: each letter that is due is given its link, written and sent, and what came of it kept."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple, cast

import httpx

from services.notifications.contributors.errors import LinksUnavailable
from services.notifications.contributors.links import ANSWER_SECONDS, IssueLink, links_from
from services.notifications.contributors.model import Due, Issued, Made, Outcome
from services.notifications.contributors.store import ContributorLetters
from services.notifications.errors import InboxUnavailable
from services.notifications.live import EVERYBODY, Wakeups, wait_for
from services.notifications.mail.attempts import Attempt, following
from services.notifications.mail.keeping import keep_trying
from services.notifications.mail.letters import Question, as_sent, ask
from services.notifications.mail.letters.errors import LetterRefused
from services.notifications.mail.sender import LOOK_SECONDS, MailMetrics, Pace, PostOffice
from services.notifications.mail.server import MailServer
from shared.database import Database
from shared.parts import Parts
from shared.patience import answered_within
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.health import Check, ReadyBut

# How much longer than its attempt whoever took a letter has to tell what came of it.
_SETTLING_SECONDS: Final = 5.0
_CONNECTIONS: Final = 2
# A part of what mail has, so that letters about alerts hardly wait for these.
_OF_CONNECTIONS: Final = 4

_log = logger()


class Desk(NamedTuple):
    """What is the same in every letter: whom it is from, and where contributors reach the page of their link."""

    sender: str
    contributors_url: str

    @property
    def host(self) -> str:
        return self.sender.rpartition("@")[2]


class ContributorMail:
    """Sends what is due, beside any number of other processes that do."""

    def __init__(  # noqa: PLR0913, PLR0917  # each is one part of it
        self,
        store: ContributorLetters,
        issue_link: IssueLink,
        server: MailServer,
        desk: Desk,
        wakeups: Wakeups,
        metrics: MailMetrics,
        pace: Pace,
    ) -> None:
        self._store = store
        self._issue_link = issue_link
        self._server = server
        self._desk = desk
        self._wakeups = wakeups
        self._metrics = metrics
        self._pace = pace
        # No attempt outlives it, so nobody sends a letter that another has taken up.
        self._attempt_seconds = ANSWER_SECONDS + 2 * pace.timeout_seconds
        self._unissued: str | None = None

    async def trouble(self) -> str | None:
        """Return why nobody can be asked now, if so; what the mail server does wrong is told as mail's."""
        return self._unissued

    async def run(self) -> None:
        """Send for ever."""
        with self._wakeups.following(EVERYBODY) as woken:
            while True:
                woken.clear()
                sent = False
                try:
                    while await self._sent_some():
                        sent = True
                except (InboxUnavailable, LinksUnavailable) as error:
                    _log.warning("Asking contributors pauses", action="asking-pauses", reason=str(error))
                    await asyncio.sleep(self._pace.rest_seconds)
                except Exception as error:  # noqa: BLE001  # it fails loudly and is tried again: others are asked
                    # Not its words, nor where it was: they may repeat an address, or a link.
                    _log.error("Asking contributors fails", action="asking-fails", reason=type(error).__name__)
                    await asyncio.sleep(self._pace.rest_seconds)
                else:
                    if sent:
                        # Else whoever sends other letters may be in the midst of them.
                        await self._server.hang_up()
                    await wait_for(woken, LOOK_SECONDS if self._server.trouble is None else self._pace.rest_seconds)

    async def _sent_some(self) -> bool:
        """Send what is due, as much as there are connections; tell whether there may be more to send now."""
        # One at a time finds out whether a server takes anything again.
        most = 1 if self._server.trouble is not None else max(1, self._pace.connections // _OF_CONNECTIONS)
        due = await self._store.take(most, lease_seconds=self._attempt_seconds + _SETTLING_SECONDS)
        outcomes = await asyncio.gather(*map(self._send, due), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return bool(due) and self._server.trouble is None

    async def _send(self, due: Due) -> None:
        until = time.monotonic() + self._attempt_seconds + _SETTLING_SECONDS
        try:
            attempt = await self._attempt(due)
            self._unissued = None
        except LinksUnavailable as error:
            # What agreements said is told; what a library made of nobody's answering may name a host.
            self._unissued = error.title() if isinstance(error.__cause__, httpx.HTTPError) else str(error)
            await self._store.put_back(due, seconds=self._pace.rest_seconds)
            raise
        # For as long as nobody else takes it up: else it is sent again.
        await keep_trying(partial(self._store.settle, self._made(due, attempt)), until=until)

    async def _attempt(self, due: Due) -> Attempt:
        try:
            with answered_within(self._attempt_seconds):
                issued = await self._issue_link(due)
                if isinstance(issued, Attempt):
                    return issued
                content = as_sent(ask(self._question(due, issued)))
                attempt = await self._server.send(issued.email, content)
        except LetterRefused as error:
            _log.error("A letter cannot be written", action="letter-refused", letter=due.letter, reason=str(error))
            return Attempt("UNWRITABLE")
        except LinksUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # one letter that nobody foresaw must not end those of all others
            # Not its words, nor where it was: they may repeat the address, or the link.
            reason = type(error).__name__
            _log.error("A letter cannot be sent", action="letter-refused", letter=due.letter, reason=reason)
            return Attempt("UNREACHABLE")
        return attempt._replace(sent_hash=sha256(content).digest()) if attempt.result == "SENT" else attempt

    def _question(self, due: Due, issued: Issued) -> Question:
        asking = due.asking
        return Question(
            contribution=asking.contribution,
            agreement=asking.agreement,
            recorded_by_party=asking.recorded_by_party,
            recorded_at=asking.recorded_at,
            corrected=asking.corrected,
            link=f"{self._desk.contributors_url}{issued.link}",
            expires_at=issued.expires_at,
            name=issued.name,
            address=issued.email,
            language=issued.language,
            sender=self._desk.sender,
            message_id=f"<{due.letter}@{self._desk.host}>",
            # When it was noted: every attempt sends the same bytes.
            date=due.noted_at,
        )

    def _made(self, due: Due, attempt: Attempt) -> Made:
        self._metrics.attempts.labels(attempt.result).inc()
        chance = secrets.SystemRandom().random()
        after = following(attempt, due.attempts + 1, self._pace.retries_seconds, chance)
        outcome = cast("Outcome | None", after.outcome)
        if outcome not in {None, "SENT", "NOT_ASKED"}:
            # That somebody has no address is the ordinary case, and is counted.
            tell = _log.info if outcome == "NO_ADDRESS" else _log.warning
            tell(
                "Whoever is named in a contribution is not reached by mail",
                action="mail-failed",
                contribution=due.asking.contribution,
                party=due.asking.recorded_by_party,
                person=due.asking.person,
                outcome=outcome,
                status=attempt.status,
            )
        return Made(due, attempt, outcome, after.retry_seconds)


class ContributorDesk:
    """The asking of contributors as a service has it, if it is told where they reach their page."""

    def __init__(self, settings: Settings, post: PostOffice) -> None:
        self._post = post
        self._contributors_url = settings.contributors_url
        self._mail: ContributorMail | None = None

    @property
    def asks(self) -> bool:
        """Whether contributors are written to at all."""
        return self._post.writes and bool(self._contributors_url)

    @property
    def readiness(self) -> Mapping[str, Check]:
        return {"contributors": self._are_asked} if self.asks else {}

    async def open(
        self, stack: AsyncExitStack, settings: Settings, database: Database, http: httpx.AsyncClient, parts: Parts
    ) -> None:
        """Have what is due sent for as long as these parts run, once mail is open."""
        opened = self._post.opened
        if opened is None or not self.asks:
            return
        mail = self._mail = ContributorMail(
            ContributorLetters(await stack.enter_async_context(database.pool(most=_CONNECTIONS))),
            links_from(http, settings.agreements_url, settings.service_token),
            opened.server,
            Desk(settings.mail_from, settings.contributors_url),
            opened.wakeups,
            opened.metrics,
            opened.pace,
        )
        parts.start(mail.run(), name="contributor-mail")

    async def _are_asked(self) -> str | None:
        # Whoever asks here is answered all the same.
        trouble = await self._mail.trouble() if self._mail is not None else None
        return None if trouble is None else ReadyBut(trouble)
