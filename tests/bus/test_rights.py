"""Who may do what on the bus: every act with every user, on real servers with the real configurations."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import nats
import pytest
from nats.aio.client import Client

from shared.bus.stream import READER_API, STREAM, ensure_stream
from shared.embedded.nats import USERS, EmbeddedNats, _binary
from shared.testing import wait_until
from tests.bus.acts import ACTS, Act
from tests.deployment.nats_conf import EMBEDDED_ONLY, DeployedNats

# Those who have to do with the log; whoever has to do with the parties' streams: test_partner_rights.py.
OF_THE_LOG = {user: rights for user, rights in USERS.items() if rights.account in {"LOG", "READERS"}}
API = {user: "$JS.API" if rights.account == "LOG" else READER_API for user, rights in OF_THE_LOG.items()}
EVENTS = 5
ANSWER_SECONDS = 10
SUBJECT = "moiety.v1.MOU-1.party.PartyRegistered"
OTHER = "atrc"
READERS = sorted(OF_THE_LOG.keys() - {"relay"})
REPLIES = [
    *(
        f"{api}.CONSUMER.{act}.MOIETY.{OTHER}"
        for api in (READER_API, "$JS.API")
        for act in ("MSG.NEXT", "DELETE", "RESET")
    ),
    SUBJECT,
    f"$JS.ACK.MOIETY.{OTHER}.1.1.1.1.0",
]

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """A server as `make run` starts it."""
    server = EmbeddedNats(tmp_path_factory.mktemp("bus"), passwords={user: f"{user}-secret" for user in USERS})
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """A server on `deploy/nats.conf`, partners let in."""
    server = DeployedNats(tmp_path_factory.mktemp("deployed"))
    server.start()
    yield server
    server.stop()


class Connected:
    """A user of the bus, and what the server said against it."""

    def __init__(self, client: Client, user: str, complaints: list[str]) -> None:
        self.client = client
        self.user = user
        self._complaints = complaints

    async def may(self, act: Act, api: str) -> bool:
        """Try an act and tell whether the server let it pass; what may be asked must be answered."""
        subject = act.subject.format(api=api, own=self.user)
        self._complaints.clear()
        listening = await self.client.subscribe(subject if act.listens else (inbox := self.client.new_inbox()))
        if not act.listens:
            await self.client.publish(subject, act.body, reply=inbox)
        for _ in range(2):  # the server complains before it answers; the client lets the first overtake what it sends
            await self.client.flush()
        permitted = not any("permissions violation" in complaint for complaint in self._complaints)
        if permitted and act.answered:
            await listening.next_msg(timeout=ANSWER_SECONDS)
        await listening.unsubscribe()
        return permitted


@asynccontextmanager
async def connected(bus: EmbeddedNats, user: str) -> AsyncIterator[Connected]:
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints.append(str(error).lower())

    client = await nats.connect(
        bus.url, user=user, password=bus.passwords[user], inbox_prefix=f"_INBOX_{user}", error_cb=complain
    )
    try:
        yield Connected(client, user, complaints)
    finally:
        await client.close()


async def asked(client: Client, question: str, **body: object) -> dict[str, Any]:
    answer = await client.request(
        f"{READER_API}.{question}", msgspec.json.encode(body) if body else b"", timeout=ANSWER_SECONDS
    )
    decoded: dict[str, Any] = msgspec.json.decode(answer.data)
    return decoded


async def make(client: Client, name: str, **config: object) -> dict[str, Any]:
    return await asked(client, f"CONSUMER.CREATE.MOIETY.{name}", **request_for({"name": name, **config}))


def request_for(config: Mapping[str, object]) -> dict[str, Any]:
    return {"stream_name": STREAM, "config": {"ack_policy": "explicit", "deliver_policy": "all", **config}}


async def furnish(bus: EmbeddedNats, *, seen: str = "moiety.v1.>") -> None:
    """Have events, a consumer of another partner's, and one of everybody's who may have some, with this filter."""
    async with connected(bus, "relay") as relay, connected(bus, "admin") as admin:
        jetstream = relay.client.jetstream()
        if await ensure_stream(jetstream) == 0:
            for number in range(EVENTS):
                await jetstream.publish(SUBJECT, b'{"number":%d}' % number)
        for name in (await asked(admin.client, "CONSUMER.NAMES.MOIETY"))["consumers"]:
            await asked(admin.client, f"CONSUMER.DELETE.MOIETY.{name}")
        for name in (OTHER, "partner", "ledger", "ledger-rebuild", "notifications"):
            filtered = "moiety.v1.>" if name == OTHER else seen
            assert "error" not in await make(admin.client, name, durable_name=name, filter_subject=filtered)


async def consumers(bus: EmbeddedNats) -> Mapping[str, Any]:
    """Return what an administrator sees of every consumer."""
    async with connected(bus, "admin") as admin:
        listed = await asked(admin.client, "CONSUMER.LIST.MOIETY")
    kept = ("config", "delivered", "ack_floor", "num_ack_pending", "num_pending")
    return {each["name"]: {name: each[name] for name in kept} for each in listed["consumers"]}


async def delivered(bus: EmbeddedNats, name: str, last: int) -> bool:
    return bool((await consumers(bus))[name]["delivered"]["stream_seq"] == last)


async def last_sequence(bus: EmbeddedNats) -> int:
    async with connected(bus, "relay") as relay:
        return (await relay.client.jetstream().stream_info(STREAM)).state.last_seq


async def check(bus: EmbeddedNats, user: str) -> None:
    await furnish(bus)
    other = next(api for api in API.values() if api != API[user])
    async with connected(bus, user) as somebody:
        tried = {name: await somebody.may(act, API[user]) for name, act in ACTS.items()}
        under_the_other_name = {
            name for name, act in ACTS.items() if "{api}" in act.subject and await somebody.may(act, other)
        }

    assert {name: user in act.may for name, act in ACTS.items()} == tried
    assert set() == under_the_other_name


@pytest.mark.parametrize("user", OF_THE_LOG)
async def test_each_user_may_do_this_and_nothing_else(embedded: EmbeddedNats, user: str) -> None:
    """On one's own machine."""
    await check(embedded, user)


