"""An inbox by whatever it may be asked for, and what its people do with what is in it."""

from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

import asyncpg
import httpx
import pytest

from services.notifications.alerts import Alert, alert_id
from services.notifications.consumer import Alerting
from services.notifications.inbox.listing import MOST_LOOKED_AT
from services.notifications.inbox.store import Inbox
from shared.database import Pool
from shared.migrate import folder_of
from tests.notifications.controls import (
    activated,
    adopted,
    contribution_recorded,
    drafted,
    licence_drafted,
    published,
    said,
    terms_drafted,
    transferred,
)

Client = httpx.AsyncClient
Headers = dict[str, str]
Alerts = list[dict[str, Any]]
SHARES = {"ATRC": "1/2", "HUT": "1/2"}
ASSETS = ("INV-1", "INV-2", "INV-3")


@pytest.fixture
async def a_story(alerting: Alerting) -> None:
    """ATRC has alerts of every class of two assets and two agreements."""
    asked = [
        said(contribution_recorded(contribution=f"CTB-{n}", invention=invention), stream=f"contribution:CTB-{n}")
        for n, invention in enumerate(("INV-1", "INV-2", "INV-1"))
    ]
    other = contribution_recorded(agreement="AGR-2", contribution="CTB-9", invention="INV-3")
    events = [
        *(said(drafted()), said(terms_drafted()), said(activated())),
        *asked,
        *(said(adopted(SHARES, invention=each), stream=f"invention:{each}") for each in ("INV-1", "INV-2")),
        said(licence_drafted(), stream="licence:LIC-1"),
        said(transferred(), stream="invention:INV-1"),
        said(drafted(agreement="AGR-2"), agreement="AGR-2"),
        said(other, stream="contribution:CTB-9", agreement="AGR-2"),
    ]
    await alerting.take(published(events))


async def pages(client: Client, headers: Headers, **asked: object) -> list[Alerts]:
    """Every page of a listing, as `Link` leads."""
    found: list[Alerts] = []
    url, parameters = "/v1/inbox", {name.rstrip("_"): value for name, value in asked.items()}
    while True:
        answer = await client.get(url, params=parameters or None, headers=headers)  # type: ignore[arg-type]  # httpx takes any
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        if "next" not in answer.links:
            return found
        url, parameters = answer.links["next"]["url"], {}


async def listed(client: Client, headers: Headers, **asked: object) -> Alerts:
    return [alert for page in await pages(client, headers, **asked) for alert in page]


async def do(client: Client, headers: Headers, what: str, alert: str, **asked: bool) -> httpx.Response:
    return await client.post(f"/v1/inbox/{alert}/{what}", headers=headers, params=asked)


async def counted(client: Client, headers: Headers) -> dict[str, Any]:
    return {**(await client.get("/v1/inbox/counts", headers=headers)).json()}


