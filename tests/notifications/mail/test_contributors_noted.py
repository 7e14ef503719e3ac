"""Who is to be asked: noted with what is recorded of them, once for each time, and shown to who recorded it."""

import asyncio
from typing import Any

import httpx
import pytest

from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.contributors.model import asking_of
from services.notifications.store import sole_writer
from shared.database import Database, Pool
from shared.events.contribution import ContributionAttested, ContributionCorrected, ContributionWithdrawn
from tests.notifications.controls import HASH, contribution_recorded, drafted, published, said

OTHER_HASH = "sha256:" + "1" * 64
_NOTED = """
    SELECT contribution, content_hash, person, recorded_by_party, corrected FROM contributor_letter
    ORDER BY recorded_at, contribution, content_hash
"""


def corrected(**changed: Any) -> ContributionCorrected:
    recorded = contribution_recorded(**changed)
    fields = {name: getattr(recorded, name) for name in recorded.__struct_fields__}
    return ContributionCorrected(**fields, supersedes=HASH)


def history() -> list[Any]:
    """What HUT records of its PI and corrects to be its student's, what ATRC records, and what else happens to it."""
    about = {"agreement": "AGR-1", "contribution": "CTB-1", "project": "PRJ-1", "invention": "INV-1"}
    parties = ("ATRC", "HUT")
    events = [
        drafted(),
        contribution_recorded(),
        corrected(contributor="HUT-PhD", content_hash=OTHER_HASH),
        contribution_recorded(contribution="CTB-2", contributor="ATRC-SE", recorded_by_party="ATRC"),
        ContributionAttested(**about, parties=parties, party="ATRC", person="ATRC-REP", content_hash=OTHER_HASH),
        ContributionWithdrawn(**about, parties=parties, reason="recorded twice"),
    ]
    return published([said(event) for event in events])


EXPECTED = [
    ("CTB-1", HASH, "HUT-PI", "HUT", False),
    ("CTB-1", OTHER_HASH, "HUT-PhD", "HUT", True),
    ("CTB-2", HASH, "ATRC-SE", "ATRC", False),
]


async def noted(pool: Pool) -> list[Any]:
    return [tuple(row) for row in await pool.fetch(_NOTED)]


@pytest.mark.parametrize("at_once", [1, 2, 3, 6])
async def test_it_is_noted_with_what_is_recorded_whom_to_ask(
    database: Database, pool: Pool, metrics: ConsumerMetrics, at_once: int
):
    """By everything that is recorded of somebody, corrections too; whatever else happens asks nobody."""
    messages = history()
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, asks=True)
        await alerting.resume()
        for first in range(0, len(messages), at_once):
            await alerting.take(messages[first : first + at_once])

    assert sorted(EXPECTED) == sorted(await noted(pool))
    rows = await pool.fetch("SELECT letter FROM contributor_letter")
    assert 3 == len({row["letter"] for row in rows})
    assert all(64 == len(row["letter"]) for row in rows)


async def test_where_contributors_are_not_written_to_nothing_is_noted(alerting: Alerting, pool: Pool):
    """And nobody is asked of what was recorded before once they are."""
    await alerting.take(history())

    assert [] == await noted(pool)


async def test_what_is_learned_anew_asks_nobody_again(
    database: Database, pool: Pool, owner: Pool, metrics: ConsumerMetrics
):
    """A release that remembers otherwise reads the log from the beginning: the letters are the same."""
    messages = history()
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, asks=True)
        await alerting.resume()
        await alerting.take(messages[:4])
        before = await pool.fetch("SELECT * FROM contributor_letter ORDER BY event_id")
        await owner.fetch("DELETE FROM remembered")
        await owner.fetch("UPDATE progress SET remembered = 0")
        await alerting.resume()
        await alerting.take(messages)
    assert before == await pool.fetch("SELECT * FROM contributor_letter ORDER BY event_id")