@pytest.mark.parametrize("user", sorted(OF_THE_LOG.keys() - EMBEDDED_ONLY))
async def test_each_user_may_do_this_and_nothing_else_in_production(deployed: EmbeddedNats, user: str) -> None:
    """The same acts on the configuration that is deployed."""
    await check(deployed, user)


def test_every_user_is_asked_about() -> None:
    """A user that nobody thought of here would have no row."""
    assert OF_THE_LOG.keys() == {user for act in ACTS.values() for user in act.may}


@pytest.mark.parametrize("user", OF_THE_LOG)
def test_every_right_is_tried(user: str) -> None:
    """A right that is given without a row here would be a right that nobody asked about."""
    allowed = {act.subject.format(api=API[user], own=user) for act in ACTS.values() if user in act.may}

    assert [] == [right for right in USERS[user].publish if not any(covers(right, subject) for subject in allowed)]


def covers(right: str, subject: str) -> bool:
    pattern = re.escape(right).replace(r"\*", "[^.]+")
    return re.fullmatch(re.sub(r"(\\?>)$", ".+", pattern), subject) is not None


def test_every_question_that_the_server_knows_is_asked() -> None:
    """What a newer server can be asked is found in it, and must have a row here."""
    known = {
        found[1].decode() for found in re.finditer(rb"\$JS\.API\.((?:[A-Z_]{2,}\.?)+)", Path(_binary()).read_bytes())
    }
    asked_here = {act.subject.removeprefix("{api}.") for act in ACTS.values() if act.subject.startswith("{api}.")}

    assert len(known) > 30
    # What stands in the file behind a text without an end runs into it.
    assert set() == {each for each in known if not any(begins_alike(each, question) for question in asked_here)}


def begins_alike(known: str, question: str) -> bool:
    return question.startswith(known) or (not known.endswith(".") and known.startswith(question))


