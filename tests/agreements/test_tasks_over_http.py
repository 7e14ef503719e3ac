"""What waits for a party is listed with the request that does it, at once, and gone once that is sent."""

from typing import Any

import httpx
import pytest

from services.agreements.scheduler.store import DueStore
from services.agreements.tasks.keeping import TaskKeeper
from shared.log.handle import Handler
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable
from shared.testing import MigratedDatabase, wait_until
from tests.agreements.bodies import agreement_body, contribution_body, project_body
from tests.agreements.portals import JSON, Portal

SECONDS = 20


async def listed(portal: Portal, **filters: Any) -> list[JSON]:
    answer = await portal.get("/v1/tasks", **filters)
    assert 200 == answer.status_code, answer.text
    tasks: list[JSON] = answer.json()["items"]
    return tasks


async def waiting(portal: Portal, name: str) -> JSON:
    """Return the task with this name, once it is listed."""
    found: list[JSON] = []

    async def is_listed() -> bool:
        found[:] = [task for task in await listed(portal) if task["task"] == name]
        return bool(found)

    await wait_until(is_listed, SECONDS, f"{name} is not listed")
    return found[0]


async def send(portal: Portal, answer: JSON, **said: Any) -> httpx.Response:
    """Send a request as a task has it, with what only its sender can say filled in."""
    assert "POST" == answer["method"]
    body = answer["body"] and {**answer["body"], **said}
    return await portal.post(answer["path"], body, **answer["headers"])


async def test_a_signature_that_is_missing_is_a_task(drafted_agreement: str, hut: Portal, atrc: Portal) -> None:
    """With what, for whom and since when; sent as it stands it is done, and gone at once."""
    assert [] == await listed(atrc)
    proposed = await hut.change(drafted_agreement, "propose")

    task = await waiting(atrc, "SIGN_AGREEMENT")

    assert ("ATRC", "MOU", "agreement", drafted_agreement) == tuple(
        task[name] for name in ("party", "agreement", "kind", "thing")
    )
    assert (None, "NOTHING", "SIGN") == (task["due_on"], task["silence"], task["power"])
    assert ["sign", "withdraw"] == [answer["act"] for answer in task["answers"]]
    sign, withdraw = task["answers"]
    assert proposed["terms_in_force"]["terms_hash"] == sign["body"]["terms_hash"]
    # What only the sender knows is left open.
    assert {"reason": None} == withdraw["body"]
    assert 200 == (await send(atrc, sign)).status_code
    assert [] == await listed(atrc)
    assert ["SIGN_AGREEMENT"] == [task["task"] for task in await listed(hut)]


async def test_a_story_is_played_by_its_tasks(active_agreement: str, hut: Portal, atrc: Portal) -> None:
    """From a project to its start each party only sends what its tasks say."""
    await hut.create("/v1/projects", project_body())
    for portal in (hut, atrc):
        approval = await waiting(portal, "APPROVE_PROJECT")
        assert 200 == (await send(portal, approval["answers"][0])).status_code
    start = await waiting(atrc, "START_PROJECT")
    assert 200 == (await send(atrc, start["answers"][0], started_on="2024-03-01")).status_code

    assert [] == await listed(hut)
    assert [] == await listed(atrc)


async def test_shares_are_determined_by_tasks(disclosed_invention: str, hut: Portal, atrc: Portal) -> None:
    """A contribution waits for attestation, shares for theirs, and then for whoever adopts them."""
    await hut.create("/v1/contributions", contribution_body(contribution="C1", contributor="HUT-SE", points="7/1"))
    attest = await waiting(atrc, "ATTEST_CONTRIBUTION")
    assert 200 == (await send(atrc, attest["answers"][0])).status_code
    await hut.change(disclosed_invention, "determinations", {"determination": "DET"})
    shares = await waiting(atrc, "ATTEST_SHARES")
    assert "determinations/DET/attest" == shares["answers"][0]["act"]
    assert 200 == (await send(atrc, shares["answers"][0])).status_code
    adopt = await waiting(hut, "ADOPT_SHARES")
    assert 200 == (await send(hut, adopt["answers"][0])).status_code

    assert [] == await listed(atrc)


