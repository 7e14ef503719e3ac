"""What somebody does who was sent a private link, with a browser that runs no scripts."""

import re
from urllib.parse import urlencode

import asyncpg
import httpx

from tests.agreements.portals import JSON, Portal

FORM = "application/x-www-form-urlencoded"
NAME, EMAIL = "Wong Ka Yan", "ky.wong@hut.example"


async def issued(notifier: Portal, contribution: str = "C1", **said: str) -> JSON:
    answer = await notifier.post("/v1/contributor-links", {"contribution": contribution, **said})
    assert 200 == answer.status_code, answer.text
    link: JSON = answer.json()
    return link


class Browser:
    """What a browser does without scripts: follows a link, and sends the form that it was shown."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def open(self, link: str) -> httpx.Response:
        return await self.http.get(link)

    async def form_of(self, link: str) -> str:
        found = re.findall(r'name="form" value="([0-9a-f]+)"', (await self.open(link)).text)
        assert 1 == len(set(found)), "one page, one form token"
        return str(found[0])

    async def send(self, link: str, answer: str, **fields: str) -> httpx.Response:
        return await self.http.post(
            f"{link}/{answer}", content=urlencode(fields), headers={"Content-Type": FORM, "Origin": "null"}
        )

    async def answer(self, link: str, answer: str, **fields: str) -> httpx.Response:
        return await self.send(link, answer, form=await self.form_of(link), **fields)


async def spoken(database: asyncpg.Connection) -> list[str]:
    """Return what was recorded of what people said."""
    rows = await database.fetch("SELECT type FROM event WHERE stream LIKE 'voice:%' ORDER BY position")
    return [row["type"].split(".")[1] for row in rows]