@pytest.mark.parametrize("seen", ["moiety.v1.>", "moiety.v1.NONE.>"], ids=["messages", "empty"])
@pytest.mark.parametrize("user", READERS)
async def test_no_answer_does_what_its_reader_may_not(embedded: EmbeddedNats, user: str, seen: str) -> None:
    """NATS asks nobody whether a *reply* subject may be published on: no answer may act on a consumer or be an event.

    Answers without a body are just what pulling, resetting and deleting ask for.
    """
    await furnish(embedded, seen=seen)
    before, last = (await consumers(embedded))[OTHER], await last_sequence(embedded)
    questions = [act for act in ACTS.values() if user in act.may and act.subject.startswith("{api}")]
    async with connected(embedded, user) as somebody:
        for act in questions:
            for body in (act.body, b'{"seq":999}'):  # the latter finds no message
                for reply in REPLIES:
                    await somebody.client.publish(act.subject.format(api=READER_API, own=user), body, reply=reply)
        for act in questions:  # whatever came before is done when the same is answered
            await somebody.may(act, READER_API)

    assert before == (await consumers(embedded))[OTHER]
    assert last == await last_sequence(embedded)


@pytest.mark.parametrize("user", READERS)
async def test_only_who_makes_consumers_can_have_anothers_emptied(embedded: EmbeddedNats, user: str) -> None:
    """A consumer that delivers into another's requests pulls from it, and no right can look into the request for one.

    So nobody has a right to ask for one but the services and the administrator; `docs/events.md` says so.
    """
    await furnish(embedded)
    last = await last_sequence(embedded)
    pushing = {"headers_only": True, "deliver_subject": f"$JS.API.CONSUMER.MSG.NEXT.MOIETY.{OTHER}"}
    async with connected(embedded, user) as somebody:
        for name in (user, f"{user}-rebuild", "fresh"):
            body = msgspec.json.encode(request_for({"name": name, **pushing}))
            for act in (
                Act("{api}.CONSUMER.DELETE.MOIETY." + name, body=b""),
                Act("{api}.CONSUMER.CREATE.MOIETY." + name, body=body),
            ):
                await somebody.may(act, READER_API)

    if user in {"ledger", "notifications", "admin"}:
        await wait_until(lambda: delivered(embedded, OTHER, last), ANSWER_SECONDS, "the other's consumer emptied")
    else:
        assert await delivered(embedded, OTHER, 0)


@pytest.mark.parametrize("user", ["ledger", "notifications"])
async def test_a_hijacked_service_makes_no_consumer_but_its_own(embedded: EmbeddedNats, user: str) -> None:
    """Whatever it writes into the request: no other's is changed, and there are never more than its names."""
    await furnish(embedded)
    before = await consumers(embedded)
    async with connected(embedded, user) as service:
        await asked(service.client, f"CONSUMER.DELETE.MOIETY.{user}")
        for name in ("fresh", OTHER, "partner"):
            for config in ({"name": name}, {"name": name, "durable_name": name}, {"name": user, "durable_name": name}):
                await asked(service.client, f"CONSUMER.CREATE.MOIETY.{user}", **request_for(config))
    after = await consumers(embedded)

    assert before.keys() == after.keys() | {user}
    assert {name: each for name, each in before.items() if name != user} == {
        name: each for name, each in after.items() if name != user
    }


@pytest.mark.parametrize(
    ("subject", "bound"),
    [
        ("$JS.API.STREAM.DELETE.MOIETY", False),
        ("$JS.API.STREAM.PURGE.MOIETY", False),
        (f"$JS.API.CONSUMER.DELETE.MOIETY.{OTHER}", False),
        (f"$JS.ACK.MOIETY.{OTHER}.1.1.1.1.0", False),
        (SUBJECT, False),
        (f"$JS.API.CONSUMER.RESET.MOIETY.{OTHER}", True),
        (f"$JS.API.CONSUMER.MSG.NEXT.MOIETY.{OTHER}", True),
    ],
)
async def test_what_a_hijacked_service_can_deliver_into(embedded: EmbeddedNats, subject: str, *, bound: bool) -> None:
    """Others' consumers can be pulled from and set back; nothing can be deleted, acknowledged or published."""
    await furnish(embedded)
    before, last = (await consumers(embedded))[OTHER], await last_sequence(embedded)
    async with connected(embedded, "ledger") as ledger:
        await asked(ledger.client, "CONSUMER.DELETE.MOIETY.ledger")
        made = await make(ledger.client, "ledger", headers_only=True, deliver_subject=subject)

    assert bound == made.get("push_bound", False)
    assert bound or before == (await consumers(embedded))[OTHER]
    assert last == await last_sequence(embedded)
