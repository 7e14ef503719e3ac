"""A service as a process: it starts or says why not in one line, and it stops without dropping what it began."""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.web.issuer import LocalIssuer
from tests.web.kitchen import WebSettings

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Kitchen:
    """One service process and where it listens."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, metrics_port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"

    @classmethod
    async def start(cls, mode: str, port: int, jwks: str, metrics_port: int | None = None) -> "Kitchen":
        metrics_port = metrics_port or free_port()
        arguments = (mode, str(port), str(metrics_port), jwks)
        command = (sys.executable, "-W", "error", "-m", "tests.web.serve_kitchen", *arguments)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
        return cls(process, port, metrics_port)

    async def said(self, action: str) -> dict[str, Any]:
        """Wait until the process logs the action; return the line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            while line := await self.process.stdout.readline():
                entry: dict[str, Any] = json.loads(line)
                assert entry["action"] not in {"request-failed", "refusal-undeclared"}, entry
                if entry["action"] == action:
                    return entry
        assert self.process.stderr is not None
        pytest.fail(f"never said {action}: {(await self.process.stderr.read()).decode()}")

    async def ended(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what it wrote to standard error."""
        async with asyncio.timeout(20):
            _, errors = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, errors.decode()


@pytest.fixture
async def kitchen(settings: WebSettings) -> AsyncIterator[Kitchen]:
    kitchen = await Kitchen.start("ready", free_port(), settings.jwks)
    await kitchen.said("serving")
    yield kitchen
    if kitchen.process.returncode is None:
        kitchen.process.kill()
        await kitchen.ended()


async def test_a_service_that_cannot_start_says_why_in_one_line(settings: WebSettings):
    """The reason is one line on standard error, without a traceback, and the exit code is not zero."""
    kitchen = await Kitchen.start("unready", free_port(), settings.jwks)

    assert await kitchen.ended() == (
        1,
        "kitchen cannot start: database kitchen lacks migration 0003: run moiety migrate\n",
    )


async def test_a_taken_address_is_named(settings: WebSettings):
    """The second of two services on one port says which port it is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, errors = await (await Kitchen.start("ready", port, settings.jwks)).ended()

    assert (1, 1) == (code, errors.count("\n"))
    assert f"cannot listen on 127.0.0.1:{port}" in errors


async def test_a_taken_address_for_metrics_is_named_too(settings: WebSettings):
    """It is known before anybody is served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, errors = await (await Kitchen.start("ready", free_port(), settings.jwks, port)).ended()

    assert (1, f"kitchen cannot start: cannot listen on 127.0.0.1:{port}: Address already in use\n") == (code, errors)


@pytest.mark.parametrize(
    ("request_line", "lines", "end", "status"),
    [
        ("GET /health/live HTTP/1.1", ["Host: kitchen"], "\r\n", 200),
        ("GET /health/live HTTP/1.1", [], "\r\n", 400),
        ("GET /health/live HTTP/1.1", ["Host: kitchen", "Host: elsewhere"], "\r\n", 400),
        # As docs/http.md says: the server drops the one and takes the other, and nothing of ours is asked.
        ("GET /health/live#x HTTP/1.1", ["Host: kitchen"], "\r\n", 200),
        ("GET /health/live HTTP/1.1", ["Host: kitchen"], "\n", 200),
    ],
)
async def test_what_is_taken_of_a_head_is_what_is_written_down(kitchen: Kitchen, request_line, lines, end, status):
    """Over a connection of its own, byte by byte: no client of ours would send these."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(kitchen.url.rpartition(":")[2]))
    writer.write(end.join([request_line, *lines, "Connection: close", "", ""]).encode())
    async with asyncio.timeout(10):
        answered = await reader.readline()
    writer.close()

    assert answered.startswith(f"HTTP/1.1 {status} ".encode())


async def test_metrics_are_at_their_own_port_and_nothing_else_is(kitchen: Kitchen):
    """Whoever reaches the API cannot ask for metrics, and whoever reads metrics reaches no API."""
    async with httpx.AsyncClient() as client:
        there = await client.get(kitchen.metrics_url)
        api = await client.get(f"{kitchen.url}/metrics")
        beside = [
            (await client.get(kitchen.metrics_url.replace("/metrics", path))).status_code
            for path in ("/", "/health/live", "/v1/me", "/metrics/more")
        ]

    assert (200, "text/plain") == (there.status_code, there.headers["content-type"].partition(";")[0])
    assert "moiety_http_requests_in_progress 0.0" in there.text
    assert (404, "ROUTE_UNKNOWN") == (api.status_code, api.json()["code"])
    assert [404] * 4 == beside


async def test_who_asks_for_metrics_and_says_nothing_holds_up_nobody(kitchen: Kitchen):
    """Neither the next who asks nor the end of the process."""
    port = int(kitchen.metrics_url.removesuffix("/metrics").rpartition(":")[2])
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    async with httpx.AsyncClient() as client:
        assert (await client.get(kitchen.metrics_url)).status_code == 200
    kitchen.process.send_signal(signal.SIGTERM)

    assert await kitchen.ended() == (0, "")
    for _, writer in silent:
        writer.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_finishes_what_it_began(kitchen: Kitchen, number: signal.Signals):
    """A request in progress is answered, then the lifespan ends, then the process, with exit code zero."""
    async with httpx.AsyncClient(base_url=kitchen.url) as client:
        answering = asyncio.create_task(client.get("/slow"))
        while "in_progress 1.0" not in (await client.get(kitchen.metrics_url)).text:
            assert not answering.done()
        kitchen.process.send_signal(number)
        assert (await answering).text == "done"

    await kitchen.said("lifespan-ended")
    assert await kitchen.ended() == (0, "")


async def test_an_endless_stream_does_not_keep_a_service_from_stopping(kitchen: Kitchen):
    """Live streams are cut after a short grace; their readers reconnect to whoever serves next."""
    async with httpx.AsyncClient(base_url=kitchen.url) as client, client.stream("GET", "/stream") as answer:
        beats = answer.aiter_lines()
        await anext(beats)
        kitchen.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in beats:
                pass

    assert await kitchen.ended() == (0, "")


async def test_who_is_given_up_is_told_so(kitchen: Kitchen):
    """What is not answered when the grace is over is refused like all that passes: ask whoever serves next."""
    async with httpx.AsyncClient(base_url=kitchen.url) as client:
        answering = asyncio.create_task(client.get("/waiting"))
        while "in_progress 1.0" not in (await client.get(kitchen.metrics_url)).text:
            assert not answering.done()
        kitchen.process.send_signal(signal.SIGTERM)
        answer = await answering

    assert (503, "SERVICE_STOPPING", "1") == (answer.status_code, answer.json()["code"], answer.headers["retry-after"])
    assert await kitchen.ended() == (0, "")


async def test_a_service_that_is_stuck_ends_all_the_same(kitchen: Kitchen):
    """Nothing that holds its loop keeps it from ending; it says that it did not end as it should."""
    _, writer = await asyncio.open_connection("127.0.0.1", int(kitchen.url.rpartition(":")[2]))
    writer.write(b"GET /stuck HTTP/1.1\r\nHost: kitchen\r\n\r\n")
    await kitchen.said("stuck")
    kitchen.process.send_signal(signal.SIGTERM)

    assert "critical" == (await kitchen.said("stopped-hard"))["level"]
    assert await kitchen.ended() == (1, "")
    writer.close()


async def test_limits_hold_on_a_real_connection(kitchen: Kitchen, issuer: LocalIssuer):
    """Over a socket as in a test client: oversized bodies are refused, announced or in chunks."""
    token = issuer.mint("person-1", party="HUT", roles=["representative"])
    headers = {"Authorization": f"Bearer {token}", "If-Match": '"3"'}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b" " * 1024

    async with httpx.AsyncClient(base_url=kitchen.url, headers=headers) as client:
        for body in (b" " * 80_000, chunks()):
            answer = await client.post("/v1/recipes/bread", content=body)
            assert (413, "BODY_TOO_LARGE") == (answer.status_code, answer.json()["code"])
            assert answer.headers["connection"] == "close"
        assert (await client.get("/v1/me")).json()["caller"]["party"] == "HUT"


async def test_who_is_still_sending_what_is_refused_hears_the_refusal(kitchen: Kitchen, cook: str):
    """A server that closed as soon as it knew would reset the connection, and the answer be lost on its way."""

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 8192
            await asyncio.sleep(0.005)

    announced = {"Content-Length": str(40 * 8192)}
    async with httpx.AsyncClient(base_url=kitchen.url) as client:
        for length in ({}, announced):
            answer = await client.post("/v1/recipes/bread", content=slowly(), headers=length)
            assert (401, "close") == (answer.status_code, answer.headers["connection"])
            headers = {"Authorization": f"Bearer {cook}", "If-Match": '"3"', **length}
            answer = await client.post("/v1/recipes/bread", content=slowly(), headers=headers)
            assert (413, "close") == (answer.status_code, answer.headers["connection"])


async def test_what_is_refused_is_read_on_for_a_moment_only(kitchen: Kitchen):
    """Whoever sends nothing more, or has not begun because it waits to be told to, is answered all the same."""
    for expect in (b"", b"Expect: 100-continue\r\n"):
        line = await Line.to(kitchen, b"Content-Length: 80000\r\n" + expect, "no token")
        answer = await line.heard()
        assert answer.startswith(b"HTTP/1.1 401")
        await line.hang_up()


async def test_a_request_for_no_path_is_refused_by_name(kitchen: Kitchen):
    """CONNECT is for proxies: it names a host, and nothing is at it. That is no failure of ours."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(kitchen.url.rpartition(":")[2]))
    writer.write(b"CONNECT kitchen:1 HTTP/1.1\r\nHost: kitchen:1\r\n\r\n")
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()

    assert head.startswith(b"HTTP/1.1 404")
    assert b"application/problem+json" in head
    assert 404 == (await kitchen.said("request-answered"))["status"]


class Line:
    """One connection, on which a test sends what no client of ours would."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, kitchen: Kitchen, headers: bytes, token: str) -> "Line":
        line = cls(*await asyncio.open_connection("127.0.0.1", int(kitchen.url.rpartition(":")[2])))
        line._writer.write(
            b'POST /v1/recipes/bread HTTP/1.1\r\nHost: kitchen\r\nIf-Match: "3"\r\n'
            b"Authorization: Bearer " + token.encode() + b"\r\n" + headers + b"\r\n"
        )
        return line

    async def send(self, part: bytes) -> None:
        self._writer.write(part)
        await self._writer.drain()

    async def heard(self) -> bytes:
        """Read until the other end closes."""
        async with asyncio.timeout(30):
            return await self._reader.read()

    async def answered(self) -> None:
        """Wait for the head of an answer."""
        async with asyncio.timeout(30):
            await self._reader.readuntil(b"\r\n\r\n")

    async def hang_up(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@pytest.fixture
def cook(issuer: LocalIssuer) -> str:
    return issuer.mint("person-1", party="HUT", roles=["representative"])


async def test_a_body_that_never_ends_is_given_up(kitchen: Kitchen, cook: str):
    """However often a byte comes, a body has its time in all; then its connection is closed."""
    lines = [await Line.to(kitchen, b"Content-Length: 500\r\n", cook) for _ in range(20)]
    for _ in range(3):
        for line in lines:
            await line.send(b"{")
    for line in lines:
        answer = await line.heard()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()
        assert b"REQUEST_TIMEOUT" in answer
        await line.hang_up()


async def test_a_byte_that_comes_too_late_keeps_no_connection_open(kitchen: Kitchen, cook: str):
    """What is left of a request that was given up goes at once, and does not wait to be collected."""
    line = await Line.to(kitchen, b"Content-Length: 500\r\n", cook)
    await line.answered()
    with contextlib.suppress(ConnectionError):  # being closed is what it asks for
        await line.send(b"{")
        await line.heard()
    await line.hang_up()


async def test_a_body_in_chunks_that_are_none_is_no_failure_of_ours(kitchen: Kitchen, cook: str):
    """What breaks the framing of HTTP itself is the sender's mistake and is told so."""
    line = await Line.to(kitchen, b"Transfer-Encoding: chunked\r\n", cook)
    await line.send(b"zz\r\nabc")

    assert b"BODY_MALFORMED" in await line.heard()
    assert (await kitchen.said("request-answered"))["status"] == 400
    await line.hang_up()


async def test_a_caller_who_hangs_up_within_a_body_is_one_line(kitchen: Kitchen, cook: str):
    """Connections break every day: that is information, not an error."""
    line = await Line.to(kitchen, b"Content-Length: 500\r\n", cook)
    await line.send(b"{")
    await line.hang_up()
    entry = await kitchen.said("request-answered")

    assert ("info", 400, "BODY_MALFORMED") == (entry["level"], entry["status"], entry["problem"])
