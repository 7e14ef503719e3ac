"""A private link as people open it: in a real browser without scripts, on a phone, by the keyboard, of a real process.

The browser is the system's, or else the one that is locked for Node.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.embedded.child import free_ports
from shared.embedded.home import people_key
from shared.testing import MigratedDatabase, wait_until
from shared.web.issuer import LocalIssuer
from tests.agreements.browsing import Browser, spoken
from tests.agreements.portals import Portal
from tests.agreements.served import serving
from tests.architecture.source import ROOT
from tests.clients.generated import installed, run_node

HERE = ROOT / "tests" / "browser"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """Where the service's process writes its log."""
    return tmp_path / "agreements.log"


@pytest.fixture
async def service(
    log_database: MigratedDatabase, issuer: LocalIssuer, tmp_path: Path, log_file: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """The agreements service as a process of its own, with an empty log."""
    issuer.write_jwks(tmp_path / "jwks.json")
    [port, metrics] = free_ports(2)
    told = {
        "MOIETY_DATABASE_URL": log_database.dsn,
        "MOIETY_DATABASE_PASSWORD": log_database.password,
        "MOIETY_HTTP_PORT": str(port),
        "MOIETY_METRICS_PORT": str(metrics),
        "MOIETY_ISSUER": "https://issuer.test",
        "MOIETY_AUDIENCE": "moiety",
        "MOIETY_JWKS": str(tmp_path / "jwks.json"),
        "MOIETY_PEOPLE_KEY": people_key(),
        "MOIETY_LOG_LEVEL": "DEBUG",
    }
    async with serving(told, log_file) as http:
        yield http


async def opened(http: httpx.AsyncClient, link: str, *steps: dict[str, str]) -> Any:
    """Take the steps in a browser and return what it saw."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
    url = str(http.base_url.join(link))
    said = await asyncio.to_thread(run_node, HERE / "page.cjs", url, json.dumps(steps), installed(HERE), system)
    return json.loads(said)


def check_answered(seen: Any) -> None:
    """Fail unless each field was reached and seen to be, nothing was too wide, and nobody else was asked anything."""
    assert not seen["wide"]
    assert "48px" == seen["styled"], "the policy lets the style in"
    assert all(each["seen"] for each in seen["passed"]), seen["passed"]
    assert 1 == len({each.partition(" ")[2] for each in seen["asked"]}), seen["asked"]
    assert [] == seen["told"]


async def test_a_student_confirms_on_a_phone(link: str, service: httpx.AsyncClient, log_tables: asyncpg.Connection):
    """With Tab and Enter, where nothing runs and nothing is loaded."""
    seen = await opened(service, link, {"to": "Yes, I confirm", "press": "Enter"})

    check_answered(seen)
    assert "Thank you. You have confirmed" in seen["text"]
    assert ["ContributorConfirmed"] == await spoken(log_tables)


async def test_a_student_contests_on_a_phone(
    link: str, service: httpx.AsyncClient, atrc: Portal, log_tables: asyncpg.Connection
):
    """Ground, points and words of their own, by the keyboard."""
    seen = await opened(
        service,
        link,
        {"to": "ground", "press": "ArrowDown ArrowDown"},
        {"to": "proposed_points", "type": "9"},
        {"to": "statement", "type": "The second filter was mine, too."},
        {"to": "Send: this is not right", "press": "Enter"},
    )

    check_answered(seen)
    assert "It is recorded that you contest this" in seen["text"]
    assert ["ContributorContested"] == await spoken(log_tables)
    told = (await atrc.get("/v1/contributions/C1/voice")).json()
    assert ("WRONG_POINTS", "9/1", "The second filter was mine, too.") == (
        told["ground"],
        told["proposed_points"],
        told["statement"],
    )


async def test_the_process_writes_no_link_to_its_log(link: str, browser: Browser, log_file: Path):
    """At the level that says most, whatever comes of the link and however it is misspelt."""
    token = link.removeprefix("/voice/~")
    await browser.answer(link, "contest", ground="OTHER", statement="words of mine")
    for tried in (f"{link}/", f"{link}/more", f"/voice/%7E{token}", f"/voice/{token}", f"/x/~{token}", f"{link}?a=b"):
        await browser.open(tried)

    def written() -> bool:
        return "/x/~" in log_file.read_text(encoding="utf-8")

    await wait_until(written, 30, "the last request is not in the log")
    lines = await asyncio.to_thread(log_file.read_text, encoding="utf-8")
    assert "contributor-answered" in lines
    assert token not in lines
    assert "words of mine" not in lines