async def test_what_was_recorded_before_asks_nobody_though_it_is_learned_again(
    database: Database, pool: Pool, owner: Pool, metrics: ConsumerMetrics
):
    """Where contributors come to be written to only later: an upgrade would write to everybody who ever was named."""
    messages = history()
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics)
        await alerting.resume()
        await alerting.take(messages[:3])
        await owner.fetch("DELETE FROM remembered")
        await owner.fetch("UPDATE progress SET remembered = 0")
        asking = Alerting(store, metrics, asks=True)
        await asking.resume()
        await asking.take(messages)

    assert EXPECTED[2:] == await noted(pool)


def test_an_event_of_something_else_asks_nobody():
    """Who is named in it is not who did something."""
    assert [] == asking_of([said(drafted())])


# -- what became of it -------------------------------------------------------------------------------------------------


@pytest.fixture
async def recorded(database: Database, metrics: ConsumerMetrics) -> None:
    """What HUT and ATRC have recorded, and nobody has been written to."""
    async with sole_writer(database) as store:
        alerting = Alerting(store, metrics, asks=True)
        await alerting.resume()
        await alerting.take(history())


async def shown(client: httpx.AsyncClient, contribution: str, headers: dict[str, Any]) -> httpx.Response:
    return await client.get(f"/v1/contributor-letters/{contribution}", headers=headers)


@pytest.mark.usefixtures("recorded")
async def test_who_recorded_it_sees_whether_somebody_was_asked(
    client: httpx.AsyncClient, owner: Pool, hut: dict[str, Any]
):
    """Of what stands recorded last; without an address, for one, somebody has to see to it."""
    await owner.fetch("UPDATE contributor_letter SET recorded_at = recorded_at + interval '1 day' WHERE corrected")
    waiting = (await shown(client, "CTB-1", hut)).json()
    await owner.fetch("UPDATE contributor_letter SET outcome = 'NO_ADDRESS', settled_at = now(), attempts = 1")
    settled = (await shown(client, "CTB-1", hut)).json()

    assert ("HUT-PhD", OTHER_HASH, None, 0) == tuple(
        waiting[name] for name in ("person", "content_hash", "outcome", "attempts")
    )
    assert ("NO_ADDRESS", 1) == (settled["outcome"], settled["attempts"])
    assert settled["settled_at"] is not None
    assert not {"letter", "sent_hash"} & settled.keys()


# -- asked again ------------------------------------------------------------------------------------------------------


async def settled(owner: Pool, outcome: str, ago: str) -> None:
    """What comes of every letter that waits, so long ago."""
    hash_ = bytes(32) if outcome == "SENT" else None
    await owner.fetch(
        "UPDATE contributor_letter SET outcome = $1, sent_hash = $2, settled_at = now() - $3::text::interval"
        " WHERE outcome IS NULL",
        outcome,
        hash_,
        ago,
    )


async def repeated(client: httpx.AsyncClient, contribution: str, headers: dict[str, Any]) -> httpx.Response:
    return await client.post(f"/v1/contributor-letters/{contribution}/repeat", headers=headers)


@pytest.mark.usefixtures("recorded")
async def test_who_recorded_it_has_them_asked_again(
    client: httpx.AsyncClient, pool: Pool, owner: Pool, hut: dict[str, Any]
):
    """By another letter, which has another name and so another link; while that waits, asking again changes nothing."""
    await settled(owner, "SENT", "25 hours")
    answers = [await repeated(client, "CTB-1", hut) for _ in range(3)]

    assert [200, 200, 200] == [answer.status_code for answer in answers]
    assert 1 == len({answer.content for answer in answers})
    assert (2, None) == (answers[0].json()["number"], answers[0].json()["outcome"])
    rows = await pool.fetch("SELECT letter, number, outcome FROM contributor_letter WHERE person = $1", "HUT-PhD")
    assert [(1, "SENT"), (2, None)] == sorted((row["number"], row["outcome"]) for row in rows)
    assert 2 == len({row["letter"] for row in rows})


