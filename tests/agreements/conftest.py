"""The real application over a real log, and the situations its tests begin in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import pytest

from services.agreements.app import create
from shared.embedded.home import people_key
from shared.settings import Settings
from shared.testing import MigratedDatabase
from shared.web.issuer import LocalIssuer
from tests.agreements.bodies import agreement_body, contribution_body, instrument_body, participant_body, project_body
from tests.agreements.browsing import EMAIL, NAME, Browser, issued
from tests.agreements.portals import Portal

_ISSUER = "https://issuer.test"


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    """Somebody whose tokens the service trusts."""
    return LocalIssuer.with_new_key(issuer=_ISSUER, audience="moiety")


@pytest.fixture
async def service(
    log_database: MigratedDatabase, issuer: LocalIssuer, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The agreements service with an empty log."""
    issuer.write_jwks(tmp_path / "jwks.json")
    settings = Settings(
        service="agreements",
        database_url=log_database.dsn,
        database_password=log_database.password,
        http_port=0,
        issuer=_ISSUER,
        jwks=str(tmp_path / "jwks.json"),
        people_key=people_key(),
        start_timeout_seconds=5,
    )
    app = create(settings)
    serving, done = asyncio.Event(), asyncio.Event()

    async def serve() -> None:
        # In a task of its own: a fixture's beginning and end run in different ones, which a lifespan does not bear.
        async with app.lifespan():
            serving.set()
            await done.wait()

    running = asyncio.create_task(serve())
    await asyncio.wait({running, asyncio.ensure_future(serving.wait())}, return_when=asyncio.FIRST_COMPLETED)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://agreements.test"
    ) as http:
        yield http
    done.set()
    await running


@pytest.fixture
def portal_of(service: httpx.AsyncClient, issuer: LocalIssuer) -> Callable[..., Portal]:
    """Open a portal for a party's representative."""

    def open_portal(party: str | None, *roles: str, person: str | None = None) -> Portal:
        name = person or f"{party or 'nobody'}-REP"
        return Portal(service, issuer.mint(name, party=party, roles=roles or ["representative"]))

    return open_portal


@pytest.fixture
async def operator(portal_of: Callable[..., Portal]) -> Portal:
    """Whoever registers parties; HUT, ATRC, EGU and NLN are registered."""
    operator = portal_of(None, "operator", person="OPERATOR")
    for party in ("HUT", "ATRC", "EGU", "NLN"):
        body = {"party": party, "kind": "UNIVERSITY", "legal_name": f"{party} of somewhere", "country": "HK"}
        await operator.create("/v1/parties", body)
    return operator


@pytest.fixture
def hut(operator: Portal, portal_of: Callable[..., Portal]) -> Portal:
    """The university's portal."""
    return portal_of("HUT")


@pytest.fixture
def atrc(operator: Portal, portal_of: Callable[..., Portal]) -> Portal:
    """The applied research institute's portal."""
    return portal_of("ATRC")


@pytest.fixture
def egu(operator: Portal, portal_of: Callable[..., Portal]) -> Portal:
    """A portal of a party that no agreement of the others names."""
    return portal_of("EGU")


@pytest.fixture
async def drafted_agreement(hut: Portal) -> str:
    """An agreement between HUT and ATRC that HUT has drafted."""
    await hut.create("/v1/agreements", agreement_body())
    return "/v1/agreements/MOU"


@pytest.fixture
async def active_agreement(drafted_agreement: str, hut: Portal, atrc: Portal) -> str:
    """An agreement that both have signed and that has taken effect."""
    terms_hash = (await hut.change(drafted_agreement, "propose"))["terms_in_force"]["terms_hash"]
    for portal in (hut, atrc):
        await portal.change(drafted_agreement, "sign", {"terms_hash": terms_hash, "signed_on": "2024-01-22"})
    await hut.change(drafted_agreement, "activate")
    return drafted_agreement


