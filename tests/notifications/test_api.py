import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from services.notifications.consumer import Alerting
from shared.database import Pool
from shared.web.pages import cursor_for, scope_of
from tests.notifications.controls import adopted, contribution_recorded, published, said

Client = httpx.AsyncClient
Headers = dict[str, str]


@pytest.fixture
async def five_alerts(alerting: Alerting) -> None:
    """ATRC has five alerts, the fifth legal-critical; HUT has that one only."""
    asked = [said(contribution_recorded(), stream=f"contribution:CTB-{n}", by="EGU") for n in range(1, 5)]
    await alerting.take(published([*asked, said(adopted({"ATRC": "1/2", "HUT": "1/2"}))]))


async def read(client: Client, headers: Headers, url: str = "/v1/inbox") -> list[dict[str, Any]]:
    """Every alert of a listing, page by page, as `Link` leads."""
    found = []
    next_url: str | None = url
    while next_url:
        answer = await client.get(next_url, headers=headers)
        assert answer.status_code == 200, answer.text
        found.extend(answer.json()["items"])
        next_url = answer.links.get("next", {}).get("url")
    return found


async def count(client: Client, headers: Headers) -> dict[str, int]:
    answer = await client.get("/v1/inbox/unread-count", headers=headers)
    return {**answer.json()}


async def acknowledge(client: Client, headers: Headers, alert: str) -> Any:
    return await client.post(f"/v1/inbox/{alert}/acknowledge", headers=headers)


async def test_an_inbox_is_listed_newest_first(five_alerts, client: Client, atrc):
    """Page by page, the newest first, each alert once."""
    for limit in (1, 2, 5, 200):
        listed = await read(client, atrc, f"/v1/inbox?limit={limit}")
        assert [5, 4, 3, 2, 1] == [alert["sequence"] for alert in listed]


async def test_an_inbox_is_listed_by_class_and_by_what_needs_its_party(five_alerts, client: Client, atrc, hut):
    """Either or both, unread or all, page by page, each alert once; another class of the same party is left out."""
    await acknowledge(client, atrc, (await read(client, atrc))[-1]["id"])
    for limit in (1, 2, 200):
        for query, sequences in {
            "class=action": [4, 3, 2, 1],
            "class=legal-critical": [5],
            "class=info": [],
            "needs_you=true": [4, 3, 2, 1],
            "needs_you=false": [5],
            "class=action&needs_you=true": [4, 3, 2, 1],
            "class=action&needs_you=false": [],
            "class=action&unread=true": [4, 3, 2],
            "needs_you=true&unread=true": [4, 3, 2],
            "class=legal-critical&needs_you=true": [],
        }.items():
            listed = await read(client, atrc, f"/v1/inbox?limit={limit}&{query}")
            assert sequences == [alert["sequence"] for alert in listed], query
    assert [1] == [alert["sequence"] for alert in await read(client, hut, "/v1/inbox?needs_you=false")]

    for query in ("class=urgent", "needs_you=perhaps", "class=", "class=info%00"):
        assert 400 == (await client.get(f"/v1/inbox?{query}", headers=atrc)).status_code, query
    first = (await client.get("/v1/inbox?limit=1&class=action", headers=atrc)).json()["next"]
    other = await client.get(f"/v1/inbox?limit=1&class=info&cursor={first}", headers=atrc)
    assert (400, "CURSOR_MALFORMED") == (other.status_code, other.json()["code"])


async def test_an_alert_tells_what_whom_and_until_when(five_alerts, client: Client, hut):
    """Its members are a promise to the programs that read inboxes."""
    [alert] = await read(client, hut)

    assert {
        "sequence": 1,
        "position": 5,
        "type": "agreements.DeterminationAdopted.v1",
        "class": "legal-critical",
        "agreement": "AGR-1",
        "subject": "invention:invention-1",
        "link": "/v1/inventions/invention-1",
        "due_on": None,
        "recorded_at": "2024-07-16T09:00:00Z",
        "needs_you": False,
        "needs_acknowledgement": True,
        "acknowledgement": None,
        "archived": None,
        "read": False,
        "repeats": 0,
    } == {name: value for name, value in alert.items() if name not in {"id", "event_id", "alerted_at"}}


