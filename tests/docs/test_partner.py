"""A partner reads what concerns it, by the code and with the rights on the page, and can do nothing else."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.bus.stream import READER_API, STREAM, ensure_stream
from shared.embedded.nats import USERS, EmbeddedNats, Permissions
from shared.testing import wait_until
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
PASSWORDS = {name: f"{name}-secret" for name in ("relay", "operator", "egu")}
# What the operator of NATS has, who makes the partner's consumer.
OPERATOR = Permissions(("$JS.API.>",), account="LOG")
PUBLISHED = [
    ("moiety.v1.MOU-1.invention.InventionDisclosed", b'{"type":"agreements.InventionDisclosed.v1"}'),
    ("moiety.v1.MOU-2.invention.InventionDisclosed", b'{"type":"agreements.InventionDisclosed.v1"}'),
    ("moiety.v1.MOU-1.invention.DeterminationAdopted", b'{"type":"agreements.DeterminationAdopted.v1"}'),
]

pytestmark = pytest.mark.servers


def granted_on_the_page() -> Permissions:
    """Return what the page grants the partner; that it may listen on its own inboxes only is checked here."""
    publish = re.search(r"publish: \[(.*?)\]", PAGE)
    assert publish is not None
    assert 'subscribe: ["_INBOX_egu.>"]' in PAGE
    return Permissions(tuple(re.findall(r'"([^"]+)"', publish[1])))


def code_on_the_page() -> dict[str, Any]:
    """Return what the page's Python defines."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/events.md", "exec"), names)  # noqa: S102  # our own page
    return names


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """Run a server that knows the relay, its operator and the partner."""
    users = {"relay": USERS["relay"], "operator": OPERATOR, "egu": granted_on_the_page()}
    server = EmbeddedNats(tmp_path_factory.mktemp("bus"), passwords=PASSWORDS, users=users)
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def connected(bus: EmbeddedNats, user: str, denied: list[Exception] | None = None) -> AsyncIterator[Client]:
    async def on_error(error: Exception) -> None:
        if denied is not None:
            denied.append(error)

    client = await nats.connect(
        bus.url, user=user, password=PASSWORDS[user], inbox_prefix=f"_INBOX_{user}", error_cb=on_error
    )
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture(scope="module")
async def published(bus: EmbeddedNats) -> EmbeddedNats:
    """Publish events of two agreements, and make the partner's consumer as the page does."""
    async with connected(bus, "relay") as relay:
        jetstream = relay.jetstream()
        await ensure_stream(jetstream)
        for subject, body in PUBLISHED:
            await jetstream.publish(subject, body)
    async with connected(bus, "operator") as operator:
        await code_on_the_page()["give_partner_a_consumer"](operator.jetstream())
    return bus


async def test_a_partner_follows_its_agreement(published: EmbeddedNats) -> None:
    """The partner gets the events of its agreement, in order and with their positions, and no others."""
    events = await code_on_the_page()["follow"](published.url, PASSWORDS["egu"], 2)

    assert [(1, "agreements.InventionDisclosed.v1"), (3, "agreements.DeterminationAdopted.v1")] == [
        (event["position"], event["type"]) for event in events
    ]


FORBIDDEN: dict[str, Callable[[Client], Awaitable[object]]] = {
    "publish an event": lambda client: client.request("moiety.v1.MOU-1.invention.Forged", b"{}", timeout=0.5),
    "make a consumer": lambda client: client.request(f"{READER_API}.CONSUMER.CREATE.{STREAM}.mine", b"{}", timeout=0.5),
    "widen its own": lambda client: client.request(f"{READER_API}.CONSUMER.CREATE.{STREAM}.egu", b"{}", timeout=0.5),
    "read any message": lambda client: client.request(f"{READER_API}.DIRECT.GET.{STREAM}", b'{"seq":2}', timeout=0.5),
    "look at the stream": lambda client: client.request(f"{READER_API}.STREAM.INFO.{STREAM}", b"", timeout=0.5),
    "delete the stream": lambda client: client.request(f"{READER_API}.STREAM.DELETE.{STREAM}", b"", timeout=0.5),
    "pull from another's": lambda client: client.request(
        f"{READER_API}.CONSUMER.MSG.NEXT.{STREAM}.atrc", b"", timeout=0.5
    ),
}


@pytest.mark.parametrize("act", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_a_partner_may_do_nothing_else(
    published: EmbeddedNats, act: Callable[[Client], Awaitable[object]]
) -> None:
    """The server answers nothing that was not granted, and the stream is what it was."""
    async with connected(published, "egu") as partner:
        with pytest.raises((NatsError, TimeoutError)):
            await act(partner)
    async with connected(published, "operator") as operator:
        assert len(PUBLISHED) == (await operator.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("subject", ["moiety.v1.>", "_INBOX_ledger.>", ">"])
async def test_a_partner_cannot_listen_beside_its_own_inboxes(published: EmbeddedNats, subject: str) -> None:
    """Neither events nor answers to somebody else can be overheard."""
    denied: list[Exception] = []
    async with connected(published, "egu", denied) as partner:
        await partner.subscribe(subject)
        await wait_until(lambda: "permissions violation" in str(denied).lower(), 5, "nothing was refused")


@pytest.mark.parametrize("question", ["CONSUMER.INFO.MOIETY.egu", "CONSUMER.MSG.NEXT.MOIETY.egu"])
async def test_no_answer_can_be_made_an_event(published: EmbeddedNats, question: str) -> None:
    """A reply subject is not checked by NATS; what is delivered there must not reach the stream."""
    async with connected(published, "egu") as partner:
        for subject in (f"{READER_API}.{question}", "$JS.ACK.MOIETY.egu.1.1.1.1.0"):
            await partner.publish(subject, b"", reply="moiety.v1.MOU-1.invention.DeterminationAdopted")
        await partner.flush()
        await partner.request(f"{READER_API}.CONSUMER.INFO.MOIETY.egu", b"", timeout=5)  # all before it is done
    async with connected(published, "operator") as operator:
        assert len(PUBLISHED) == (await operator.jetstream().stream_info(STREAM)).state.last_seq
