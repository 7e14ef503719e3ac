"""A partner reads what concerns it, by the code and with the rights on the page, and can do nothing else."""

import ast
import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.bus.stream import READER_API, STREAM, ensure_stream
from shared.embedded.nats import USERS, EmbeddedNats
from shared.testing import wait_until
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
PASSWORDS = {name: f"{name}-secret" for name in ("relay", "admin", "partner")}
PUBLISHED = [
    ("moiety.v1.MOU-5G.invention.InventionDisclosed", b'{"type":"agreements.InventionDisclosed.v1"}'),
    ("moiety.v1.MOU-2.invention.InventionDisclosed", b'{"type":"agreements.InventionDisclosed.v1"}'),
    ("moiety.v1.MOU-5G.invention.DeterminationAdopted", b'{"type":"agreements.DeterminationAdopted.v1"}'),
]

pytestmark = pytest.mark.servers


def granted_on_the_page(user: str) -> tuple[set[str], str]:
    """Return what the page's table grants: where the user may publish, and where it may listen."""
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in PAGE.splitlines() if row.startswith("| ")]
    first = next(number for number, row in enumerate(rows) if row[0].startswith(f"`{user}`"))
    more = itertools.takewhile(lambda row: not row[0], rows[first + 1 :])
    return {row[1].strip("`") for row in (rows[first], *more)}, rows[first][2].strip("`")