async def test_a_new_alert_does_not_disturb_a_listing_under_way(five_alerts, alerting: Alerting, client: Client, atrc):
    """Whoever is on page two misses nothing and sees nothing twice, though page one has grown."""
    first = (await client.get("/v1/inbox?limit=2", headers=atrc)).json()
    await alerting.take(published([said(contribution_recorded(), by="EGU")], after=5))

    rest = await read(client, atrc, f"/v1/inbox?limit=2&cursor={first['next']}")

    assert [3, 2, 1] == [alert["sequence"] for alert in rest]


async def test_a_party_reads_its_own_inbox_only(five_alerts, client: Client, atrc, hut):
    """Each sees its own alerts, numbered without a trace of the others'."""
    assert 5 == len(await read(client, atrc))
    assert 1 == len(await read(client, hut))


async def test_an_alert_is_read_by_itself(five_alerts, client: Client, atrc):
    """As it is listed; reading it is not taking note of it, and does not mark it as read."""
    listed = (await client.get("/v1/inbox", headers=atrc)).json()["items"][0]

    alone = await client.get(f"/v1/inbox/{listed['id']}", headers=atrc)

    assert (200, listed) == (alone.status_code, alone.json())
    assert (False, None) == (alone.json()["read"], alone.json()["acknowledgement"])


async def test_a_foreign_alert_is_not_there(five_alerts, client: Client, atrc, hut):
    """Another party's alert answers as one that never was, and stays unread."""
    [alert] = await read(client, hut)

    foreign = await acknowledge(client, atrc, alert["id"])
    unknown = await acknowledge(client, atrc, "alr-0")
    read_alone = await client.get(f"/v1/inbox/{alert['id']}", headers=atrc)

    assert (404, "ALERT_NOT_FOUND") == (foreign.status_code, foreign.json()["code"])
    assert (404, "ALERT_NOT_FOUND") == (unknown.status_code, unknown.json()["code"])
    assert (404, "ALERT_NOT_FOUND") == (read_alone.status_code, read_alone.json()["code"])
    assert 1 == (await count(client, hut))["unread"]


async def test_operators_have_an_inbox_of_their_own(five_alerts, client: Client, operator, hut):
    """It holds nothing of the parties', and they cannot acknowledge for them."""
    [alert] = await read(client, hut)

    assert [] == await read(client, operator)
    assert {"unread": 0, "needs_acknowledgement": 0} == await count(client, operator)
    assert 404 == (await acknowledge(client, operator, alert["id"])).status_code


async def test_nobody_else_reads_inboxes(five_alerts, client: Client, auditor):
    """The auditor neither has an inbox nor sees into one."""
    for answer in (
        await client.get("/v1/inbox", headers=auditor),
        await client.get("/v1/inbox/unread-count", headers=auditor),
        await client.get("/v1/inbox/stream", headers=auditor),
        await acknowledge(client, auditor, "alr-0"),
    ):
        assert (403, "ROLE_MISSING") == (answer.status_code, answer.json()["code"])


async def test_an_acknowledgement_keeps_who_and_when(five_alerts, client: Client, hut):
    """The evidence is in the alert from then on."""
    [alert] = await read(client, hut)

    acknowledged = (await acknowledge(client, hut, alert["id"])).json()

    assert "hut-1" == acknowledged["acknowledgement"]["by"]
    assert alert["alerted_at"] < acknowledged["acknowledgement"]["at"]
    assert not acknowledged["needs_acknowledgement"]
    assert [acknowledged] == await read(client, hut)


async def test_acknowledging_twice_changes_nothing(five_alerts, client: Client, hut, issuer):
    """The first who took note, and when, stay what they are, whoever comes later."""
    [alert] = await read(client, hut)
    colleague = {"Authorization": f"Bearer {issuer.mint('hut-2', party='HUT', roles=['representative'])}"}
    first = await acknowledge(client, hut, alert["id"])

    again = await acknowledge(client, hut, alert["id"])
    later = await acknowledge(client, colleague, alert["id"])

    assert (200, first.json()) == (again.status_code, again.json())
    assert (200, first.json()) == (later.status_code, later.json())


async def test_an_acknowledgement_cannot_be_taken_back(five_alerts, client: Client, hut, pool: Pool):
    """Not even by the service's own role, whatever its code comes to."""
    [alert] = await read(client, hut)
    await acknowledge(client, hut, alert["id"])

    with pytest.raises(asyncpg.RaiseError):
        await pool.fetch("UPDATE alert SET acknowledged_at = now() WHERE acknowledged_at IS NOT NULL")


