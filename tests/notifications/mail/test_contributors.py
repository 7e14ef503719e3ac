"""Letters to contributors on their way to a real mail server: each with its link, which is kept nowhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha256

import httpx
import msgspec
import pytest
import structlog
from prometheus_client import CollectorRegistry

from services.notifications.contributors.links import IssueLink, links_from
from services.notifications.contributors.model import Due, Issued
from services.notifications.contributors.sender import ContributorMail, Desk
from services.notifications.contributors.store import ContributorLetters
from services.notifications.live import Wakeups
from services.notifications.mail.attempts import Attempt
from services.notifications.mail.sender import MailMetrics, Pace
from services.notifications.mail.server import MailServer, Server
from services.notifications.recording import MAIL_CHANNEL
from shared.database import Database, Pool
from shared.parts import Parts
from shared.testing import wait_until
from tests.notifications.mail.conftest import PLAIN, QUICK
from tests.notifications.mail.contributing import (
    HASH,
    URL,
    Agreements,
    everybodys,
    issued,
    link_of,
    none_waits,
    noted,
    outcomes,
    read,
    text_of,
)
from tests.notifications.mail.sink import Sink
from tests.notifications.webhooks.receiver import receiving

Asking = Callable[..., AbstractAsyncContextManager[ContributorMail]]


@pytest.fixture
def asking(database: Database, pool: Pool) -> Asking:
    """Give what asks contributors, at work until the end of the block."""

    @contextlib.asynccontextmanager
    async def at_work(
        server: Server, issue_link: IssueLink = everybodys, pace: Pace = QUICK
    ) -> AsyncIterator[ContributorMail]:
        wakeups = Wakeups(database, channel=MAIL_CHANNEL)
        mail_server = MailServer(server, timeout_seconds=pace.timeout_seconds, connections=pace.connections)
        metrics = MailMetrics(CollectorRegistry())
        async with Parts() as parts:
            mail = ContributorMail(
                ContributorLetters(pool), issue_link, mail_server, Desk(PLAIN.sender, URL), wakeups, metrics, pace
            )
            parts.start(wakeups.run(), name="mail-listener")
            parts.start(mail.run(), name="contributor-mail")
            yield mail
            assert await parts.ended() is None

    return at_work


async def done(pool: Pool) -> None:
    await wait_until(lambda: none_waits(pool), 30, "not everything was sent")


# -- what comes of a letter ------------------------------------------------------------------------------------------


async def test_whoever_is_named_gets_their_link(pool: Pool, sink: Sink, asking: Asking):
    """And nobody else's; its hash is kept, its link is not."""
    letters = await noted(pool, "ann", "bob")

    async with asking(PLAIN._replace(port=sink.port)):
        await done(pool)

    taken = {each.to.partition("@")[0]: each for each in sink.taken()}
    assert {"ann", "bob"} == taken.keys()
    for person, other in (("ann", "bob"), ("bob", "ann")):
        text = text_of(taken[person])
        assert f"{URL}{link_of(letters[person])}" in text.split()
        assert link_of(letters[other]) not in text
        assert f"<{letters[person]}@moiety.example>" == taken[person].message_id
        assert "Dr. " + person in str(read(taken[person])["To"])
    assert [("ann", "SENT", 1, 250), ("bob", "SENT", 1, 250)] == await outcomes(pool)
    kept = await pool.fetch("SELECT * FROM contributor_letter")
    assert {row["sent_hash"] for row in kept} == {sha256(each.content).digest() for each in taken.values()}
    assert not any(link_of(letter) in str(row) or "@" in str(row) for row in kept for letter in letters.values())


async def test_what_is_not_taken_now_is_sent_again_as_it_was(pool: Pool, sink: Sink, asking: Asking):
    """With the same link: put off twice with 451, taken then, once."""
    letters = await noted(pool, "later")
    told: list[Due] = []

    async def telling(due: Due) -> Issued | Attempt:
        told.append(due)
        return issued(due.asking.person, due.letter)

    async with asking(PLAIN._replace(port=sink.port), telling):
        await done(pool)

    [taken] = sink.taken()
    assert link_of(letters["later"]) in text_of(taken)
    assert {letters["later"]} == {due.letter for due in told}
    assert [("later", "SENT", 3, 250)] == await outcomes(pool)


