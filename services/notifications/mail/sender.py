"""The part that sends letters: what is due is taken, addressed, written, sent, and what came of it kept."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple, Self

import httpx
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notifications.errors import InboxUnavailable
from services.notifications.live import EVERYBODY, Wakeups, wait_for
from services.notifications.mail.addresses import Address, FindAddresses, addresses_from
from services.notifications.mail.attempts import Attempt, Following, following
from services.notifications.mail.digests.store import DigestStore
from services.notifications.mail.errors import AddressesUnavailable
from services.notifications.mail.keeping import keep_trying
from services.notifications.mail.letters import DigestLetter, Letter, as_sent, compose
from services.notifications.mail.letters.errors import LetterRefused
from services.notifications.mail.preferences import may_be_muted
from services.notifications.mail.recipients import digest_message_id
from services.notifications.mail.server import MailServer, Server
from services.notifications.mail.store import Due, Made, MailStore
from services.notifications.mail.taking import take_due
from services.notifications.mail.wishes import PATH, Wish, is_wanted
from services.notifications.recording import MAIL_CHANNEL
from shared.database import Database
from shared.errors import in_public
from shared.parts import Parts, end_all
from shared.settings import Settings
from shared.telemetry import logger
from shared.web.health import Check, ReadyBut

LOOK_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 5.0
# Taken at once for each connection: while one letter is sent, the next is written.
TAKEN_PER_CONNECTION: Final = 2
# What came of attempts is written so many together, or so late: each write reaches the disk.
_SETTLED_WITHIN_SECONDS: Final = 0.03
# How much longer than its attempts whoever took something has to tell what came of them.
_SETTLING_SECONDS: Final = 5.0
_CONNECTIONS: Final = 2

_log = logger()


class Pace(NamedTuple):
    """How fast it is sent, and how long is waited."""

    retries_seconds: tuple[float, ...]
    timeout_seconds: float
    connections: int
    # How long nothing is taken where the server, or agreements, took or answered nothing.
    rest_seconds: float = 5.0

    @property
    def most(self) -> int:
        """How many letters are under way at once."""
        return self.connections * TAKEN_PER_CONNECTION

    @property
    def attempt_seconds(self) -> float:
        """How long after it was taken a letter is no longer tried: who else uses the lines may keep it waiting."""
        return TAKEN_PER_CONNECTION * self.timeout_seconds

    @property
    def lease_seconds(self) -> float:
        return self.attempt_seconds + _SETTLING_SECONDS


class Stationery(NamedTuple):
    """What is the same in every letter."""

    sender: str
    portal_url: str
    # Where this service is reached, for saying that letters are not wanted; empty where nobody said.
    public_url: str = ""

    @property
    def host(self) -> str:
        return self.sender.rpartition("@")[2]


class MailMetrics:
    """What an operator watches: whether mail is taken, and how late it is."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "moiety_mail_attempts", "Attempts to send a letter, by what came of it.", ["result"], registry=registry
        )
        self.waiting = Gauge("moiety_mail_waiting", "Letters still to be sent.", registry=registry)
        self.oldest = Gauge(
            "moiety_mail_oldest_waiting_seconds",
            "For how long the first letter still to be sent has waited.",
            registry=registry,
        )