def code_on_the_page() -> dict[str, Any]:
    """Return what the page's Python defines, without what it does."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        defined = [statement for statement in ast.parse(block).body if not isinstance(statement, ast.Expr)]
        exec(compile(ast.Module(defined, []), "docs/events.md", "exec"), names)  # noqa: S102  # our own page
    return names


def started(directory: Path) -> EmbeddedNats:
    server = EmbeddedNats(directory, passwords=PASSWORDS, users={name: USERS[name] for name in PASSWORDS})
    server.start()
    return server


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """Run a server that knows the relay, the administrator and the partner."""
    server = started(tmp_path_factory.mktemp("bus"))
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
    await publish(bus, PUBLISHED)
    await code_on_the_page()["give_partner_a_consumer"](bus.url, PASSWORDS["admin"])
    return bus


async def publish(bus: EmbeddedNats, events: list[tuple[str, bytes]]) -> None:
    async with connected(bus, "relay") as relay:
        await ensure_stream(relay.jetstream())
        for subject, body in events:
            await relay.jetstream().publish(subject, body)


async def last_sequence(bus: EmbeddedNats) -> int:
    async with connected(bus, "relay") as relay:
        return (await relay.jetstream().stream_info(STREAM)).state.last_seq


@pytest.mark.parametrize("user", ["admin", "partner"])
def test_the_page_grants_what_the_embedded_server_does(user: str) -> None:
    """So what is tried locally is what a partner will have."""
    assert (set(USERS[user].publish), f"_INBOX_{user}.>") == granted_on_the_page(user)


async def test_a_partner_follows_its_agreement(published: EmbeddedNats) -> None:
    """The partner gets the events of its agreement, in order and with their positions, and no others."""
    events: list[tuple[int, str]] = []

    def handle(position: int, event: dict[str, Any]) -> bool:
        events.append((position, event["type"]))
        return len(events) < 2

    await code_on_the_page()["follow"](published.url, PASSWORDS["partner"], handle)

    assert [(1, "agreements.InventionDisclosed.v1"), (3, "agreements.DeterminationAdopted.v1")] == events


async def test_a_partner_outlasts_quiet_times_and_restarts(tmp_path: Path) -> None:
    """Nothing for a while, then the server gone and back: the partner goes on where it was."""
    bus = started(tmp_path)
    try:
        await publish(bus, PUBLISHED[:1])
        await code_on_the_page()["give_partner_a_consumer"](bus.url, PASSWORDS["admin"])
        seen: set[int] = set()

        def handle(position: int, _event: dict[str, Any]) -> bool:
            seen.add(position)
            return len(seen) < 3

        follow = code_on_the_page()["follow"]
        following = asyncio.create_task(follow(bus.url, PASSWORDS["partner"], handle, ask_again_seconds=0.1))
        await wait_until(lambda: seen == {1}, 10, "the first event")
        await asyncio.sleep(0.5)  # several quiet times
        await publish(bus, PUBLISHED[2:])
        await wait_until(lambda: seen == {1, 2}, 10, "an event after quiet times")
        bus.stop()
        bus.start()
        await publish(bus, PUBLISHED[2:])
        async with asyncio.timeout(45):  # what was delivered while it was away comes again after 30 seconds
            await following
    finally:
        bus.stop()

    assert {1, 2, 3} == seen


async def test_the_administrator_can_only_make_and_remove_consumers(published: EmbeddedNats) -> None:
    """It sees and removes what it made, and has no way to an event or the stream."""
    async with connected(published, "admin") as admin:
        jetstream = admin.jetstream(prefix=READER_API)
        await jetstream.add_consumer(STREAM, name="another", durable_name="another", filter_subject="moiety.v1.MOU-2.>")
        assert {"another", "partner"} <= {consumer.name for consumer in await jetstream.consumers_info(STREAM)}
        await jetstream.delete_consumer(STREAM, "another")
        for act in ("publish an event", "delete the stream", "purge the stream", "read any message"):
            with pytest.raises((NatsError, TimeoutError)):
                await FORBIDDEN[act](admin)

    assert len(PUBLISHED) == await last_sequence(published)


FORBIDDEN: dict[str, Callable[[Client], Awaitable[object]]] = {
    "publish an event": lambda client: client.request("moiety.v1.MOU-5G.invention.Forged", b"{}", timeout=0.5),
    "make a consumer": lambda client: client.request(f"{READER_API}.CONSUMER.CREATE.{STREAM}.mine", b"{}", timeout=0.5),
    "widen its own": lambda client: client.request(
        f"{READER_API}.CONSUMER.CREATE.{STREAM}.partner", b"{}", timeout=0.5
    ),
    "read any message": lambda client: client.request(f"{READER_API}.DIRECT.GET.{STREAM}", b'{"seq":2}', timeout=0.5),
    "look at the stream": lambda client: client.request(f"{READER_API}.STREAM.INFO.{STREAM}", b"", timeout=0.5),
    "delete the stream": lambda client: client.request(f"{READER_API}.STREAM.DELETE.{STREAM}", b"", timeout=0.5),
    "purge the stream": lambda client: client.request(f"{READER_API}.STREAM.PURGE.{STREAM}", b"", timeout=0.5),
    "remove a consumer": lambda client: client.request(
        f"{READER_API}.CONSUMER.DELETE.{STREAM}.partner", b"", timeout=0.5
    ),
    "pull from another's": lambda client: client.request(
        f"{READER_API}.CONSUMER.MSG.NEXT.{STREAM}.atrc", b"", timeout=0.5
    ),
}


@pytest.mark.parametrize("act", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_a_partner_may_do_nothing_else(
    published: EmbeddedNats, act: Callable[[Client], Awaitable[object]]
) -> None:
    """The server answers nothing that was not granted, and the stream is what it was."""
    async with connected(published, "partner") as partner:
        with pytest.raises((NatsError, TimeoutError)):
            await act(partner)
    assert len(PUBLISHED) == await last_sequence(published)


@pytest.mark.parametrize("subject", ["moiety.v1.>", "_INBOX_ledger.>", ">"])
async def test_a_partner_cannot_listen_beside_its_own_inboxes(published: EmbeddedNats, subject: str) -> None:
    """Neither events nor answers to somebody else can be overheard."""
    denied: list[Exception] = []
    async with connected(published, "partner", denied) as partner:
        await partner.subscribe(subject)
        await wait_until(lambda: "permissions violation" in str(denied).lower(), 5, "nothing was refused")


@pytest.mark.parametrize("question", ["CONSUMER.INFO.MOIETY.partner", "CONSUMER.MSG.NEXT.MOIETY.partner"])
async def test_no_answer_can_be_made_an_event(published: EmbeddedNats, question: str) -> None:
    """A reply subject is not checked by NATS; what is delivered there must not reach the stream."""
    async with connected(published, "partner") as partner:
        for subject in (f"{READER_API}.{question}", "$JS.ACK.MOIETY.partner.1.1.1.1.0"):
            await partner.publish(subject, b"", reply="moiety.v1.MOU-5G.invention.DeterminationAdopted")
        await partner.flush()
        await partner.request(f"{READER_API}.CONSUMER.INFO.MOIETY.partner", b"", timeout=5)  # all before it is done
    assert len(PUBLISHED) == await last_sequence(published)