async def test_what_is_refused_for_good_is_not_sent_again(pool: Pool, sink: Sink, asking: Asking):
    """And keeps nobody else's back."""
    await noted(pool, "bounce", "never", "two@signs", "zoe")

    async with asking(PLAIN._replace(port=sink.port), pace=QUICK._replace(retries_seconds=(0.05, 0.05))):
        await done(pool)

    assert [
        ("bounce", "BOUNCED", 1, 550),
        ("never", "GIVEN_UP", 3, 451),
        ("two@signs", "UNWRITABLE", 0, None),
        ("zoe", "SENT", 1, 250),
    ] == await outcomes(pool)


async def test_two_processes_send_nothing_twice(pool: Pool, sink: Sink, asking: Asking):
    """Whoever has taken a letter has it alone."""
    letters = await noted(pool, *(f"p{number:03}" for number in range(40)))

    async with asking(PLAIN._replace(port=sink.port)), asking(PLAIN._replace(port=sink.port)):
        await done(pool)

    assert sorted(f"<{each}@moiety.example>" for each in letters.values()) == sorted(
        each.message_id for each in sink.taken()
    )


async def test_of_a_letter_whose_fate_nobody_knows_both_are_one(pool: Pool, owner: Pool, sink: Sink, asking: Asking):
    """Sent, and nobody left to write that down: sent again it is the same to the byte, so either link is good."""
    await noted(pool, "ann")
    async with asking(PLAIN._replace(port=sink.port)):
        await done(pool)
    await owner.fetch(
        "UPDATE contributor_letter SET outcome = NULL, settled_at = NULL, sent_hash = NULL, not_before = now()"
    )
    async with asking(PLAIN._replace(port=sink.port)):
        await done(pool)

    first, second = sink.taken()
    assert first.content == second.content


# -- who is not asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("CONTENT_HASH_MISMATCH", 409, "NOT_ASKED"),
        ("CONTRIBUTION_IS_WITHDRAWN", 409, "NOT_ASKED"),
        ("CONTRIBUTION_NOT_FOUND", 404, "NOT_ASKED"),
        ("CONTRIBUTORS_NOT_ASKED", 409, "NOT_ASKED"),
        ("CONTRIBUTOR_HAS_ANSWERED", 409, "NOT_ASKED"),
        ("PARTICIPANT_NOT_FOUND", 404, "NO_ADDRESS"),
        ("PERSON_ERASED", 409, "NO_ADDRESS"),
        ("PERSON_HAS_NO_ADDRESS", 409, "NO_ADDRESS"),
        ("PERSON_NOT_FOUND", 404, "NO_ADDRESS"),
        ("PERSON_UNREADABLE", 503, "GIVEN_UP"),
    ],
)
async def test_whom_agreements_tell_no_link_of_is_sent_nothing(  # one case of a table
    pool: Pool, sink: Sink, asking: Asking, code: str, status: int, outcome: str
):
    """Withdrawn, corrected, answered, by other terms, erased or never known: their rule, in one place."""
    letters = await noted(pool, "ann", "bob")

    async with receiving(Agreements(ann=(status, code))) as agreements, httpx.AsyncClient(trust_env=False) as http:
        ask = links_from(http, f"http://127.0.0.1:{agreements.port}", "a token")
        async with asking(PLAIN._replace(port=sink.port), ask, QUICK._replace(retries_seconds=(0.05,))):
            await done(pool)
        assert all("Bearer a token" == each.headers["authorization"] for each in agreements.got)
        asked = [msgspec.json.decode(each.body) for each in agreements.got]
    # By exactly what was recorded and the letter's own name, however often.
    assert {(f"CTB-{person}", HASH, letter) for person, letter in letters.items()} == {
        (each["contribution"], each["content_hash"], each["letter"]) for each in asked
    }

    assert {"ann": outcome, "bob": "SENT"} == {row[0]: row[1] for row in await outcomes(pool)}
    assert ["bob@hut.example"] == [each.to for each in sink.taken()]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_while_agreements_do_not_answer_nothing_is_lost(pool: Pool, sink: Sink, asking: Asking, status: int):
    """Nothing is counted as an attempt, and it is said why nobody is asked."""
    await noted(pool, "ann")

    agreements = Agreements(ann=(status, "NOT_NOW"))
    async with receiving(agreements), httpx.AsyncClient(trust_env=False) as http:
        ask = links_from(http, f"http://127.0.0.1:{agreements.port}", "a token")
        async with asking(PLAIN._replace(port=sink.port), ask, QUICK._replace(rest_seconds=0.1)) as mail:
            await wait_until(lambda: _troubled(mail), 30, "nobody says that nobody is asked")
            assert "NOT_NOW" in str(await mail.trouble())
            agreements.refusals.clear()
            await done(pool)
            assert await mail.trouble() is None

    assert [("ann", "SENT", 1, 250)] == await outcomes(pool)