async def test_unread_counts_agree_with_the_list(five_alerts, client: Client, atrc):
    """After each acknowledgement the count is the length of the unread list."""
    for alert in await read(client, atrc):
        unread = await read(client, atrc, "/v1/inbox?unread=true&limit=2")
        critical = [each for each in unread if each["needs_acknowledgement"]]
        assert {"unread": len(unread), "needs_acknowledgement": len(critical)} == await count(client, atrc)
        await acknowledge(client, atrc, alert["id"])

    assert [] == await read(client, atrc, "/v1/inbox?unread=true")
    assert {"unread": 0, "needs_acknowledgement": 0} == await count(client, atrc)
    assert 5 == len(await read(client, atrc))


async def test_an_empty_inbox_is_an_answer_too(client: Client, atrc):
    """A party that was never alerted has an inbox all the same."""
    assert [] == await read(client, atrc)
    assert {"unread": 0, "needs_acknowledgement": 0} == await count(client, atrc)


async def test_the_operator_sees_what_was_put_aside_but_not_its_content(
    alerting: Alerting, client: Client, operator, hut
):
    """Position, subject, size and reason are enough to look for the cause; the bytes may be confidential."""
    message = published([said(contribution_recorded())])[0]
    await alerting.take([message._replace(body=b'{"secret": "beam codebook"')])

    answer = await client.get("/v1/quarantine", headers=operator)
    refused = await client.get("/v1/quarantine", headers=hut)

    [aside] = answer.json()["items"]
    assert (1, message.subject, 26) == (aside["position"], aside["subject"], aside["bytes"])
    assert "beam codebook" not in answer.text
    assert 403 == refused.status_code


@pytest.mark.parametrize(
    "last_event_id", ["x", "-1", "1.5", "9" * 30, "9" * 5_000, "\N{ARABIC-INDIC DIGIT ONE}".encode()]
)
async def test_a_stream_resumes_only_after_a_number(client: Client, atrc, last_event_id):
    """Anything else would silently lose or repeat alerts."""
    answer = await client.get("/v1/inbox/stream", headers={**atrc, "Last-Event-ID": last_event_id})

    assert (400, "PARAMETER_MISTYPED") == (answer.status_code, answer.json()["code"])


async def test_a_stream_does_not_begin_above_the_newest_alert(five_alerts, client: Client, atrc, hut):
    """A number of another inbox, or of before a restore, would make the stream silent about what is below it."""
    for parameters, headers in (({}, {"Last-Event-ID": "6"}), ({"after": 6}, {})):
        answer = await client.get("/v1/inbox/stream", params=parameters, headers={**atrc, **headers})
        assert (409, "SEQUENCE_NOT_REACHED") == (answer.status_code, answer.json()["code"])
    assert 409 == (await client.get("/v1/inbox/stream?after=2", headers=hut)).status_code


@pytest.mark.parametrize("alert", ["%00", "a%00b", "%ff", "..%2f", "x" * 5_000])
async def test_what_cannot_be_an_id_is_not_there(client: Client, atrc, alert):
    """The database is not even asked, so it can refuse nothing."""
    answer = await acknowledge(client, atrc, alert)

    assert 404 == answer.status_code


@pytest.mark.parametrize("key", [["abc"], [2**63], [-1], ["\0"]])
@pytest.mark.parametrize("listing", ["/v1/inbox", "/v1/quarantine"])
async def test_a_cursor_of_ones_own_making_is_refused(client: Client, request, listing, key):
    """A checksum is no secret, so a cursor may hold anything; it is the caller's mistake all the same."""
    headers = request.getfixturevalue("atrc" if listing == "/v1/inbox" else "operator")
    cursor = cursor_for(scope_of(listing, ()), key)

    answer = await client.get(listing, params={"cursor": cursor}, headers=headers)

    assert (400, "CURSOR_MALFORMED") == (answer.status_code, answer.json()["code"])


async def test_connections_that_the_server_closed_are_replaced(five_alerts, client: Client, atrc, pool: Pool):
    """Whoever asks after a restart of the database never notices it."""
    await asyncio.gather(*(client.get("/v1/inbox", headers=atrc) for _ in range(8)))
    await pool.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
    )

    answers = await asyncio.gather(*(client.get("/v1/inbox", headers=atrc) for _ in range(8)))

    assert {200} == {answer.status_code for answer in answers}
