"""The gate: who is let in, who is not, and until when; whatever it cannot tell, it refuses."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry

from services.notifications.gate.answers import NotAsked, read_question
from shared.embedded.child import free_ports, spawn, stop
from shared.embedded.nats import USERS, EmbeddedNats
from shared.nkeys import AccountKey
from shared.testing import Servers, is_ready, temporary_home, wait_until
from shared.web.issuer import LocalIssuer
from tests.bus.partners import AUDIENCE, ISSUER, Entrance, furnish

pytestmark = pytest.mark.servers

KEY = AccountKey.generate()
DEADLINE_SECONDS = 20


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    passwords = {user: f"{user}-secret" for user in USERS}
    bus = EmbeddedNats(tmp_path_factory.mktemp("bus"), passwords=passwords, gate_key=KEY.public)
    bus.start()
    yield Entrance(bus, KEY, LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE))
    bus.stop()


def counted(registry: CollectorRegistry, outcome: str) -> float:
    return registry.get_sample_value("moiety_gate_answers_total", {"outcome": outcome}) or 0


async def refused(entrance: Entrance, **shown: Any) -> bool:
    """Tell whether somebody who shows this is kept out, and told nothing but that."""
    said: list[str] = []

    async def complain(error: Exception) -> None:
        said.append(str(error).lower())

    client = Client()
    try:
        await client.connect(entrance.bus.url, allow_reconnect=False, connect_timeout=8, error_cb=complain, **shown)
        # The client takes whatever comes first for an answer: whether it was let in, the next one tells.
        await client.flush()
    except (NatsError, OSError):
        pass
    is_in = client.is_connected
    if client._transport is not None:  # a client that was refused leaves it open
        client._transport.close()
    await client.close()
    assert not [each for each in said if "token" in each or "role" in each], "why is between server and gate"
    return not is_in


async def test_a_partners_token_lets_its_system_in(entrance: Entrance, tmp_path: Path) -> None:
    """The same token as over HTTP; the connection speaks for the token's party."""
    registry = CollectorRegistry()
    await furnish(entrance)
    async with entrance.gate(tmp_path, registry=registry), entrance.partner("HUT") as hut:
        assert [1, 2, 3, 4, 5] == list(await hut.pull("main"))

    assert (1, 0, 0) == tuple(counted(registry, outcome) for outcome in ("admitted", "refused", "unavailable"))


@pytest.mark.parametrize(
    "role", ["representative", "auditor", "operator", "service", "unheard-of"], ids=lambda role: f"as-{role}"
)
async def test_only_a_partys_system_is_let_in(entrance: Entrance, tmp_path: Path, role: str) -> None:
    """A person has no business on the bus, not even one who may read everything elsewhere."""
    async with entrance.gate(tmp_path):
        assert await refused(entrance, token=entrance.token("HUT", role))


async def test_who_has_several_roles_is_let_in_by_the_one(entrance: Entrance, tmp_path: Path) -> None:
    """As everywhere: roles add up, and what they add here is one party's stream."""
    async with entrance.gate(tmp_path):
        assert not await refused(entrance, token=entrance.token("HUT", "auditor", "partner"))


async def test_who_shows_nothing_that_holds_is_kept_out(entrance: Entrance, tmp_path: Path) -> None:
    """No token, something else, one that is over, one for others, one of somebody else's, one without a party."""
    issuer, registry = entrance.issuer, CollectorRegistry()
    foreign = LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)
    good = entrance.token("HUT")
    shown: dict[str, dict[str, str]] = {
        "nothing": {},
        "no token": {"token": "secret"},
        "as long as any": {"token": "x" * 3_000},
        "changed": {"token": good[:-8] + "AAAAAAAA"},
        "over": {"token": entrance.token("HUT", lifetime_seconds=-1)},
        "not yet": {"token": issuer.mint("s", party="HUT", roles=["partner"], nbf=int(time.time()) + 600)},
        "for others": {"token": issuer.mint("s", party="HUT", roles=["partner"], aud="other")},
        "of another issuer": {"token": issuer.mint("s", party="HUT", roles=["partner"], iss="https://other")},
        "of another key": {"token": foreign.mint("s", party="HUT", roles=["partner"])},
        "an identity": {"token": issuer.mint("s", party="HUT", roles=["partner"], header={"typ": "JWT"})},
        "of no party": {"token": entrance.token(None)},
        "of a party that could be two": {"token": issuer.mint("s", party="HUT.>", roles=["partner"])},
        "of all parties": {"token": issuer.mint("s", party="*", roles=["partner"])},
        "as somebody else's password": {"user": "relay", "password": good},
        "as one's own password": {"user": "HUT", "password": good},
        "a password of nobody's": {"user": "nobody", "password": "secret"},
    }
    async with entrance.gate(tmp_path, registry=registry):
        assert [] == [what for what, each in shown.items() if not await refused(entrance, **each)]
        assert not await refused(entrance, token=good)

    assert (1, 0) == (counted(registry, "admitted"), counted(registry, "unavailable"))


