"""From what is recorded of a student to their own word in the log, by a letter: every process, and a mail server."""

import re
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import httpx
import msgspec
import pytest

from services.cli.standing import Standing
from shared.testing import PROCESSES, Stack, temporary_home, wait_until
from shared.web.issuer import LocalIssuer
from tests.agreements.bodies import contribution_body
from tests.agreements.browsing import EMAIL, Browser
from tests.agreements.portals import JSON, Portal
from tests.notifications.mail.sink import Sink, Taken, sinking

pytestmark = pytest.mark.stack
SENT_SECONDS = 60


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    with sinking(tmp_path_factory.mktemp("mail") / "sink") as opened:
        yield opened


@pytest.fixture(scope="module")
def running(sink: Sink) -> Iterator[Stack]:
    """Everything, with mail."""
    with temporary_home() as home:
        settings = {
            "MOIETY_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "MOIETY_MAIL_FROM": "alerts@moiety.example",
            "MOIETY_PORTAL_URL": "https://portal.example",
            "MOIETY_CONTRIBUTORS_URL": home.url("agreements"),
        }
        with Stack(home, log_level="DEBUG", settings=settings) as stack:
            yield stack


@pytest.fixture(scope="module")
def issuer(running: Stack) -> LocalIssuer:
    """The stack's own."""
    return running.home.issuer


@pytest.fixture
async def service(running: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The stack's agreements."""
    async with httpx.AsyncClient(base_url=running.url("agreements"), trust_env=False, timeout=30) as http:
        yield http


async def letters(sink: Sink, count: int) -> list[Taken]:
    """The letters to the student, once there are so many."""

    async def there() -> bool:
        return len(to_student()) >= count

    def to_student() -> list[Taken]:
        return [each for each in sink.taken() if each.to == EMAIL]

    await wait_until(there, SENT_SECONDS, lambda: f"{len(to_student())} letters of {count}")
    return to_student()


def link_in(taken: Taken, running: Stack) -> str:
    """The path of the one link in a letter's text that is not the portal's."""
    message = message_from_bytes(taken.content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    assert part is not None
    [link] = re.findall(r"https?://\S+", part.get_content())
    assert link.startswith(f"{running.url('agreements')}/voice/~")
    return str(link.removeprefix(running.url("agreements")))


def spoken(running: Stack) -> list[JSON]:
    """What the log has of what contributors said."""
    with Standing(running.home) as standing:
        events = [msgspec.json.decode(body) for body in standing.log()]
    return [each for each in events if each["subject"].startswith("voice:")]


async def asked(running: Stack, contribution: str, party: str = "HUT") -> JSON:
    """What a party is told of the letter about a contribution of its own, once that is settled."""
    token = running.home.issuer.mint(f"{party}-REP", party=party, roles=["representative"])
    url = f"{running.url('notifications')}/v1/contributor-letters/{contribution}"
    told: JSON = {}

    async def settled() -> bool:
        async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {token}"}) as http:
            answer = await http.get(url)
        told.update(answer.json())
        return answer.is_success and told["outcome"] is not None

    await wait_until(settled, SENT_SECONDS, lambda: f"it is not settled: {told}")
    return told


async def test_a_student_answers_by_the_letter_that_they_get(
    running: Stack, sink: Sink, student_recorded: str, hut: Portal, browser: Browser
):
    """What is recorded is asked about; to look at the link records nothing, to confirm does; a correction asks anew."""
    [first] = await letters(sink, 1)
    link = link_in(first, running)
    for _ in range(3):
        assert 200 == (await browser.open(link)).status_code
    assert [] == spoken(running)
    assert "SENT" == (await asked(running, "C1"))["outcome"]

    assert 303 == (await browser.answer(link, "confirm")).status_code
    [confirmed] = spoken(running)
    assert ("agreements.ContributorConfirmed.v1", "HUT-PhD", "C1") == (
        confirmed["type"],
        confirmed["data"]["contributor"],
        confirmed["data"]["contribution"],
    )

    again = contribution_body(contributor="HUT-PhD", points="3/1")
    await hut.change(
        student_recorded,
        "correct",
        {name: value for name, value in again.items() if name not in {"contribution", "project", "invention"}},
    )
    _, second = await letters(sink, 2)
    newer = link_in(second, running)
    assert first.message_id != second.message_id
    assert [404, 200] == [(await browser.open(each)).status_code for each in (link, newer)]
    assert 303 == (await browser.answer(newer, "contest", ground="WRONG_POINTS", proposed_points="5")).status_code
    assert ["agreements.ContributorConfirmed.v1", "agreements.ContributorContested.v1"] == [
        each["type"] for each in spoken(running)
    ]

    # Of whom HUT keeps nothing nobody can be asked, and HUT sees that.
    await hut.create("/v1/contributions", contribution_body(contribution="C2", contributor="HUT-SE", points="1/1"))
    told = await asked(running, "C2")
    assert ("NO_ADDRESS", "HUT-SE") == (told["outcome"], told["person"])

    # And no process has written down by what the student answered, or where they are reached.
    written = "".join(path.read_text(errors="replace") for path in map(running.log_path, PROCESSES) if path.exists())
    assert "contributor-answered" in written
    for secret in (link.partition("~")[2], newer.partition("~")[2], EMAIL):
        assert secret not in written
