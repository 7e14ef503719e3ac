"""Where shares wait for the word of who contributed, that is a task of who recorded it, until it is given."""

from datetime import UTC, datetime

import asyncpg
import pytest

from shared.calendar import legal_day
from shared.testing import wait_until
from tests.agreements.bodies import agreement_body, contribution_body, terms_body
from tests.agreements.browsing import Browser, issued
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_agreements_over_http import amendment_body

SECONDS = 15.0
OF_WHAT = {"contribution", "project", "invention"}
CONTRIBUTION = "/v1/contributions/C1"


@pytest.fixture(params=["REQUIRED"])
async def drafted_agreement(hut: Portal, request: pytest.FixtureRequest) -> str:
    """An agreement between HUT and ATRC that says whether shares wait for those who contributed."""
    terms = terms_body(attestation={"contributors": request.param})
    await hut.create("/v1/agreements", agreement_body(terms=terms))
    return "/v1/agreements/MOU"


@pytest.fixture
async def counted(student_recorded: str, hut: Portal, atrc: Portal) -> str:
    """What HUT recorded of its student, attested by ATRC."""
    content_hash = (await hut.get(student_recorded)).json()["content_hash"]
    await atrc.change(student_recorded, "attest", {"content_hash": content_hash})
    return student_recorded


async def tasks(portal: Portal) -> list[JSON]:
    found: list[JSON] = (await portal.get("/v1/tasks")).json()["items"]
    return [each for each in found if each["task"].endswith("CONTRIBUTOR")]


async def names(portal: Portal) -> list[str]:
    return [each["task"] for each in await tasks(portal)]


async def listed(log_tables: asyncpg.Connection) -> set[str]:
    return {row["name"] for row in await log_tables.fetch("SELECT name FROM task WHERE name LIKE '%CONTRIBUTOR'")}


async def test_it_waits_once_it_counts(student_recorded: str, hut: Portal, atrc: Portal):
    """For who recorded it, and for nobody else; before others have attested it shares wait for these."""
    assert [] == await names(hut)
    content_hash = (await hut.get(student_recorded)).json()["content_hash"]
    await atrc.change(student_recorded, "attest", {"content_hash": content_hash})

    [task] = await tasks(hut)
    assert ("HEAR_CONTRIBUTOR", CONTRIBUTION, "NOTHING", None, [], None) == tuple(
        task[name] for name in ("task", "thing", "silence", "due_on", "answers", "power")
    )
    assert [] == await names(atrc)
    version = (await hut.get("/v1/inventions/INV")).headers["ETag"]
    refused = await hut.post("/v1/inventions/INV/determinations", {"determination": "DET"}, If_Match=version)
    assert (409, "CONTRIBUTORS_NOT_HEARD") == (refused.status_code, refused.json()["code"])


async def test_it_is_over_with_that_word(
    counted: str, hut: Portal, notifier: Portal, browser: Browser, log_tables: asyncpg.Connection
):
    """At once, and by itself: what is said beside the contribution changes what that asks."""
    assert ["HEAR_CONTRIBUTOR"] == await names(hut)

    async def there() -> bool:
        return bool(await listed(log_tables))

    await wait_until(there, SECONDS, "it is listed")
    await browser.answer((await issued(notifier))["link"], "confirm")

    assert [] == await names(hut)

    async def gone() -> bool:
        return not await listed(log_tables)

    await wait_until(gone, SECONDS, "it is listed no more")
    await hut.change("/v1/inventions/INV", "determinations", {"determination": "DET"})


async def test_who_contests_is_answered_by_a_correction(
    counted: str, hut: Portal, atrc: Portal, notifier: Portal, browser: Browser
):
    """Which asks everybody anew."""
    said = {"ground": "WRONG_POINTS", "proposed_points": "9", "proposed_conceived_on": "", "statement": "all of it"}
    await browser.answer((await issued(notifier))["link"], "contest", **said)

    [task] = await tasks(hut)
    assert ("ANSWER_CONTRIBUTOR", ["correct", "withdraw"]) == (
        task["task"],
        [each["act"] for each in task["answers"]],
    )
    particulars = contribution_body(contributor="HUT-PhD", points="9/1")
    corrected = {name: value for name, value in particulars.items() if name not in OF_WHAT}
    await hut.change(counted, "correct", corrected)
    assert [] == await names(hut)


@pytest.mark.parametrize("drafted_agreement", ["ASKED", "NONE"], indirect=True)
async def test_elsewhere_nothing_waits(counted: str, hut: Portal):
    """Shares do not wait, so nobody has to see to it."""
    assert [] == await names(hut)


async def test_an_amendment_lets_the_parties_go_on(counted: str, hut: Portal, atrc: Portal):
    """What shares do not wait for any more is no task, though nothing happened to the contribution."""
    assert ["HEAR_CONTRIBUTOR"] == await names(hut)
    today = legal_day(datetime.now(UTC)).isoformat()
    amendment = amendment_body(terms=terms_body(), effective_on=today)
    proposed = await hut.change("/v1/agreements/MOU", "amendments", amendment)
    terms_hash = proposed["amendments"][0]["version"]["in_force"]["terms_hash"]
    for portal in (hut, atrc):
        signature = {"new_terms_hash": terms_hash, "signed_on": "2024-03-01"}
        await portal.change("/v1/agreements/MOU", "amendments/1/sign", signature)

    async def nothing_waits() -> bool:
        return not await names(hut)

    await wait_until(nothing_waits, SECONDS, "it takes effect")