class MailSender:
    """Sends what is due, beside any number of other processes that do."""

    def __init__(  # noqa: PLR0913, PLR0917  # each is one part of it
        self,
        store: MailStore,
        digests: DigestStore,
        find_addresses: FindAddresses,
        server: MailServer,
        stationery: Stationery,
        wakeups: Wakeups,
        metrics: MailMetrics,
        pace: Pace,
    ) -> None:
        self._store = store
        self._digests = digests
        self._find_addresses = find_addresses
        self._server = server
        self._stationery = stationery
        self._wakeups = wakeups
        self._metrics = metrics
        self._pace = pace
        self._under_way: dict[asyncio.Task[Attempt], Due] = {}
        self._unaddressed: str | None = None
        self._failing: str | None = None

    async def trouble(self) -> str | None:
        """Return why nothing can be sent now, if so."""
        return self._failing or self._unaddressed or self._server.trouble

    async def run(self) -> None:
        """Send for ever."""
        try:
            with self._wakeups.following(EVERYBODY) as woken:
                while True:
                    woken.clear()
                    rest = LOOK_SECONDS
                    try:
                        await self._send_what_is_due()
                        self._failing = None
                    except (InboxUnavailable, AddressesUnavailable) as error:
                        _log.warning("Sending mail pauses", action="mail-pauses", reason=str(error))
                        rest = self._pace.rest_seconds
                    except Exception as error:  # noqa: BLE001  # it fails loudly and is tried again: others are sent
                        # Not its words, nor where it was: they may repeat an address.
                        self._failing = in_public(error)
                        _log.error("Sending mail fails", action="mail-fails", reason=type(error).__name__)
                        rest = self._pace.rest_seconds
                    await self._server.hang_up()
                    if self._server.trouble is not None:
                        _log.warning("Mail is not taken", action="mail-pauses", reason=self._server.trouble_in_words)
                        rest = self._pace.rest_seconds
                    if rest > LOOK_SECONDS:
                        await asyncio.sleep(rest)
                    else:
                        await wait_for(woken, rest)
        finally:
            await self._abandon()
            await self._server.hang_up()

    async def watch(self) -> None:
        """Measure for ever how much is still to be sent."""
        while True:
            with contextlib.suppress(InboxUnavailable):
                waiting = await self._store.waiting()
                self._metrics.waiting.set(waiting.letters)
                self._metrics.oldest.set(waiting.seconds)
            await asyncio.sleep(WATCH_SECONDS)

    async def _send_what_is_due(self) -> None:
        """Send until nothing is due any more, or nothing is taken."""
        try:
            while True:
                if len(self._under_way) <= self._pace.most // 2 and (
                    self._server.trouble is None or not self._under_way
                ):
                    await self._begin()
                if not self._under_way:
                    return
                await self._keep(await self._some_made())
                if self._server.trouble is not None and not self._under_way:
                    return
        finally:
            await self._abandon()

    async def _begin(self) -> None:
        # One at a time finds out whether a server takes anything again.
        most = 1 if self._server.trouble is not None else self._pace.most - len(self._under_way)
        # No attempt outlives it, so nobody sends a letter that another has taken up.
        until = asyncio.get_running_loop().time() + self._pace.attempt_seconds
        due, wishes = await take_due(self._store, self._digests, most, lease_seconds=self._pace.lease_seconds)
        if not due:
            return
        try:
            addresses = await self._find_addresses([each.reader for each in due])
            self._unaddressed = None
        except AddressesUnavailable as error:
            self._unaddressed = error.title()  # without its reason, which may name a host
            await self._store.put_back(due, seconds=self._pace.rest_seconds)
            raise
        for each in due:
            address, wish = addresses.get(each.reader), wishes.get(each.reader)
            task = asyncio.create_task(self._attempt(each, address, wish, until=until))
            self._under_way[task] = each

    async def _attempt(self, due: Due, address: Address | None, wish: Wish | None, *, until: float) -> Attempt:
        wish = wish if may_be_muted(due.alert) else None
        if len(due.members) == len(due.unwanted) if due.members else not is_wanted(due.alert, wish):
            return Attempt("MUTED")
        if address is None:
            return Attempt("NO_ADDRESS")
        try:
            content = as_sent(compose(self._letter(due, address, wish)))
        except LetterRefused as error:
            _log.error("A letter cannot be written", action="letter-refused", alert=due.alert.id, reason=str(error))
            return Attempt("UNWRITABLE")
        except Exception as error:  # noqa: BLE001  # one letter that nobody foresaw must not end those of all others
            # Not its words, nor where it was: they may repeat the address.
            reason = type(error).__name__
            _log.error("A letter cannot be written", action="letter-refused", alert=due.alert.id, reason=reason)
            return Attempt("UNREACHABLE")
        try:
            async with asyncio.timeout_at(until):
                attempt = await self._server.send(address.email, content)
        except TimeoutError:
            return Attempt("UNREACHABLE")
        return attempt._replace(sent_hash=sha256(content).digest()) if attempt.result == "SENT" else attempt

    def _letter(self, due: Due, address: Address, wish: Wish | None) -> Letter | DigestLetter:
        public_url = self._stationery.public_url
        letter = Letter(
            alert=due.alert,
            name=address.name,
            address=address.email,
            language=address.language,
            sender=self._stationery.sender,
            portal_url=self._stationery.portal_url,
            unsubscribe_url=f"{public_url}{PATH}/{wish.token}" if wish is not None and public_url else None,
            message_id=f"<{due.message_id}@{self._stationery.host}>",
            # When it was alerted of, or gathered: every attempt sends the same bytes.
            date=due.gathered_at or due.alerted_at,
            clock=due.clock,
        )
        if due.digest is None:
            return letter
        message_id = f"<{digest_message_id(due.digest, due.person)}@{self._stationery.host}>"
        alerts = tuple(each.alert for each in due.members if each.alert.id not in due.unwanted)
        return DigestLetter.of(alerts, replace(letter, message_id=message_id))

    async def _some_made(self) -> list[Made]:
        """Wait for some of what is under way, and return what came of it."""
        until = 0.0
        made: list[Made] = []
        while self._under_way and len(made) < self._pace.most // 2:
            # Until the first is done however long it takes; then only for what is done in a moment as well.
            left = max(until - time.monotonic(), 0) if made else None
            done, _ = await asyncio.wait(self._under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            if not made:
                until = time.monotonic() + _SETTLED_WITHIN_SECONDS
            for task in done:
                made += each_of(self._made(self._under_way.pop(task), task.result()))
        return made

    def _made(self, due: Due, attempt: Attempt) -> Made:
        self._metrics.attempts.labels(attempt.result).inc()
        chance = secrets.SystemRandom().random()
        after = following(attempt, due.attempts + 1, self._pace.retries_seconds, chance)
        if after.outcome not in {None, "SENT", "MUTED"}:
            _log.warning(
                "An alert does not reach somebody by mail",
                action="mail-failed",
                alert=due.alert.id,
                party=due.alert.recipient,
                person=due.person,
                outcome=after.outcome,
                status=attempt.status,
            )
        return Made(due, attempt, after)

    async def _keep(self, made: Sequence[Made]) -> None:
        """Keep what came of attempts, for as long as nobody else takes them up: else they are made again."""
        if made:
            await keep_trying(partial(self._store.settle, made), until=time.monotonic() + self._pace.lease_seconds)
            self._failing = None  # now, and not when nothing is due any more: that may be never

    async def _abandon(self) -> None:
        under_way, self._under_way = self._under_way, {}
        await end_all(under_way)


def each_of(made: Made) -> list[Made]:
    """Return what came of each that was sent in one: of a digest it is known once, unless it is tried again."""
    if not made.due.members or made.following.outcome is None:
        return [made]
    unwanted = Made(made.due, Attempt("MUTED"), Following(outcome="MUTED"))
    return [
        (unwanted if each.alert.id in made.due.unwanted else made)._replace(
            due=each._replace(attempts=made.due.attempts)
        )
        for each in made.due.members
    ]


class Opened(NamedTuple):
    """What other letters than those about alerts are sent by as well."""

    server: MailServer
    wakeups: Wakeups
    metrics: MailMetrics
    pace: Pace


class PostOffice:
    """The sending of mail as a service has it, if it is told to: without a server it is nothing, and costs nothing."""

    def __init__(self, metrics: MailMetrics | None) -> None:
        self._metrics = metrics
        self._sender: MailSender | None = None
        self.opened: Opened | None = None

    @classmethod
    def of(cls, settings: Settings, registry: CollectorRegistry) -> Self:
        return cls(MailMetrics(registry) if settings.smtp_url else None)

    @property
    def writes(self) -> bool:
        """Whether alerts are sent to people at all."""
        return self._metrics is not None

    @property
    def readiness(self) -> Mapping[str, Check]:
        return {"mail": self._is_sent} if self.writes else {}

    async def open(
        self, stack: AsyncExitStack, settings: Settings, database: Database, http: httpx.AsyncClient, parts: Parts
    ) -> None:
        """Have what is due sent for as long as these parts run."""
        if self._metrics is None:
            return
        pace = Pace(settings.mail_retries_seconds, settings.mail_timeout_seconds, settings.mail_connections)
        wakeups = Wakeups(database, channel=MAIL_CHANNEL)
        # Of its own: whoever sends much keeps nobody who asks from a connection.
        pool = await stack.enter_async_context(database.pool(most=_CONNECTIONS))
        server = MailServer(Server.of(settings), timeout_seconds=pace.timeout_seconds, connections=pace.connections)
        self.opened = Opened(server, wakeups, self._metrics, pace)
        sender = self._sender = MailSender(
            MailStore(pool),
            DigestStore(pool),
            addresses_from(http, settings.agreements_url, settings.service_token),
            server,
            Stationery(settings.mail_from, settings.portal_url, settings.public_url),
            wakeups,
            self._metrics,
            pace,
        )
        parts.start(wakeups.run(), name="mail-listener")
        parts.start(sender.run(), name="mail")
        parts.start(sender.watch(), name="mail-watch")

    async def _is_sent(self) -> str | None:
        # Whoever asks here is answered all the same.
        trouble = await self._sender.trouble() if self._sender is not None else None
        return None if trouble is None else ReadyBut(trouble)
