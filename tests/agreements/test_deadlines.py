"""What happens by itself in the next days is listed for the service that reminds of it, and for nobody else."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.calendar import legal_day
from shared.testing import wait_until
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_prospects_over_http import both_sides

SECONDS = 20
TODAY = legal_day(datetime.now(UTC))
A_YEAR = 366


@pytest.fixture
def reminding(portal_of: Callable[..., Portal]) -> Portal:
    """The service that reminds of deadlines."""
    return portal_of(None, "service", person="notifications")


async def listed(portal: Portal, **asked: object) -> list[JSON]:
    """Return all that is listed, page by page."""
    found: list[JSON] = []
    cursor: dict[str, object] = {}
    while True:
        answer = await portal.get("/v1/deadlines", **{"within": A_YEAR, **asked, **cursor})
        assert 200 == answer.status_code, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def awaited(portal: Portal, stream: str) -> JSON:
    """Return what is listed of a thing, once it is."""
    found: list[JSON] = []
    everything: list[JSON] = []

    async def is_listed() -> bool:
        everything[:] = await listed(portal)
        found[:] = [each for each in everything if each["stream"] == stream and each["asked"]]
        return bool(found)

    await wait_until(is_listed, SECONDS, lambda: f"{stream} is not among {everything}")
    return found[0]


def _but_when(deadlines: list[JSON]) -> list[JSON]:
    return [{name: value for name, value in each.items() if name != "as_of"} for each in deadlines]


async def share(hut: Portal, items: list[str], name: str, respond_by: date) -> None:
    """Have ATRC asked whether it takes up an opportunity, until a day."""
    body = {"opportunity": name, "agreement": "MOU", "title": "Beams", "field": "telecom/ran/5g"}
    await hut.create("/v1/opportunities", {**body, "leverages_background": items})
    await hut.change(f"/v1/opportunities/{name}", "share", {"shared_with": ["ATRC"], "respond_by": str(respond_by)})


@pytest.fixture
async def prospects(active_agreement: str, hut: Portal, atrc: Portal) -> list[str]:
    """What there is to build on in an agreement."""
    return await both_sides(hut, atrc)


async def test_what_lapses_is_a_deadline_of_whoever_is_asked(prospects: list[str], hut: Portal, reminding: Portal):
    """Its last day is the last on which they may answer."""
    last_day = TODAY + timedelta(days=30)
    await share(hut, prospects, "OPP", last_day)

    deadline = await awaited(reminding, "opportunity:OPP")

    assert ("MOU", str(last_day)) == (deadline["agreement"], deadline["last_day"])
    assert "ATRC" in deadline["asked"]
    assert deadline["told_at"] <= deadline["as_of"]


async def test_what_is_done_is_no_deadline_any_more(prospects: list[str], hut: Portal, atrc: Portal, reminding: Portal):
    """Nobody is to be reminded of it."""
    await share(hut, prospects, "OPP", TODAY + timedelta(days=30))
    await awaited(reminding, "opportunity:OPP")
    await atrc.change("/v1/opportunities/OPP", "decline", {"reason_code": "NOT_STRATEGIC"})

    async def is_gone() -> bool:
        return "opportunity:OPP" not in [each["stream"] for each in await listed(reminding)]

    await wait_until(is_gone, SECONDS, "it is still listed")


async def test_they_come_by_day_in_pages_and_within_what_is_asked_for(
    prospects: list[str], hut: Portal, reminding: Portal
):
    """The soonest first, none twice and none left out, whatever the size of a page."""
    for number in (3, 1, 4, 2, 5):
        await share(hut, prospects, f"OPP-{number}", TODAY + timedelta(days=10 * number))
    await awaited(reminding, "opportunity:OPP-5")

    whole = await listed(reminding)

    assert [f"opportunity:OPP-{number}" for number in range(1, 6)] == [each["stream"] for each in whole]
    assert _but_when(whole) == _but_when(await listed(reminding, limit=2))
    assert [] == await listed(reminding, within=9)
    assert 1 == len(await listed(reminding, within=10))


async def test_which_day_it_is_is_told_by_the_same_clock(hut: Portal, reminding: Portal):
    """For whoever counts days: also where nothing is coming."""
    answer = await reminding.get("/v1/deadlines/today")

    assert (200, str(TODAY)) == (answer.status_code, answer.json()["today"])
    assert TODAY == legal_day(datetime.fromisoformat(answer.json()["as_of"]))


@pytest.mark.parametrize("role", ["representative", "partner", "auditor", "operator"])
async def test_nobody_else_reads_them(operator: Portal, portal_of: Callable[..., Portal], role: str):
    """They are of all agreements together; a party has its tasks."""
    party = "HUT" if role in {"representative", "partner"} else None

    for path in ("/v1/deadlines", "/v1/deadlines/today"):
        assert 403 == (await portal_of(party, role).get(path)).status_code