async def test_agreements_that_are_away_or_answer_nonsense_are_asked_again(pool: Pool, sink: Sink, asking: Asking):
    """Without a word of what they said, which may have been a link."""
    await noted(pool, "ann")

    async with receiving() as other, httpx.AsyncClient(trust_env=False) as http:
        other.answers = lambda _got: (200, b"", b'{"link": "/voice/~secret"}')
        for url in (f"http://127.0.0.1:{other.port}", "http://127.0.0.1:9"):
            ask = links_from(http, url, "a token")
            async with asking(PLAIN._replace(port=sink.port), ask, QUICK._replace(rest_seconds=0.1)) as mail:
                await wait_until(lambda mail=mail: _troubled(mail), 30, "nobody says that nobody is asked")  # type: ignore[misc]
                assert "secret" not in str(await mail.trouble())

    assert [("ann", None, 0, None)] == await outcomes(pool)


async def test_a_mail_server_that_is_away_loses_nothing(pool: Pool, sink: Sink, asking: Asking):
    """What waits is sent once it is back."""
    letters = await noted(pool, "ann", "bob", "cat")
    sink.stop()

    async with asking(
        PLAIN._replace(port=sink.port), pace=QUICK._replace(retries_seconds=(0.3,) * 20, rest_seconds=0.1)
    ):
        await wait_until(lambda: _is_tried(pool), 30, "nobody tries")
        sink.start()
        await done(pool)

    assert len(letters) == len(sink.taken())


async def test_nobody_sends_what_another_has_taken_up(pool: Pool, sink: Sink, asking: Asking):
    """An attempt ends before its lease does, however long agreements take."""
    await noted(pool, "ann")

    async def never(_due: Due) -> Issued | Attempt:
        await asyncio.Event().wait()
        raise AssertionError

    pace = QUICK._replace(timeout_seconds=0.1, retries_seconds=())
    async with asking(PLAIN._replace(port=sink.port), never, pace) as mail:
        mail._attempt_seconds = 0.2  # ten seconds more are what agreements have to answer
        await done(pool)

    assert [("ann", "GIVEN_UP", 1, None)] == await outcomes(pool)


# -- in private ------------------------------------------------------------------------------------------------------


async def test_no_log_has_a_link_or_an_address(pool: Pool, sink: Sink, asking: Asking):
    """Whatever comes of a letter: taken, refused, not to be written, or nothing that anybody foresaw."""
    letters = await noted(pool, "ann", "bounce", "two@signs", "zoe")

    async def some(due: Due) -> Issued | Attempt:
        if due.asking.person == "zoe":
            raise RuntimeError(link_of(due.letter), "zoe@hut.example")
        return issued(due.asking.person, due.letter)

    with structlog.testing.capture_logs() as lines:
        async with asking(PLAIN._replace(port=sink.port), some, QUICK._replace(retries_seconds=(0.05,))):
            await done(pool)

    said = str(lines)
    assert "mail-failed" in said
    assert not any(link_of(each) in said for each in letters.values())
    assert "hut.example" not in said


def test_what_is_asked_of_agreements_is_in_no_traceback():
    """Representations end up in logs and tracebacks."""
    assert "Issued(...)" == repr(issued("ann", "a" * 64))


async def _troubled(mail: ContributorMail) -> bool:
    return await mail.trouble() is not None


async def _is_tried(pool: Pool) -> bool:
    return any(attempts for _, _, attempts, _ in await outcomes(pool))