async def test_the_list_is_filtered_and_comes_in_pages(operator: Portal, hut: Portal, atrc: Portal) -> None:
    """By agreement and by name; what has waited longest comes first, and no page repeats or leaves out any."""
    for name in ("MOU-1", "MOU-2", "MOU-3"):
        await hut.create("/v1/agreements", agreement_body(agreement=name))
        await hut.change(f"/v1/agreements/{name}", "propose")

    async def all_are_listed() -> bool:
        return len(await listed(atrc)) == len(("MOU-1", "MOU-2", "MOU-3"))

    await wait_until(all_are_listed, SECONDS, "not all are listed")

    assert ["MOU-2"] == [task["agreement"] for task in await listed(atrc, agreement="MOU-2")]
    assert [] == await listed(atrc, task="APPROVE_PROJECT")
    unknown = (await atrc.get("/v1/tasks", task="APPROVE")).json()
    assert ("query.task", True) == (unknown["ids"]["at"], "APPROVE_PROJECT" in unknown["expected"])
    assert 3 == len(await listed(atrc, party="ATRC"))
    assert [] == await listed(atrc, party="HUT")
    first = (await atrc.get("/v1/tasks", limit=2)).json()
    second = (await atrc.get("/v1/tasks", limit=2, cursor=first["next"])).json()
    assert ["MOU-1", "MOU-2"] == [task["agreement"] for task in first["items"]]
    assert (["MOU-3"], None) == ([task["agreement"] for task in second["items"]], second["next"])
    assert 400 == (await atrc.get("/v1/tasks", cursor="bm90LW9uZQ")).status_code


async def test_of_many_that_cannot_be_done_some_are_tried(active_agreement: str, hut: Portal, atrc: Portal) -> None:
    """A page says where to go on instead of trying all; whoever does comes to the end, and to all that can be done."""
    for number in range(9):
        await hut.create("/v1/projects", project_body(project=f"PRJ-{number}"))
    await wait_until(lambda: _count(atrc, 9), SECONDS, "not all are listed")
    await hut.change(active_agreement, "suspend", {"ground": "a breach"})

    pages = [(await atrc.get("/v1/tasks", limit=1)).json()]
    while pages[-1]["next"] is not None:
        pages.append((await atrc.get("/v1/tasks", limit=1, cursor=pages[-1]["next"])).json())

    assert [[]] * 2 == [page["items"] for page in pages]


async def _count(portal: Portal, number: int) -> bool:
    return len(await listed(portal)) == number


async def test_others_tasks_are_not_listed(drafted_agreement: str, hut: Portal, atrc: Portal, egu: Portal) -> None:
    """Who is not asked sees nothing of it."""
    await hut.change(drafted_agreement, "propose")
    await waiting(atrc, "SIGN_AGREEMENT")

    assert [] == await listed(egu)


async def test_the_list_is_made_again_as_it_was(
    drafted_agreement: str, hut: Portal, atrc: Portal, log_database: MigratedDatabase
) -> None:
    """It may be lost: made from the log once more it says the same, since when as well."""
    await hut.change(drafted_agreement, "propose")
    before = await waiting(atrc, "SIGN_AGREEMENT")
    async with (
        PostgresEventStore.open(log_database.dsn, password=log_database.password) as log,
        log_database.reached(LogUnavailable).connected() as connection,
    ):
        await connection.execute("DELETE FROM task; UPDATE task_progress SET position = 0")
        # Nobody is told that nothing waits for it meanwhile.
        assert before == await waiting(atrc, "SIGN_AGREEMENT")
        store = DueStore(connection)
        keeper = TaskKeeper(Handler(log), store.tasks, store)
        await keeper.resume()
        await keeper.follow(store.touched)

    assert before == await waiting(atrc, "SIGN_AGREEMENT")