def is_found(alert: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether an alert is what was asked for, by what it says itself."""
    return all(
        (alert["acknowledgement"] is None or not value)
        if name == "unread"
        else (alert["archived"] is not None) == value
        if name == "archived"
        else alert[name] == value
        for name, value in asked.items()
    )


async def test_a_page_is_what_was_asked_for_and_all_of_it(a_story, client: Client, atrc):
    """Any filter beside any other: whatever is found says of itself what was asked for, and nothing else does."""
    everything = await listed(client, atrc)
    for place, alert in enumerate(everything):
        for what in (["read"] * (place % 2)) + (["acknowledge", "archive"] * (place % 3 == 0)):
            assert 200 == (await do(client, atrc, what, alert["id"])).status_code
    known = await listed(client, atrc) + await listed(client, atrc, archived=True)
    assert sorted(each["sequence"] for each in everything) == sorted(each["sequence"] for each in known)
    assert {False, True} == {each["archived"] is not None for each in known}

    filters: dict[str, list[Any]] = {
        "unread": [True],
        "class": ["action", "legal-critical"],
        "needs_you": [True],
        "agreement": ["AGR-1", "AGR-2"],
        "subject": ["invention:INV-1", "contribution:CTB-9"],
        "type": ["agreements.DeterminationAdopted.v1"],
        "read": [False, True],
        "archived": [True],
    }
    for names in combinations(filters, 2):
        for values in product(*(filters[name] for name in names)):
            asked = dict(zip(names, values, strict=True))
            answer = await client.get("/v1/inbox", params={**asked, "limit": 200}, headers=atrc)
            assert {each["sequence"] for each in known if is_found(each, {"archived": False, **asked})} == {
                each["sequence"] for each in answer.json()["items"]
            }, asked


async def test_an_asset_is_found_by_whatever_happened_to_it(a_story, client: Client, atrc, hut):
    """Its contributions, determinations, transfers and the licences of it, each once; in its party's inbox alone."""
    found = {asset: await listed(client, atrc, asset=asset) for asset in ASSETS}

    assert {
        "INV-1": {"contribution:CTB-0", "contribution:CTB-2", "invention:INV-1", "licence:LIC-1"},
        "INV-2": {"contribution:CTB-1", "invention:INV-2"},
        "INV-3": {"contribution:CTB-9"},
    } == {asset: {alert["subject"] for alert in alerts} for asset, alerts in found.items()}
    for asset in ASSETS:
        alerts = await listed(client, atrc, asset=asset, limit=1)
        assert found[asset] == alerts == sorted(alerts, key=lambda alert: -alert["sequence"])
    assert found["INV-1"] != (own := await listed(client, hut, asset="INV-1"))
    assert {"INV-1"} == {alert["link"].rpartition("/")[2] for alert in own if alert["class"] == "legal-critical"}
    assert [] == await listed(client, atrc, asset="INV-9")


async def test_what_was_there_before_is_found_by_its_asset_too(a_story, client: Client, atrc, owner: Pool):
    """The migration finds out what alerts of before are about, as those of now say."""
    before = {asset: await listed(client, atrc, asset=asset) for asset in ASSETS}
    migration = (folder_of("notifications") / "0010-inbox-by-what-is-asked.sql").read_text(encoding="utf-8")
    backfill = migration[migration.index("INSERT INTO alert_asset") :].partition(";")[0]
    await owner.fetch("DELETE FROM alert_asset")
    assert [] == await listed(client, atrc, asset="INV-1")

    await owner.fetch(backfill)

    assert before == {asset: await listed(client, atrc, asset=asset) for asset in ASSETS}


def alert_about(number: int, **changed: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": alert_id(f"evt-{number}", "ATRC", "inbox"),
        "event_id": f"evt-{number}",
        "recipient": "ATRC",
        "channel": "inbox",
        "position": 0,
        "type": "agreements.ProgressRecorded.v1",
        "class_": "info",
        "agreement": "AGR-1",
        "subject": "progress:PRJ-1",
        "link": "/v1/projects/PRJ-1/progress",
        "due_on": None,
        "recorded_at": datetime(2024, 7, 16, 9, tzinfo=UTC),
    }
    return Alert(**(fields | changed))


@pytest.fixture
async def many(alerting: Alerting) -> int:
    """ATRC has two and a half times as many alerts of one agreement as are looked at for a page, and one before."""
    count = MOST_LOOKED_AT * 5 // 2
    rare = alert_about(0, type="agreements.LicenceGranted.v1", class_="action")
    await alerting._store.add([rare, *(alert_about(number) for number in range(1, count))])
    return count


async def test_few_among_many_are_found_in_so_many_steps(many: int, client: Client, atrc):
    """A page looks at so many alerts and no more; what is beyond it, the next one finds."""
    rare = await pages(client, atrc, agreement="AGR-1", class_="action")
    assert [0, 0, 1] == [len(page) for page in rare]
    assert 1 == rare[-1][0]["sequence"]
    assert [1] == [each["sequence"] for each in await listed(client, atrc, type="agreements.LicenceGranted.v1")]
    assert [1] == [each["sequence"] for each in await listed(client, atrc, class_="action")]
    sequences = [each["sequence"] for each in await listed(client, atrc, agreement="AGR-1", limit=200)]
    assert list(range(many, 0, -1)) == sequences


async def test_what_was_put_away_is_in_no_list_but_that_of_it(a_story, client: Client, atrc, inbox: Inbox):
    """It is counted no more and found no more, on no page; the stream and whoever asks for it have it."""
    before = await listed(client, atrc)
    gone = next(alert for alert in before if alert["class"] == "action")
    unread = await counted(client, atrc)

    shown = await do(client, atrc, "archive", gone["id"])

    assert ("atrc-1", 200) == (shown.json()["archived"]["by"], shown.status_code)
    assert [alert for alert in before if alert["id"] != gone["id"]] == await listed(client, atrc)
    assert [shown.json()] == await listed(client, atrc, archived=True)
    assert unread["unread"] - 1 == (await counted(client, atrc))["unread"]
    assert gone["sequence"] in [alert.sequence for alert in await inbox.after("ATRC", 0, limit=200)]

    back = await do(client, atrc, "unarchive", gone["id"])
    assert (gone, before) == (back.json(), await listed(client, atrc))
    assert back.json() == (await do(client, atrc, "unarchive", gone["id"])).json()


async def test_what_is_legal_critical_is_put_away_once_somebody_took_note(
    a_story, client: Client, atrc, alerting: Alerting, pool: Pool
):
    """Not before, by nobody; and whoever took note stays who did."""
    critical = (await listed(client, atrc, class_="legal-critical"))[0]

    refused = await do(client, atrc, "archive", critical["id"])
    assert (409, "ACKNOWLEDGE_FIRST") == (refused.status_code, refused.json()["code"])
    assert critical in await listed(client, atrc)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.fetch("UPDATE alert SET archived_at = now(), archived_by = 'atrc-1' WHERE id = $1", critical["id"])

    noted = (await do(client, atrc, "acknowledge", critical["id"])).json()
    shown = (await do(client, atrc, "archive", critical["id"])).json()
    assert noted["acknowledgement"] == shown["acknowledgement"]
    assert critical["id"] not in {each["id"] for each in await listed(client, atrc)}
    for changed in (
        "acknowledged_at = now()",
        "acknowledged_by = 'another'",
        "archived_by = NULL, acknowledged_at = NULL",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await pool.fetch(f"UPDATE alert SET {changed} WHERE id = $1", critical["id"])


async def test_doing_it_again_changes_nothing(a_story, client: Client, atrc, colleague):
    """The first who put it away stays who did; whoever read it has read it once."""
    alert = next(each for each in await listed(client, atrc) if each["class"] == "action")["id"]
    for what in ("read", "archive"):
        first = await do(client, atrc, what, alert)
        assert (200, first.json()) == ((again := await do(client, atrc, what, alert)).status_code, again.json())

    assert "atrc-1" == (await do(client, colleague, "archive", alert)).json()["archived"]["by"]


@pytest.fixture
def colleague(issuer) -> Headers:
    """The headers of another representative of ATRC."""
    return {"Authorization": f"Bearer {issuer.mint('atrc-2', party='ATRC', roles=['representative'])}"}


async def test_what_one_has_read_is_nobody_elses_business(a_story, client: Client, atrc, colleague):
    """Each person has its own; it is no acknowledgement, and another's list says nothing of it."""
    before = await listed(client, colleague)
    alert = before[0]

    assert (await do(client, atrc, "read", alert["id"])).json()["read"]

    assert [alert["id"]] == [each["id"] for each in await listed(client, atrc, read=True)]
    assert before == await listed(client, colleague) == await listed(client, colleague, read=False)
    assert [] == await listed(client, colleague, read=True)
    assert (await listed(client, atrc))[0]["acknowledgement"] is None
    assert [alert["id"]] == [each["id"] for each in await listed(client, atrc, read=True, unread=True)]


async def test_what_is_anothers_is_not_there(a_story, client: Client, atrc, hut, auditor):
    """Neither read, nor put away, nor taken out again; and who has no inbox does none of it."""
    [alert, *_] = await listed(client, hut)
    for what in ("read", "archive", "unarchive"):
        answer = await do(client, atrc, what, alert["id"])
        assert (404, "ALERT_NOT_FOUND") == (answer.status_code, answer.json()["code"])
        assert 403 == (await do(client, auditor, what, alert["id"])).status_code
        for name in ("alr-0", "a%00b", "x" * 5_000):
            assert 404 == (await do(client, atrc, what, name)).status_code
    assert alert == (await listed(client, hut))[0]
    assert 403 == (await client.get("/v1/inbox/counts", headers=auditor)).status_code


async def test_counts_agree_with_the_lists(a_story, client: Client, atrc):
    """Of each class, and of all, whatever was taken note of or put away."""
    while True:
        counts = await counted(client, atrc)
        for each in counts["classes"]:
            unread = await listed(client, atrc, class_=each["class"], unread=True)
            waiting = [alert for alert in unread if alert["needs_you"]]
            assert (len(unread), len(waiting)) == (each["unread"], each["needs_you"])
        unread = await listed(client, atrc, unread=True)
        assert ["info", "action", "reminder", "legal-critical"] == [each["class"] for each in counts["classes"]]
        assert len(unread) == counts["unread"]
        assert len([each for each in unread if each["needs_you"]]) == counts["needs_you"]
        assert len([each for each in unread if each["needs_acknowledgement"]]) == counts["needs_acknowledgement"]
        if not unread:
            break
        await do(client, atrc, "acknowledge", unread[0]["id"])
        if len(unread) % 2:
            await do(client, atrc, "archive", unread[0]["id"])


@pytest.mark.parametrize(
    ("query", "at", "expected"),
    [
        ("class=legal", "class", ["info", "action", "reminder", "legal-critical"]),
        ("class=", "class", ["info", "action", "reminder", "legal-critical"]),
        ("subject=INV-1", "subject", "a kind and an id, such as transfer:XFR-1"),
        (
            "type=DeterminationAdopted",
            "type",
            "the versioned name of an event, such as agreements.TransferProposed.v1",
        ),
        ("type=agreements.DeterminationAdapted.v1", "type", "the type of an event there is"),
        ("type=agreements.DeterminationAdopted.v9", "type", "the type of an event there is"),
    ],
)
async def test_what_can_find_nothing_is_refused_and_what_could_is_named(
    client: Client, atrc: Headers, query: str, at: str, expected: object
):
    """By the name of the parameter as it is written; where few values are allowed each of them is told."""
    problem = (await client.get(f"/v1/inbox?{query}", headers=atrc)).json()

    assert ("PARAMETER_MISTYPED", {"at": f"query.{at}"}) == (problem["code"], problem["ids"])
    assert expected == problem["expected"]


@pytest.mark.parametrize(
    "query",
    ["agreement=", "subject=a%00b", "type=a%20b", f"asset={'A' * 65}", "asset=%00", "read=perhaps", "archived="],
)
async def test_what_nothing_can_be_called_is_not_asked_for(client: Client, atrc, query: str):
    """It is the caller's mistake, and no database is asked."""
    answer = await client.get(f"/v1/inbox?{query}", headers=atrc)

    assert 400 == answer.status_code


@pytest.fixture
async def repeating(alerting: Alerting) -> None:
    """ATRC is told of two projects again and again, and of one also what has weight in law, is asked for or waits."""
    told: list[tuple[str, dict[str, Any]]] = [
        ("PRJ-1", {}),
        ("PRJ-2", {}),
        ("PRJ-1", {}),
        ("PRJ-1", {"class_": "reminder"}),
        ("PRJ-2", {}),
    ]
    told += [("PRJ-1", {"class_": "legal-critical"})] * 3 + [("PRJ-1", {"class_": "action"})] * 3
    told += [("PRJ-1", {"needs_you": True})] * 3 + [("PRJ-1", {"type": "agreements.Other.v1"}), ("PRJ-1", {})]
    await alerting._store.add(
        [
            alert_about(number, **{"subject": f"progress:{project}", **other})
            for number, (project, other) in enumerate(told)
        ]
    )


async def lines(client: Client, headers: Headers, **asked: object) -> list[tuple[int, int]]:
    return [(each["sequence"], each["repeats"]) for each in await listed(client, headers, folded=True, **asked)]


@pytest.mark.usefixtures("repeating")
async def test_what_repeats_is_one_line_and_what_counts_in_law_is_never_folded(client: Client, atrc):
    """The newest stands for those before it, of its type about the same; page by page as in one."""
    apart = [(number, 0) for number in range(15, 5, -1)]
    for limit in (1, 2, 200):
        assert [(16, 3), *apart, (5, 1)] == await lines(client, atrc, limit=limit)
    assert [16, 4, 3, 1] == [16, *(each["sequence"] for each in await folded_into(client, atrc, 16))]
    assert [2] == [each["sequence"] for each in await folded_into(client, atrc, 5)]
    assert [] == await folded_into(client, atrc, 8)
    assert list(range(16, 0, -1)) == [each["sequence"] for each in await listed(client, atrc)]
    assert {0} == {each["repeats"] for each in await listed(client, atrc)}


async def folded_into(client: Client, headers: Headers, sequence: int, limit: int = 1) -> Alerts:
    line = next(each for each in await listed(client, headers) if each["sequence"] == sequence)["id"]
    url, found = f"/v1/inbox/{line}/repeats?limit={limit}", list[dict[str, Any]]()
    while url:
        answer = await client.get(url, headers=headers)
        found += answer.json()["items"]
        url = answer.links.get("next", {}).get("url", "")
    return found


@pytest.mark.usefixtures("repeating")
async def test_every_alert_is_in_a_line_or_is_folded_into_one(client: Client, atrc):
    """Whatever somebody took note of or put away meanwhile: nothing is lost, and nothing is there twice."""
    everything = await listed(client, atrc)
    for taken, what in ((3, "acknowledge"), (16, "archive"), (5, "acknowledge")):
        await do(client, atrc, what, next(each["id"] for each in everything if each["sequence"] == taken))
        shown = await lines(client, atrc)
        beneath = [each["sequence"] for line, _ in shown for each in await folded_into(client, atrc, line, limit=50)]
        left = [each["sequence"] for each in await listed(client, atrc)]
        assert sorted(left) == sorted([*beneath, *(line for line, _ in shown)])
        assert len(beneath) == sum(repeats for _, repeats in shown)


@pytest.mark.usefixtures("repeating")
async def test_folding_goes_with_whatever_else_is_asked_for(client: Client, atrc, hut):
    """A line is found by what the newest of it says; another party sees nothing of any of it."""
    assert [(5, 1)] == await lines(client, atrc, subject="progress:PRJ-2")
    assert [(16, 3)] == [each for each in await lines(client, atrc, class_="info", needs_you=False) if each[1] > 1]
    assert [] == await lines(client, hut)
    line = next(each for each in await listed(client, atrc) if each["sequence"] == 16)["id"]
    assert 404 == (await client.get(f"/v1/inbox/{line}/repeats", headers=hut)).status_code


@pytest.mark.usefixtures("repeating")
async def test_a_line_goes_with_all_that_it_stands_for(client: Client, atrc, hut):
    """Where that is asked for: nothing older takes its place, and nothing else goes, newer or of weight."""
    names = {each["sequence"]: each["id"] for each in await listed(client, atrc)}
    before = await lines(client, atrc)

    assert 404 == (await do(client, hut, "archive", names[16], folded=True)).status_code
    gone = (await do(client, atrc, "archive", names[16], folded=True)).json()

    assert before[1:] == await lines(client, atrc)
    put_away = await listed(client, atrc, archived=True)
    assert [16, 4, 3, 1] == [each["sequence"] for each in put_away]
    assert {("atrc-1", gone["archived"]["at"])} == {
        tuple(each["archived"][it] for it in ("by", "at")) for each in put_away
    }
    assert gone == (await do(client, atrc, "archive", names[16], folded=True)).json()
    for sequence in (16, 4, 3, 1):
        await do(client, atrc, "unarchive", names[sequence])
    await do(client, atrc, "archive", names[3], folded=True)
    assert [16, 4] == [each["sequence"] for each in await listed(client, atrc) if each["sequence"] in {16, 4, 3, 1}]
    await do(client, atrc, "archive", names[15], folded=True)
    assert 15 not in {line for line, _ in await lines(client, atrc)}
    assert [3, 1] == [each["sequence"] for each in await listed(client, atrc, archived=True)][1:]


@pytest.mark.usefixtures("repeating")
async def test_a_line_that_is_put_away_alone_leaves_the_others(client: Client, atrc):
    """The newest of those is in its place."""
    names = {each["sequence"]: each["id"] for each in await listed(client, atrc)}

    await do(client, atrc, "archive", names[16])

    assert (4, 2) in await lines(client, atrc)