@pytest.fixture
async def active_project(active_agreement: str, hut: Portal, atrc: Portal) -> str:
    """A project that both have approved and that has started, with one employee of each."""
    await hut.create("/v1/projects", project_body())
    for portal in (hut, atrc):
        await portal.change("/v1/projects/PRJ", "approve")
    await hut.change("/v1/projects/PRJ", "start", {"started_on": "2024-03-01"})
    for portal, party in ((hut, "HUT"), (atrc, "ATRC")):
        person = f"{party}-SE"
        await portal.create("/v1/participants", participant_body(person=person, home_party=party))
        body = instrument_body(instrument=f"{person}-LAW", assignee_party=party)
        await portal.change(f"/v1/participants/PRJ/{person}", "instruments", body)
    return "/v1/projects/PRJ"


@pytest.fixture
async def disclosed_invention(active_project: str, hut: Portal) -> str:
    """An invention of one element."""
    body = {"invention": "INV", "project": "PRJ", "title": "Adaptive codebook", "conceived_on": "2024-07-08"}
    await hut.create("/v1/inventions", body)
    elements = {"elements": [{"id": "E1", "weight": "1/1", "basis": "CONCEPT"}]}
    await hut.change("/v1/inventions/INV", "elements", elements)
    return "/v1/inventions/INV"


@pytest.fixture
async def confirmed_contributions(disclosed_invention: str, hut: Portal, atrc: Portal) -> str:
    """Seven points of HUT's and five of ATRC's, each attested by the other."""
    for recorder, other, person, points in ((hut, atrc, "HUT-SE", "7/1"), (atrc, hut, "ATRC-SE", "5/1")):
        body = contribution_body(contribution=f"C-{person}", contributor=person, points=points)
        content_hash = (await recorder.create("/v1/contributions", body))["content_hash"]
        await other.change(f"/v1/contributions/C-{person}", "attest", {"content_hash": content_hash})
    return disclosed_invention


@pytest.fixture
async def determined_invention(confirmed_contributions: str, hut: Portal, atrc: Portal) -> str:
    """An invention owned 7/12 by HUT and 5/12 by ATRC."""
    proposed = await hut.change(confirmed_contributions, "determinations", {"determination": "DET"})
    attestation = {"det_hash": proposed["open"]["det_hash"]}
    await atrc.change(confirmed_contributions, "determinations/DET/attest", attestation)
    await hut.change(confirmed_contributions, "determinations/DET/adopt")
    return confirmed_contributions


@pytest.fixture
def notifier(portal_of: Callable[..., Portal]) -> Portal:
    """The program that hands links on."""
    return portal_of(None, "notifier", person="notifications")


@pytest.fixture
async def student_recorded(disclosed_invention: str, hut: Portal) -> str:
    """What HUT recorded of its student, whom it keeps a name and an address of."""
    await hut.create("/v1/people", {"person": "HUT-PhD", "name": NAME, "email": EMAIL})
    student = participant_body(person="HUT-PhD", home_party="HUT", role="GRAD_STUDENT")
    await hut.create("/v1/participants", student)
    await hut.change("/v1/participants/PRJ/HUT-PhD", "instruments", instrument_body(instrument="PhD-LAW"))
    await hut.create("/v1/contributions", contribution_body(contributor="HUT-PhD"))
    return "/v1/contributions/C1"


@pytest.fixture
async def link(student_recorded: str, notifier: Portal) -> str:
    """The student's link."""
    return str((await issued(notifier))["link"])


@pytest.fixture
def browser(service: httpx.AsyncClient) -> Browser:
    return Browser(service)


@pytest.fixture
async def log_tables(log_database: MigratedDatabase) -> AsyncIterator[asyncpg.Connection]:
    """The database as its owner sees it."""
    connection = await asyncpg.connect(log_database.admin_dsn, password=log_database.admin_password)
    yield connection
    await connection.close()