async def test_one_thing_says_what_its_reader_can_do(drafted_agreement: str, hut: Portal, atrc: Portal) -> None:
    """Each reader its own, by the end of the address where it is done; answers to commands say nothing of it."""
    seen = (await hut.get(drafted_agreement)).json()
    proposed = await hut.change(drafted_agreement, "propose")

    assert ["terms", "propose", "withdraw"] == seen["can"]
    assert "can" not in proposed
    assert ["sign", "withdraw"] == (await atrc.get(drafted_agreement)).json()["can"]


async def test_what_can_be_done_is_part_of_the_tag(drafted_agreement: str, hut: Portal) -> None:
    """A copy with other acts is not the same; what was decided on is the version, whichever tag names it."""
    first = await hut.get(drafted_agreement)
    assert 304 == (await hut.again(drafted_agreement, first.headers["ETag"])).status_code
    # The tag of a command's answer names the version, and not what is shown besides.
    assert 200 == (await hut.again(drafted_agreement, f'"{first.json()["version"]}"')).status_code

    answer = await hut.post(f"{drafted_agreement}/propose", None, If_Match=first.headers["ETag"])

    assert 200 == answer.status_code
    assert [] == [tag for tag in (answer.headers["ETag"],) if "." in tag]


@pytest.mark.parametrize("power", [["SIGN", "APPOINT"], ["ATTEST", "APPOINT"]])
async def test_a_power_that_is_missing_takes_acts_away(
    drafted_agreement: str, hut: Portal, atrc: Portal, operator: Portal, power: list[str]
) -> None:
    """What a person may not do is not offered, and the party's task stays: somebody else may do it."""
    await hut.change(drafted_agreement, "propose")
    named = {"person": "ATRC-REP", "powers": power, "period": {"from": "2024-01-01", "to": None}}
    await operator.change("/v1/parties/ATRC", "representatives", named)

    task = await waiting(atrc, "SIGN_AGREEMENT")

    assert "SIGN" == task["power"]
    assert ("SIGN" in power) == ("sign" in (await atrc.get(drafted_agreement)).json()["can"])


async def test_what_is_about_no_agreement_is_found_by_what_its_task_says(
    hut: Portal, atrc: Portal, operator: Portal
) -> None:
    """The value that a task shows of its agreement is one by which it is found."""
    body = {"parent": "HUT", "child": "ATRC", "basis": "CONTROL", "period": {"from": "2999-01-01", "to": None}}
    await hut.create("/v1/declarations", body)
    task = await waiting(atrc, "CONFIRM_AFFILIATION")

    assert "_" == task["agreement"]
    assert [task] == await listed(atrc, agreement=task["agreement"])
    assert [] == await listed(atrc, agreement="MOU")


async def test_who_asks_is_told_who_that_is(operator: Portal, atrc: Portal) -> None:
    """Its party, what it may do today, and for whom else it speaks: by nothing but its token."""
    before = (await atrc.get("/v1/me")).json()
    named = {"person": "ATRC-REP", "powers": ["SIGN", "APPOINT"], "period": {"from": "2024-01-01", "to": None}}
    await operator.change("/v1/parties/ATRC", "representatives", named)
    period = {"from": "2024-01-01", "to": None}
    affiliation = {"parent": "ATRC", "child": "EGU", "basis": "CONTROL", "period": period}
    assert 200 == (await operator.post("/v1/affiliations", affiliation)).status_code
    after = (await atrc.get("/v1/me")).json()

    assert ("ATRC-REP", "ATRC", "ATRC of somewhere", "REGISTERED", False) == tuple(
        before[name] for name in ("person", "party", "legal_name", "status", "named")
    )
    assert "ATTEST" in before["powers"]
    assert (["SIGN", "APPOINT"], ["EGU"], True) == (after["powers"], after["speaks_for"], after["named"])
    nobody = (await operator.get("/v1/me")).json()
    assert (None, []) == (nobody["party"], nobody["powers"])
