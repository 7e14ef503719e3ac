"""What a partner's system answers on NATS reaches agreements with its own token, and their answer reaches it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, post

from services.notifications.passing_on import MOST_OF_A_PARTY, PATH, STATUS_HEADER, PassingOn
from shared.log.parties import acknowledging
from tests.bus.partners import PARTIES, Entrance, entrance_to

pytestmark = pytest.mark.servers

ANSWER = msgspec.json.encode({"verdict": "ACCEPT"})


@post(PATH, status_code=200)
async def takes(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Say what reached agreements, as a problem where there is no token."""
    said = {"body": (await request.body()).decode(), "token": request.headers.get("authorization")}
    status, media_type = (200, "application/json") if said["token"] else (401, "application/problem+json")
    return Response(msgspec.json.encode(said), status_code=status, media_type=media_type)


@pytest.fixture(scope="module", params=["embedded", "deployed"])
def entrance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """A server as `make run` starts it, and one on `deploy/nats.conf`."""
    with entrance_to(request.param, tmp_path_factory.mktemp(request.param)) as opened:
        yield opened


@pytest.fixture
async def passing(entrance: Entrance, tmp_path: Path) -> AsyncIterator[Entrance]:
    """The same, with somebody who passes on what is answered there."""
    transport = httpx.ASGITransport(Litestar([takes]))  # type: ignore[arg-type]  # two libraries' words
    async with (
        entrance.gate(tmp_path),
        httpx.AsyncClient(transport=transport) as http,
        entrance.as_user("notifications") as client,
    ):
        await PassingOn(http, "http://agreements").open(client)
        yield entrance


@pytest.mark.parametrize("party", PARTIES)
async def test_an_answer_comes_with_its_own_token_and_goes_back(passing: Entrance, party: str):
    """What agreements say, with their status, comes to whoever asked and to nobody else."""
    async with passing.partner(party) as partner:
        told = await partner.client.request(
            acknowledging(party), ANSWER, timeout=10, headers={"Authorization": "Bearer its-own"}
        )

    assert {"body": ANSWER.decode(), "token": "Bearer its-own"} == msgspec.json.decode(told.data)
    assert told.headers is not None
    assert ("200", "application/json") == (told.headers[STATUS_HEADER], told.headers["Content-Type"])


async def test_a_refusal_is_told_as_it_was_made(passing: Entrance):
    """A problem document, with the status that it has over HTTP."""
    async with passing.partner("HUT") as partner:
        told = await partner.client.request(acknowledging("HUT"), ANSWER, timeout=10)

    assert told.headers is not None
    assert ("401", "application/problem+json") == (told.headers[STATUS_HEADER], told.headers["Content-Type"])


async def test_a_partner_answers_for_nobody_else(passing: Entrance):
    """Nothing that it says on another's subject is heard."""
    async with passing.partner("HUT") as partner:
        assert not await partner.may_publish(acknowledging("ATRC"), ANSWER)
        assert not await partner.may_hear(acknowledging("HUT"))


async def test_where_agreements_do_not_answer_that_is_said(tmp_path: Path, entrance: Entrance):
    """With the problem that tells a system to say it again."""
    async with (
        entrance.gate(tmp_path),
        httpx.AsyncClient(trust_env=False) as http,
        entrance.as_user("notifications") as client,
        entrance.partner("HUT") as partner,
    ):
        await PassingOn(http, "http://127.0.0.1:9").open(client)
        told = await partner.client.request(acknowledging("HUT"), ANSWER, timeout=20)

    assert told.headers is not None
    assert "503" == told.headers[STATUS_HEADER]
    assert "LOG_UNAVAILABLE" == msgspec.json.decode(told.data)["code"]


async def test_many_are_passed_on_at_once(passing: Entrance):
    """One that waits keeps nobody else."""
    async with passing.partner("HUT") as partner:
        asked = [partner.client.request(acknowledging("HUT"), ANSWER, timeout=10) for _ in range(50)]
        assert 50 == len(await asyncio.gather(*asked))


async def test_a_party_that_says_much_at_once_keeps_no_other_from_being_heard(tmp_path: Path, entrance: Entrance):
    """What is beyond its share is refused at once, with the problem that says so."""
    waiting = asyncio.Event()

    @post(PATH, status_code=200)
    async def waits(request: Request[Any, Any, Any]) -> Response[bytes]:
        if request.headers["authorization"] == "Bearer HUT":
            await waiting.wait()
        return Response(b"{}", media_type="application/json")

    transport = httpx.ASGITransport(Litestar([waits]))  # type: ignore[arg-type]  # two libraries' words
    async with (
        entrance.gate(tmp_path),
        httpx.AsyncClient(transport=transport) as http,
        entrance.as_user("notifications") as client,
        entrance.partner("HUT") as hut,
        entrance.partner("ATRC") as atrc,
    ):
        await PassingOn(http, "http://agreements").open(client)

        def ask(partner: Any, party: str) -> Any:
            headers = {"Authorization": f"Bearer {party}"}
            return partner.client.request(acknowledging(party), ANSWER, timeout=10, headers=headers)

        asked = [asyncio.create_task(ask(hut, "HUT")) for _ in range(MOST_OF_A_PARTY + 3)]
        refused, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        heard = await ask(atrc, "ATRC")
        waiting.set()
        statuses = sorted(told.headers[STATUS_HEADER] for told in await asyncio.gather(*asked))

    assert {"ALLOWANCE_SPENT"} == {msgspec.json.decode(each.result().data)["code"] for each in refused}
    assert "200" == heard.headers[STATUS_HEADER]
    assert ["200"] * MOST_OF_A_PARTY + ["429"] * 3 == statuses


async def test_a_header_that_no_http_could_carry_is_refused(passing: Entrance):
    """In words, and at once."""
    async with passing.partner("HUT") as partner:
        told = await partner.client.request(
            acknowledging("HUT"),
            ANSWER,
            timeout=10,
            headers={"Authorization": "Bearer x\N{LATIN SMALL LETTER E WITH ACUTE}"},
        )

    assert told.headers is not None
    assert ("401", "TOKEN_MALFORMED") == (told.headers[STATUS_HEADER], msgspec.json.decode(told.data)["code"])
