"""How things stand in a running stack, measured from outside by those who may: an auditor, a party, an observer."""

import asyncio
from base64 import b64decode
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import httpx

from shared.testing import block_until

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from nats.aio.client import Client

    from shared.bus.held import Held
    from shared.embedded.home import Home

_PAGE: Final = 1_000
_INBOX_PAGE: Final = 200
_ANSWER_SECONDS: Final = 10.0
_ALERTED: Final = "moiety_alerted_position"
_PROVEN: Final = "moiety_notice_proven_position"


class Reached(NamedTuple):
    """How far each part has come: all are equal when there is nothing left to do."""

    log_position: int
    stream_sequence: int
    ledger_size: int
    alerted_position: int
    proven_position: int


class Entry(NamedTuple):
    """An entry's bytes, and the hash under which it is a leaf of the ledger's tree."""

    body: bytes
    leaf_hash: bytes


class Standing:
    """Reads one stack over HTTP with an auditor's token, and its stream over NATS as its observer."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self._http = httpx.Client(
            timeout=_ANSWER_SECONDS,
            trust_env=False,
            headers={"Authorization": f"Bearer {home.issuer.mint('observing-auditor', roles=['auditor'])}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def reached(self) -> Reached:
        notifications = [self._metric(name) for name in (_ALERTED, _PROVEN)]
        return Reached(self.log_position(), asyncio.run(self._stream_sequence()), self.ledger_size(), *notifications)

    def await_entered(self, deadline_seconds: float) -> None:
        """Wait until the ledger holds what the log held when this was called; raises NotInTime."""
        position = self.log_position()
        block_until(
            lambda: self.ledger_size() >= position, deadline_seconds, lambda: f"the ledger at {self.ledger_size()}"
        )

    def await_proven(self, deadline_seconds: float) -> None:
        """Wait until notice of everything is proven that the log held when this was called; raises NotInTime."""
        position = self.log_position()
        block_until(
            lambda: self._metric(_PROVEN) >= position,
            deadline_seconds,
            lambda: f"notice proven up to {self._metric(_PROVEN)}, not {position}",
        )

    def await_settled(self, deadline_seconds: float) -> Reached:
        """Wait until every part has come as far as the log, and return how far that is; raises NotInTime."""
        block_until(lambda: len(set(self.reached())) == 1, deadline_seconds, lambda: f"{self.reached()}")
        return self.reached()

    def log_position(self) -> int:
        return int(self._get("agreements", "/v1/events", limit=1).json()["last_position"])

    def ledger_size(self) -> int:
        return int(self._get("ledger", "/v1/entries", limit=1).json()["size"])

    def log(self) -> list[bytes]:
        """Return the log's events, the bytes of each."""
        read: list[bytes] = []
        while page := self._get("agreements", "/v1/events", after=len(read), limit=_PAGE).json()["events"]:
            read += [b64decode(event["body"]) for event in page]
        return read

    def chain_at(self, position: int) -> str | None:
        """Return the chain that the feed states after a position, None where the log ends below it."""
        chain: str | None = self._get("agreements", "/v1/events", after=position, limit=1).json()["chain"]
        return chain

    def checkpoint(self) -> bytes:
        """Return the ledger's newest checkpoint, as signed."""
        return self._get("ledger", "/v1/checkpoint").content

    def entries(self) -> list[Entry]:
        """Return the ledger's entries."""
        read: list[Entry] = []
        while page := self._get("ledger", "/v1/entries", after=len(read), limit=_PAGE).json()["entries"]:
            read += [Entry(entry["body"].encode(), b64decode(entry["leaf_hash"])) for entry in page]
        return read

    def holders(self, asset: str, **clocks: str | int) -> dict[str, str]:
        """Return who holds which share of an asset, as the ledger says: today, or on another day or as known before."""
        holders: dict[str, str] = self._get("ledger", f"/v1/assets/{asset}/ownership", **clocks).json()["holders"]
        return holders

    def ownership(self, asset: str, *, effective: date, known: date) -> dict[str, Any]:
        """Return what the ledger says of who held an asset on a day, as known at the end of another."""
        answer: dict[str, Any] = self._get(
            "ledger", f"/v1/assets/{asset}/ownership", effective=effective.isoformat(), known=known.isoformat()
        ).json()
        return answer

    def alerts(self, party: str) -> list[dict[str, Any]]:
        """Return everything in a party's inbox, read with a token of that party's."""
        token = self._home.issuer.mint(f"{party}-REP", party=party, roles=["representative"])
        alerts: list[dict[str, Any]] = []
        parameters: dict[str, Any] = {"limit": _INBOX_PAGE}
        while True:
            page = self._get("notifications", "/v1/inbox", token, **parameters).json()
            alerts += page["items"]
            if page["next"] is None:
                return alerts
            parameters["cursor"] = page["next"]

    def stream(self, last: int) -> "list[Held]":
        """Return the stream's messages 1 to `last`; raises NotHeld, as nobody else is asked for what is missing."""
        return asyncio.run(self._stream(last))

    def _metric(self, name: str) -> int:
        lines = self._http.get(self._home.metrics_url("notifications")).raise_for_status().text.splitlines()
        return next((int(float(line.split()[-1])) for line in lines if line.startswith(f"{name} ")), 0)

    def _get(self, service: str, path: str, token: str | None = None, /, **parameters: Any) -> httpx.Response:  # noqa: ANN401  # a query
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._http.get(f"{self._home.url(service)}{path}", params=parameters, headers=headers)
        return answer.raise_for_status()

    async def _stream_sequence(self) -> int:
        from nats.js.errors import NotFoundError

        from shared.bus.stream import READER_API, STREAM

        async with self._observer() as nats:
            try:
                return (await nats.jetstream(prefix=READER_API).stream_info(STREAM)).state.last_seq
            except NotFoundError:  # the relay has not made it yet, or not again
                return 0

    async def _stream(self, last: int) -> "list[Held]":
        from shared.bus.held import held

        async with self._observer() as nats:
            return await held(nats, last=last)

    def _observer(self) -> "AbstractAsyncContextManager[Client]":
        from shared.bus.connection import connect

        return connect(self._home.nats.url, user="observer", password=self._home.secret("nats-observer"))
