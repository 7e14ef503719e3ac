"""A partner's system follows its stream by the code on the page, through what the page says may happen."""

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from shared.embedded.nats import USERS, EmbeddedNats
from shared.log.parties import PARTNER_API, stream_of, subject_for
from shared.nkeys import AccountKey
from shared.testing import wait_until
from shared.web.issuer import LocalIssuer
from tests.architecture.source import ROOT
from tests.bus.partners import AUDIENCE, EVENTS, ISSUER, SUBJECT, Entrance, furnish

PAGE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
KEY = AccountKey.generate()
DEADLINE_SECONDS = 40

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    passwords = {user: f"{user}-secret" for user in USERS}
    bus = EmbeddedNats(tmp_path_factory.mktemp("bus"), passwords=passwords, gate_key=KEY.public)
    bus.start()
    yield Entrance(bus, KEY, LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE))
    bus.stop()


def code_on_the_page() -> dict[str, Any]:
    """Return what the page's Python for NATS defines."""
    names: dict[str, Any] = {}
    [block] = [each for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "import nats" in each]
    exec(compile(ast.parse(block), "docs/partners.md", "exec"), names)  # noqa: S102  # our own page
    return names


class Follower:
    """A partner's program: what it handled, and the tokens that it showed."""

    def __init__(self, entrance: Entrance, *, last: int, first_token_seconds: float) -> None:
        self.handled: list[int] = []
        self.shown: list[str] = []
        self._entrance = entrance
        self._last = last
        self._first_token_seconds = first_token_seconds

    def token(self) -> str:
        lifetime_seconds = 600 if self.shown else self._first_token_seconds
        self.shown.append(self._entrance.token("HUT", lifetime_seconds=lifetime_seconds))
        return self.shown[-1]

    def handle(self, number: int, _event: dict[str, Any]) -> bool:
        if number not in self.handled:
            self.handled.append(number)
        return number < self._last

    def start(self) -> asyncio.Task[None]:
        follow = code_on_the_page()["follow"]
        return asyncio.create_task(follow(self._entrance.bus.url, "HUT", self.token, self.handle, ask_again_seconds=1))


async def publish(feeds: Client, number: int) -> None:
    await feeds.jetstream().publish(subject_for("HUT", SUBJECT), b'{"number":%d}' % number)


async def test_the_code_on_the_page_comes_back_when_its_token_is_over(entrance: Entrance, tmp_path: Path) -> None:
    """Also while there is no gate for a while; it misses nothing, and handles nothing twice."""
    await furnish(entrance)
    follower = Follower(entrance, last=EVENTS + 2, first_token_seconds=2)
    async with entrance.as_user("feeds") as feeds:
        async with entrance.gate(tmp_path):
            following = follower.start()
            await wait_until(lambda: len(follower.handled) == EVENTS, DEADLINE_SECONDS, "what there is was not handled")
        await publish(feeds, EVENTS + 1)
        await wait_until(lambda: len(follower.shown) > 1, DEADLINE_SECONDS, "no other token was asked for")
        async with entrance.gate(tmp_path):
            await publish(feeds, EVENTS + 2)
            await asyncio.wait_for(following, DEADLINE_SECONDS)

    assert list(range(1, EVENTS + 3)) == follower.handled


async def test_the_code_on_the_page_outlives_a_server(entrance: Entrance, tmp_path: Path) -> None:
    """Killed and started again."""
    await furnish(entrance)
    follower = Follower(entrance, last=EVENTS + 1, first_token_seconds=600)
    async with entrance.gate(tmp_path):
        following = follower.start()
        await wait_until(lambda: len(follower.handled) == EVENTS, DEADLINE_SECONDS, "what there is was not handled")
        entrance.bus.kill()
        entrance.bus.start()
        async with entrance.as_user("feeds") as feeds:
            await publish(feeds, EVENTS + 1)
        await asyncio.wait_for(following, DEADLINE_SECONDS)

    assert list(range(1, EVENTS + 2)) == follower.handled


def test_the_page_names_what_is_there() -> None:
    """Stream, inbox, prefix and subjects are the code's own."""
    assert f"`{stream_of('HUT')}`" in PAGE
    assert f"`{PARTNER_API}`" in PAGE
    assert f"`{subject_for('<party>', 'moiety.v1.<agreement>.<entity>.<Event>')}`" in PAGE
