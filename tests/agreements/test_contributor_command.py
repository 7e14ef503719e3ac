"""`moiety contributor link`: whoever keeps a stack of their own hands links on by hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from click.testing import CliRunner, Result

from services.agreements.links.cli import LinkNotIssued, contributor
from shared.embedded.home import Home, Ports
from shared.testing import MigratedDatabase
from shared.web.issuer import LocalIssuer
from tests.agreements.browsing import Browser, spoken
from tests.agreements.served import serving


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A stack's directory."""
    made = Home(tmp_path / "home", Ports.free())
    made.prepare()
    return made


@pytest.fixture
def issuer(home: Home) -> LocalIssuer:
    """The stack's own."""
    return home.issuer


@pytest.fixture
async def service(log_database: MigratedDatabase, home: Home, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The stack's agreements service, over an empty log elsewhere."""
    elsewhere = {"MOIETY_DATABASE_URL": log_database.dsn, "MOIETY_DATABASE_PASSWORD": log_database.password}
    left_out = {"MOIETY_DATABASE_PASSWORD_FILE", "MOIETY_DOCS_TOKENS_FILE"}
    told = {name: value for name, value in home.environment("agreements").items() if name not in left_out} | elsewhere
    async with serving(told, tmp_path / "agreements.log") as http:
        yield http


async def asked(home: Home, *words: str) -> Result:
    """Type the command."""
    environment = {"MOIETY_HOME": str(home.directory)}
    return await asyncio.to_thread(CliRunner().invoke, contributor, ["link", *words], env=environment)


async def test_the_link_that_is_printed_opens_the_page(
    student_recorded: str, home: Home, browser: Browser, log_tables: asyncpg.Connection
):
    """In the language that was asked for, and it is answered like any other."""
    printed = await asked(home, "C1", "--language", "zh-Hant")

    assert 0 == printed.exit_code, printed.output
    link = printed.output.strip()
    assert link.startswith(f"{home.url('agreements')}/voice/~")
    assert "閣下的貢獻" in (await browser.open(link)).text
    assert 303 == (await browser.answer(link, "confirm")).status_code
    assert ["ContributorConfirmed"] == await spoken(log_tables)


async def test_what_cannot_be_is_told(student_recorded: str, home: Home):
    """In the words of the refusal."""
    refused = await asked(home, "C9")

    assert isinstance(refused.exception, LinkNotIssued)
    assert "There is no such contribution" in str(refused.exception)
