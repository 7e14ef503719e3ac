"""Says to agreements what is owed as proof of notice, until it is recorded: in order, a few events at a time."""

import asyncio
from typing import Final, NamedTuple

import httpx
import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge

from services.notifications.notices.sent import Owed, ProofOfNotice, contradiction, proofs_of
from services.notifications.notices.store import ProofStore, Standing
from services.notifications.store import WRITER_LOCK
from shared.database import Database
from shared.errors import Unavailable, in_public
from shared.patience import answered_within
from shared.telemetry import logger
from shared.web.health import ReadyBut

LOOK_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 10.0
EVENTS_AT_ONCE: Final = 16
PROOF_LOCK: Final = WRITER_LOCK + 3
# What stands in agreements was proven first, and is what counts.
STANDS_OTHERWISE: Final = "RECORDED_OTHERWISE"
# What is told of whoever says it, or of agreements, and not of what is said.
_OF_NOTHING_SAID: Final = frozenset({401, 403, 429})
_SERVER_ERRORS: Final = 500
_UNKNOWN: Final = "ROUTE_UNKNOWN"

_log = logger()


class NoticeMetrics:
    """What an operator watches: clocks that depend on notice stand still for as long as it is not proven."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.position = Gauge(
            "moiety_notice_proven_position",
            "The last event up to which all notice that this process gave is proven; 0 where it stands by.",
            registry=registry,
        )
        self.age = Gauge(
            "moiety_notice_oldest_unproven_age_seconds",
            "How long ago the oldest alert came into an inbox of which agreements have recorded no notice yet.",
            registry=registry,
        )
        self.unproven = Gauge(
            "moiety_notice_unproven", "Deliveries and acknowledgements that are not proven yet.", registry=registry
        )
        self.refused = Gauge(
            "moiety_notice_refused",
            "Those of them that agreements have refused to record, or that nothing proves any more.",
            registry=registry,
        )
        self.proven = Counter(
            "moiety_notice_proven", "Deliveries and acknowledgements that were proven.", ("what",), registry=registry
        )

    def standing(self, standing: Standing) -> None:
        """Tell how far everything is proven."""
        self.position.set(standing.proven)
        self.age.set(standing.age_seconds)
        self.unproven.set(standing.owed)
        self.refused.set(standing.refused)

    def count(self, proof: ProofOfNotice) -> None:
        """Count what was proven."""
        for each in proof.owed:
            self.proven.labels(each.what.lower()).inc()


class Refused(NamedTuple):
    """Why agreements recorded nothing; `of_caller` where that is not because of what was said.

    `words` are for the log alone: they may name a host.
    """

    code: str
    of_caller: bool
    words: str = ""


class _NotTaken(Exception):  # a message between two methods of this file
    """Agreements take no proof now, of anything."""


class Proving:
    """Proves what is owed; its readiness says what agreements do not take."""

    def __init__(
        self,
        agreements_url: str,
        token: str,
        metrics: NoticeMetrics,
        *,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._address = f"{agreements_url}/v1/notices"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._metrics = metrics
        self._retry_seconds = retry_seconds
        self._reason: str | None = None

    async def reason(self) -> str | None:
        """Return what is not proven, and why, if anything: nobody's inbox is any the worse for it."""
        return None if self._reason is None else ReadyBut(self._reason)

    async def look(self, store: ProofStore, http: httpx.AsyncClient) -> bool:
        """Prove what is owed of the next events, and tell whether to look for more at once."""
        more, trouble = False, None
        try:
            more = await self._prove(store, http)
        except _NotTaken as not_taken:
            code, words = not_taken.args
            _log.warning("Agreements take no proof of notice", action="notice-not-taken", reason=words or code)
            trouble = f"agreements take no proof of notice: {code}"
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # it fails loudly and is tried again: no clock may stand still unseen
            _log.exception("Notice is not proven", action="proving-fails")
            trouble = f"notice is not proven: {in_public(error)}"
        standing = await store.standing()
        self._metrics.standing(standing)
        self._reason = trouble or _reason(standing)
        if trouble is not None:
            await asyncio.sleep(self._retry_seconds)
        return more

    async def _prove(self, store: ProofStore, http: httpx.AsyncClient) -> bool:
        """Prove what is owed of the next events, and tell whether there was any; raises _NotTaken."""
        owed = await store.owed(events=EVENTS_AT_ONCE)
        for each in owed:
            if code := contradiction(each):
                _tell("Nothing proves a notice any more", each, code, action="notice-contradicted")
                await store.refused([each], code)
        proofs = [*proofs_of(owed)]
        refused = await asyncio.gather(*(self._say(http, proof.said) for proof in proofs))
        for proof, refusal in zip(proofs, refused, strict=True):
            await self._settle(http, store, proof, refusal)
        if not_taken := next((each for each in refused if each and each.of_caller), None):
            raise _NotTaken(not_taken.code, not_taken.words)
        return bool(owed)

    async def _settle(
        self, http: httpx.AsyncClient, store: ProofStore, proof: ProofOfNotice, refusal: Refused | None
    ) -> None:
        if refusal is None:
            await store.proven(proof.owed)
            self._metrics.count(proof)
        elif refusal.of_caller:
            return
        elif len(proof.owed) > 1:  # it is because of one of them, and the others do not wait for that
            for alone in (part for each in proof.owed for part in proofs_of([each])):
                await self._settle(http, store, alone, await self._say(http, alone.said))
        else:
            await self._keep_refused(store, proof.owed[0], refusal.code)

    @staticmethod
    async def _keep_refused(store: ProofStore, owed: Owed, code: str) -> None:
        _tell("Agreements refuse proof of notice", owed, code, action="notice-refused")
        if code == STANDS_OTHERWISE:
            await store.proven([owed], refused=code)
        else:
            await store.refused([owed], code)

    async def _say(self, http: httpx.AsyncClient, said: bytes) -> Refused | None:
        try:
            with answered_within(ANSWER_SECONDS):
                answer = await http.post(self._address, content=said, headers=self._headers)
        except (httpx.HTTPError, TimeoutError) as error:
            return Refused(type(error).__name__, of_caller=True, words=str(error))
        if answer.is_success:
            return None
        code = _code(answer)
        status = answer.status_code
        of_caller = status in _OF_NOTHING_SAID or status >= _SERVER_ERRORS or code == _UNKNOWN
        return Refused(code, of_caller)


async def prove_forever(database: Database, http: httpx.AsyncClient, proving: Proving) -> None:
    """Prove what is owed whenever no other process does, for ever."""
    while True:
        try:
            async with database.sole_holder(PROOF_LOCK) as connection:
                store = ProofStore(connection)
                while True:
                    if not await proving.look(store, http):
                        await asyncio.sleep(LOOK_SECONDS)
        except Unavailable as error:
            _log.warning("Notice is not proven for now", action="proving-pauses", reason=str(error))
        await asyncio.sleep(RETRY_SECONDS)


def _reason(standing: Standing) -> str | None:
    """Return what to tell of what is not proven."""
    return f"{standing.refused} proofs of notice are not recorded: {standing.code}" if standing.refused else None


def _tell(message: str, owed: Owed, code: str, *, action: str) -> None:
    _log.error(message, action=action, alert=owed.alert.id, position=owed.alert.position, what=owed.what, reason=code)


def _code(answer: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(answer.content)["code"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