async def test_a_connection_ends_with_its_token(entrance: Entrance, tmp_path: Path) -> None:
    """And comes back with a new one, where the client asks for one."""
    tokens: list[str] = []

    def newest() -> str:
        tokens.append(entrance.token("HUT", lifetime_seconds=2 if not tokens else 600))
        return tokens[-1]

    lost = asyncio.Event()

    async def on_lost() -> None:
        lost.set()

    await furnish(entrance)
    async with entrance.gate(tmp_path):
        client = await nats.connect(
            entrance.bus.url, token=newest(), inbox_prefix="_INBOX_HUT", disconnected_cb=on_lost, allow_reconnect=False
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            await lost.wait()
        assert await refused(entrance, token=tokens[0])
        assert not await refused(entrance, token=newest())
        await client.close()


async def test_while_no_gate_is_open_nobody_new_comes_in(entrance: Entrance, tmp_path: Path) -> None:
    """Whoever is in stays in, our own processes come and go, and the next gate lets in again."""
    await furnish(entrance)
    async with contextlib.AsyncExitStack() as stack:
        async with entrance.gate(tmp_path):
            hut = await stack.enter_async_context(entrance.partner("HUT"))
        assert await refused(entrance, token=entrance.token("ATRC"))
        assert [1, 2, 3, 4, 5] == list(await hut.pull("main"))
        async with entrance.as_user("relay") as relay:
            await relay.flush()
        async with entrance.gate(tmp_path):
            assert not await refused(entrance, token=entrance.token("ATRC"))


async def test_gates_share_what_is_asked(entrance: Entrance, tmp_path: Path) -> None:
    """Each connection is looked at by one of them, and one is enough."""
    registries = [CollectorRegistry() for _ in range(2)]
    async with contextlib.AsyncExitStack() as stack:
        for registry in registries:
            await stack.enter_async_context(entrance.gate(tmp_path, registry=registry))
        for _ in range(20):
            assert not await refused(entrance, token=entrance.token("HUT"))

    answered = [counted(registry, "admitted") for registry in registries]
    assert 20 == sum(answered)
    assert all(answered)


async def test_many_come_at_once(entrance: Entrance, tmp_path: Path) -> None:
    """After a restart of the server all come back in the same moment."""
    async with entrance.gate(tmp_path):
        kept_out = await asyncio.gather(*(refused(entrance, token=entrance.token("HUT")) for _ in range(200)))

    assert not any(kept_out)


async def test_keys_that_cannot_be_read_let_nobody_in(entrance: Entrance, tmp_path: Path) -> None:
    """Whatever the token: it is not known whether the issuer still stands by its keys."""
    registry = CollectorRegistry()
    async with entrance.gate(tmp_path, registry=registry) as gate:
        gate._verifier.keys._read_at = None  # as after an hour without the issuer
        (tmp_path / "jwks.json").unlink()
        assert await refused(entrance, token=entrance.token("HUT"))

    assert 1 == counted(registry, "unavailable")


def test_what_no_server_has_signed_is_no_question() -> None:
    """Nobody else can ask, and whoever could would be told for whom a token speaks."""
    for asked in (b"", b"a.b.c", b"e30.e30.e30", b"\xff.\xff.\xff", b"." * 10_000):
        with pytest.raises(NotAsked):
            read_question(asked)


async def test_a_question_is_a_servers_own(entrance: Entrance, tmp_path: Path) -> None:
    """A changed one is none, and neither is one that another has signed."""
    asked: list[bytes] = []
    async with entrance.as_user("gate") as listener:

        async def keep(message: Msg) -> None:
            asked.append(message.data)

        await listener.subscribe("$SYS.REQ.USER.AUTH", cb=keep)
        await listener.flush()
        connecting = asyncio.create_task(refused(entrance, token="token"))  # not one of anybody's
        await wait_until(lambda: bool(asked), DEADLINE_SECONDS, "nobody was asked")
        await connecting
    header, payload, signature = asked[0].split(b".")

    assert "token" == read_question(asked[0]).token
    for changed in (b".".join([header, payload[:-4] + b"AAAA", signature]), b".".join([header, payload, b"A" * 86])):
        with pytest.raises(NotAsked):
            read_question(changed)


class TestProcess:
    """`moiety serve gate`."""

    @pytest.fixture
    def environment(self, servers: Servers) -> dict[str, str]:
        given = servers.home.environment("gate")
        return {**given, "MOIETY_HTTP_PORT": str(free_ports(1)[0]), "MOIETY_LOG_LEVEL": "ERROR"}

    async def test_it_is_ready_once_it_hears_and_stops_when_told(
        self, servers: Servers, environment: dict[str, str]
    ) -> None:
        """Health, metrics, and a partner of the stack's own issuer that is let in."""
        url = f"http://127.0.0.1:{environment['MOIETY_HTTP_PORT']}"
        child = spawn([sys.executable, "-m", "services.notifications.gate"], environment=environment)
        try:
            await wait_until(lambda: is_ready(url), 30, "it never was ready")
            home = servers.home
            entrance = Entrance(home.nats, KEY, home.issuer)
            assert not await refused(entrance, token=home.issuer.mint("s", party="HUT", roles=["partner"]))
            assert await refused(entrance, token=home.issuer.mint("s", party="HUT", roles=["auditor"]))
        finally:
            stop(child)
        assert 0 == child.returncode

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"MOIETY_GATE_KEY_FILE": ""}, "MOIETY_GATE_KEY is not set, and gate cannot start without it"),
            ({"MOIETY_NATS_PASSWORD_FILE": "", "MOIETY_NATS_PASSWORD": "wrong"}, "does not let gate in"),
            ({"MOIETY_JWKS": "/nowhere/jwks.json"}, "the key set cannot be read"),
            ({"MOIETY_GATE_KEY_FILE": "", "MOIETY_GATE_KEY": "SUAAA"}, "MOIETY_GATE_KEY must be"),
        ],
    )
    def test_it_says_in_one_line_why_it_cannot_start(
        self, environment: dict[str, str], changed: dict[str, str], reason: str
    ) -> None:
        """And exits with 1."""
        ended = subprocess.run(
            [sys.executable, "-m", "services.notifications.gate"],
            env={**environment, "MOIETY_START_TIMEOUT_SECONDS": "3", **changed},
            capture_output=True,
            text=True,
            check=False,
        )

        assert 1 == ended.returncode
        assert ended.stderr.startswith("gate cannot start: ")
        assert reason in ended.stderr
        assert 1 == len(ended.stderr.splitlines())


def test_a_home_of_before_gets_what_it_lacks() -> None:
    """Made by a release without a gate: key and passwords appear, what was there stays."""
    with temporary_home() as home:
        kept = home.secret("nats-relay")
        for name in ("gate-key", "nats-gate", "nats-feeds"):
            home.secret_path(name).unlink()
        ports = home.directory / "ports.json"
        known = {name: port for name, port in home.ports._asdict().items() if name not in {"feeds", "gate"}}
        ports.write_bytes(msgspec.json.encode(known))
        home.prepare()

        assert kept == home.secret("nats-relay")
        assert "SA" == home.secret("gate-key")[:2]
        assert 0o600 == home.secret_path("gate-key").stat().st_mode & 0o777