@pytest.mark.usefixtures("recorded")
async def test_of_two_who_ask_again_at_once_one_does(
    client: httpx.AsyncClient, pool: Pool, owner: Pool, hut: dict[str, Any]
):
    """They get one letter."""
    await settled(owner, "SENT", "25 hours")
    answers = await asyncio.gather(*(repeated(client, "CTB-1", hut) for _ in range(6)))

    assert {200} == {answer.status_code for answer in answers}
    assert 2 == len(await pool.fetch("SELECT FROM contributor_letter WHERE person = $1", "HUT-PhD"))


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("outcome", "ago", "seconds"),
    [
        ("SENT", "23 hours", 3_600),
        ("BOUNCED", "23 hours", 3_600),
        ("GIVEN_UP", "23 hours", 3_600),
        ("NO_ADDRESS", "50 seconds", 10),
        ("UNWRITABLE", "50 seconds", 10),
        ("NOT_ASKED", "50 seconds", 10),
    ],
)
async def test_nobody_is_pressed(
    client: httpx.AsyncClient, owner: Pool, hut: dict[str, Any], outcome: str, ago: str, seconds: int
):
    """A day passes between two letters; where none could go out, a moment, in which somebody may have mended that."""
    await settled(owner, outcome, ago)
    refused = await repeated(client, "CTB-1", hut)
    await owner.fetch(
        "UPDATE contributor_letter SET settled_at = settled_at - make_interval(secs => $1)", float(seconds)
    )
    allowed = await repeated(client, "CTB-1", hut)

    assert (429, "CONTRIBUTOR_ASKED_LATELY") == (refused.status_code, refused.json()["code"])
    assert seconds - 10 <= int(refused.headers["Retry-After"]) <= seconds
    assert 200 == allowed.status_code


@pytest.mark.usefixtures("recorded")
async def test_ten_letters_are_enough(client: httpx.AsyncClient, owner: Pool, hut: dict[str, Any]):
    """About one content: a correction begins anew."""
    for _ in range(9):
        await settled(owner, "SENT", "25 hours")
        assert 200 == (await repeated(client, "CTB-1", hut)).status_code
    await settled(owner, "SENT", "25 hours")
    answer = await repeated(client, "CTB-1", hut)

    assert (409, "CONTRIBUTOR_ASKED_OFTEN") == (answer.status_code, answer.json()["code"])


@pytest.mark.usefixtures("recorded")
async def test_nobody_has_another_partys_asked(
    client: httpx.AsyncClient, pool: Pool, owner: Pool, hut: dict[str, Any], atrc: dict[str, Any]
):
    """Nor what there is not."""
    await settled(owner, "SENT", "25 hours")
    answers = [await repeated(client, *asked) for asked in (("CTB-1", atrc), ("CTB-2", hut), ("CTB-9", hut))]

    assert [404, 404, 404] == [answer.status_code for answer in answers]
    assert 3 == len(await noted(pool))


# -- who is told ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("recorded")
async def test_nobody_else_is_told_of_it(client: httpx.AsyncClient, hut: dict[str, Any], atrc: dict[str, Any]):
    """Another party's is not found, as one that there is not."""
    for answer in (
        await shown(client, "CTB-1", atrc),
        await shown(client, "CTB-2", hut),
        await shown(client, "CTB-9", hut),
        await shown(client, "..", hut),
    ):
        assert 404 == answer.status_code
    assert "CONTRIBUTOR_LETTER_NOT_FOUND" == (await shown(client, "CTB-1", atrc)).json()["code"]


@pytest.mark.usefixtures("recorded")
async def test_only_representatives_are_told(client: httpx.AsyncClient, hut_system: dict[str, Any]):
    """It says of a person whether they can be reached."""
    assert 403 == (await shown(client, "CTB-1", hut_system)).status_code
    assert 403 == (await repeated(client, "CTB-1", hut_system)).status_code
