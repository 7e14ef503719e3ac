"""Two partners on a server with a gate, their streams and consumers, and whoever tries to come in."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import StreamConfig
from prometheus_client import CollectorRegistry

from services.notifications.gate.answers import inbox_of
from services.notifications.gate.gate import Gate, GateMetrics
from shared.bus.connection import connect
from shared.bus.party import party_stream
from shared.embedded.nats import USERS, EmbeddedNats
from shared.log.parties import PARTNER_API, stream_of, subject_for
from shared.nkeys import AccountKey
from shared.web.auth import TokenVerifier
from shared.web.claims import Accepted
from shared.web.issuer import LocalIssuer
from shared.web.keys import TrustedKeys
from tests.deployment.nats_conf import DeployedNats

PARTIES = ("HUT", "ATRC")
CONSUMERS = ("main", "reporting")
EVENTS = 5
ISSUER, AUDIENCE = "https://issuer.example", "moiety"
SUBJECT = "moiety.v1.MOU-1.party.PartyRegistered"
ANSWER_SECONDS = 10
_STAYS = "STAYS"
# The worst an event could be: as the body of a request for messages, it asks for as many.
BODY = b'{"batch":5,"no_wait":true}'


class Entrance(NamedTuple):
    """A server, who may let in, and what it lets in by."""

    bus: EmbeddedNats
    key: AccountKey
    issuer: LocalIssuer

    def token(self, party: str | None, *roles: str, lifetime_seconds: float = 600) -> str:
        return self.issuer.mint(
            "system", party=party, roles=list(roles or ("partner",)), lifetime_seconds=lifetime_seconds
        )

    @contextlib.asynccontextmanager
    async def gate(self, folder: Path, *, registry: CollectorRegistry | None = None) -> AsyncIterator[Gate]:
        """A gate at work."""
        self.issuer.write_jwks(folder / "jwks.json")
        keys = TrustedKeys.at(str(folder / "jwks.json"))
        await keys.start()
        accepted = Accepted(ISSUER, frozenset({AUDIENCE}), leeway_seconds=0)
        gate = Gate(TokenVerifier(keys, accepted), self.key, GateMetrics(registry or CollectorRegistry()))
        async with self.as_user("gate") as client:
            await gate.open(client)
            yield gate

    def as_user(self, user: str) -> contextlib.AbstractAsyncContextManager[Client]:
        """Connect as one who is configured."""
        return connect(self.bus.url, user=user, password=self.bus.passwords[user], timeout_seconds=10)

    @contextlib.asynccontextmanager
    async def partner(
        self, party: str, *, token: str | None = None, inbox: str | None = None, **options: Any
    ) -> AsyncIterator["Partner"]:
        """Connect as a partner's system does; raises what the client raises when it is not let in."""
        complaints: list[str] = []

        async def complain(error: Exception) -> None:
            complaints.append(str(error).lower())

        client = await nats.connect(
            self.bus.url,
            token=token or self.token(party),
            inbox_prefix=inbox or inbox_of(party),
            error_cb=complain,
            skip_subject_validation=True,  # what a client would not send, somebody else's would
            **{"allow_reconnect": False, "connect_timeout": 8, **options},
        )
        try:
            yield Partner(party, client, complaints)
        finally:
            with contextlib.suppress(NatsError):
                await client.close()


class Partner:
    """A partner's system, and what the server said against it."""

    def __init__(self, party: str, client: Client, complaints: list[str]) -> None:
        self.party = party
        self.client = client
        self.complaints = complaints

    async def may_publish(self, subject: str, body: bytes = b"?") -> bool:
        self.complaints.clear()
        await self.client.publish(subject, body, reply=self.client.new_inbox())
        return await self._permitted()

    async def may_hear(self, subject: str, queue: str = "") -> bool:
        self.complaints.clear()
        listening = await self.client.subscribe(subject, queue=queue)
        permitted = await self._permitted()
        await listening.unsubscribe()
        return permitted

    async def pull(self, consumer: str, most: int = EVENTS) -> Sequence[int]:
        """Pull and acknowledge what a consumer of its own has, and return the numbers."""
        jetstream = self.client.jetstream(prefix=PARTNER_API)
        subscription = await jetstream.pull_subscribe_bind(consumer, stream=stream_of(self.party))
        messages = await subscription.fetch(most, timeout=ANSWER_SECONDS)
        for message in messages:
            await message.ack_sync(timeout=ANSWER_SECONDS)
        return [message.metadata.sequence.stream for message in messages]

    async def _permitted(self) -> bool:
        for _ in range(2):  # the server complains before it answers; the client lets the first overtake what it sends
            await self.client.flush()
        return not any("permissions violation" in complaint for complaint in self.complaints)


async def ask(client: Client, question: str, **body: Any) -> dict[str, Any]:
    """Ask JetStream as who fills the streams."""
    asked = msgspec.json.encode(body) if body else b""
    answer: dict[str, Any] = msgspec.json.decode(
        (await client.request(f"$JS.API.{question}", asked, timeout=ANSWER_SECONDS)).data
    )
    assert "error" not in answer, answer
    return answer


async def stay_furnished(feeds: Client) -> None:
    """Have one more stream, which stays: NATS clears away the folder of an account without any after it has answered.

    What is made at that moment would find its folder gone. (Who fills the streams tries again.)
    """
    await feeds.jetstream().add_stream(name=_STAYS)


async def furnish(entrance: Entrance) -> None:
    """Have a fresh stream of each party's, with some events and two consumers."""
    async with entrance.as_user("feeds") as feeds:
        await stay_furnished(feeds)
        there = {stream["config"]["name"] for stream in (await ask(feeds, "STREAM.LIST"))["streams"]}
        for name in there - {_STAYS}:
            await ask(feeds, f"STREAM.DELETE.{name}")
        for party in PARTIES:
            stream = party_stream(party)
            config = StreamConfig(name=stream.name, subjects=[stream.subjects], allow_direct=True)
            await feeds.jetstream().add_stream(config)
            for _ in range(EVENTS):
                await feeds.jetstream().publish(subject_for(party, SUBJECT), BODY)
            for name in CONSUMERS:
                consumer = {"name": name, "durable_name": name, "ack_policy": "explicit", "deliver_policy": "all"}
                await ask(feeds, f"CONSUMER.CREATE.{stream.name}.{name}", stream_name=stream.name, config=consumer)


async def state_of(entrance: Entrance, party: str) -> Mapping[str, Any]:
    """Return what can be changed of a party's: where its stream ends, and how its consumers stand."""
    stream = stream_of(party)
    kept = ("config", "delivered", "ack_floor", "num_ack_pending", "num_pending")
    async with entrance.as_user("feeds") as feeds:
        info = await ask(feeds, f"STREAM.INFO.{stream}")
        listed = await ask(feeds, f"CONSUMER.LIST.{stream}")
    return {
        "last": info["state"]["last_seq"],
        "config": info["config"],
        "consumers": {each["name"]: {name: each[name] for name in kept} for each in listed["consumers"]},
    }


@contextlib.contextmanager
def entrance_to(which: str, folder: Path) -> Iterator[Entrance]:
    """Run a server as `make run` starts it (`embedded`), or on `deploy/nats.conf` (`deployed`), with a gate's key."""
    key = AccountKey.generate()
    bus: EmbeddedNats
    if which == "deployed":
        bus = DeployedNats(folder, gate_key=key.public)
    else:
        bus = EmbeddedNats(folder, passwords={user: f"{user}-secret" for user in USERS}, gate_key=key.public)
    bus.start()
    try:
        yield Entrance(bus, key, LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE))
    finally:
        bus.stop()
