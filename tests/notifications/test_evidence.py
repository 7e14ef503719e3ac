"""The evidence of an alert, as its recipient gets it: what was sent, what was published, and what the ledger signed."""

import json
from datetime import date, datetime
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from services.cli.evidence import verify_evidence
from services.notifications.alarms.model import Alarm, alerts_of
from services.notifications.consumer import Alerting
from services.notifications.evidence.model import AlertEvidence, NoticeEvidence, sent_hash
from services.notifications.evidence.proofs import Inclusion
from services.notifications.going_back import go_back
from shared.bus.consumer import StreamMessage
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.party import PartyRegistered
from shared.log.chain import leaf_hash, tree_text
from shared.log.envelope import NO_AGREEMENT
from shared.testing import MigratedDatabase, wait_until
from tests.docs.made import made
from tests.notifications.conftest import Ledger
from tests.notifications.controls import (
    RECORDED_AT,
    activated,
    adopted,
    contribution_recorded,
    drafted,
    proposed,
    published,
    said,
    terms_drafted,
)
from tests.notifications.proving import SIGNER, proof_of

Client = httpx.AsyncClient
Headers = dict[str, str]
PARTIES = ("ATRC", "HUT")
AGREED = [
    *(said(drafted(parties=PARTIES)), said(terms_drafted()), said(proposed()), said(activated(parties=PARTIES))),
    said(contribution_recorded(), stream="contribution:CTB-1"),
]
EVENTS = [*AGREED, said(adopted({"ATRC": "1/2", "HUT": "1/2"}), stream="invention:INV-1")]


class LedgerWithATree(Ledger):
    """One that has entered and signed so many of the events, and proves them to whoever has a token."""

    def __init__(self, entries: list[bytes]) -> None:
        super().__init__()
        self.entries = entries
        self.tokens: list[str] = []
        self.leaf: str | None = None

    @property
    def note(self) -> str:
        return proof_of(1, self.entries).checkpoint

    async def prove(self, position: int, size: int, token: str) -> Inclusion:
        self.tokens.append(token)
        if self.size is None:
            raise httpx.ReadTimeout("nobody there")
        leaf = self.leaf or tree_text(leaf_hash(self.entries[position - 1]))
        return Inclusion(leaf, list(proof_of(position, self.entries[:size]).hashes))


@pytest.fixture
def messages() -> list[StreamMessage]:
    return published(EVENTS)


@pytest.fixture
def ledger(messages: list[StreamMessage]) -> LedgerWithATree:
    return LedgerWithATree([message.body for message in messages])


@pytest.fixture
async def alerted(alerting: Alerting, messages: list[StreamMessage]) -> None:
    await alerting.take(messages)


async def inbox_of(client: Client, headers: Headers) -> list[dict[str, Any]]:
    return [*(await client.get("/v1/inbox?limit=200", headers=headers)).json()["items"]]


async def evidence(client: Client, headers: Headers, alert: str) -> httpx.Response:
    return await client.get(f"/v1/alerts/{alert}/evidence", headers=headers)


@pytest.mark.usefixtures("alerted")
async def test_every_alert_of_an_event_is_proven_by_its_file(
    client: Client, atrc: Headers, messages: list[StreamMessage], ledger: LedgerWithATree
):
    """The bytes in it are those that were published, and the proof leads to what the ledger signed."""
    alerts = await inbox_of(client, atrc)
    assert len(alerts) > 2
    for alert in alerts:
        answer = await evidence(client, atrc, alert["id"])
        assert (200, "application/json") == (answer.status_code, answer.headers["content-type"].partition(";")[0])
        verified = verify_evidence(answer.content, SIGNER.verifier)
        assert messages[alert["position"] - 1].body == verified.evidence.event.body.encode()
        told = json.loads(answer.content)["alert"]
        assert ("ATRC", "inbox") == (told["recipient"], told["channel"])
        assert {name: value for name, value in alert.items() if name in told} == {
            name: value for name, value in told.items() if name in alert
        }
    assert {atrc["Authorization"].removeprefix("Bearer ")} == {*ledger.tokens}


@pytest.mark.usefixtures("alerted")
async def test_whoever_took_note_is_in_the_file(client: Client, atrc: Headers):
    """Once somebody has, with the time; and the same file is not sent twice."""
    alert = (await inbox_of(client, atrc))[0]["id"]
    before = await evidence(client, atrc, alert)
    await client.post(f"/v1/inbox/{alert}/acknowledge", headers=atrc)

    after = await evidence(client, atrc, alert)

    assert before.json()["acknowledgement"] is None
    assert "atrc-1" == after.json()["acknowledgement"]["by"]
    assert verify_evidence(after.content, SIGNER.verifier).evidence.acknowledgement
    again = await client.get(f"/v1/alerts/{alert}/evidence", headers={**atrc, "If-None-Match": after.headers["etag"]})
    assert (304, b"") == (again.status_code, again.content)


async def test_what_is_recorded_of_notice_is_in_the_file(
    client: Client, atrc: Headers, hut: Headers, alerting: Alerting, ledger: LedgerWithATree
):
    """Who was delivered exactly this, and who took note: of the party's own alone, and what says otherwise never."""
    events = [*(said(made(PartyRegistered, party=party), agreement=NO_AGREEMENT) for party in PARTIES), *EVENTS]
    log, adoption = published(events), len(events)
    ledger.entries = [message.body for message in log]
    await alerting.take(log)
    alert = next(each for each in await inbox_of(client, atrc) if each["position"] == adoption)
    noted = (await client.post(f"/v1/inbox/{alert['id']}/acknowledge", headers=atrc)).json()["acknowledgement"]
    before = msgspec.json.decode((await evidence(client, atrc, alert["id"])).content, type=AlertEvidence)
    assert NoticeEvidence(delivered=None, acknowledged=None) == before.notice
    said_of_all: dict[str, Any] = {
        "agreement": "AGR-1",
        "event": alert["event_id"],
        "position": adoption,
        "subject": alert["subject"],
        "party": "ATRC",
        "noticed_on": date(2024, 7, 16),
        "effective_on": date(2024, 7, 16),
    }
    delivered: dict[str, Any] = {**said_of_all, "channel": "INBOX", "delivered_at": RECORDED_AT}
    taken: dict[str, Any] = {**said_of_all, "acknowledged_at": datetime.fromisoformat(noted["at"])}
    hashed, stream = sent_hash(before.alert), f"notice:{alert['event_id']}"
    notices = (
        NoticeDelivered(**delivered, sent_hash="sha256:" + "0" * 64),
        NoticeDelivered(**{**delivered, "channel": "EMAIL"}, sent_hash=hashed),
        NoticeDelivered(**{**delivered, "party": "HUT"}, sent_hash=hashed),
        NoticeAcknowledged(**taken, person="another"),
        NoticeDelivered(**delivered, sent_hash=hashed),
        NoticeAcknowledged(**taken, person="atrc-1"),
    )
    log = published([*events, *(said(data, stream=stream) for data in notices)])
    ledger.entries = [message.body for message in log]
    await alerting.take(log[adoption:])

    async def proven() -> bool:
        return (await evidence(client, atrc, alert["id"])).json()["notice"]["acknowledged"] is not None

    await wait_until(
        proven, 10, "no notice in the file"
    )  # the ledger is asked for what it has signed twice a second at most
    verified = verify_evidence((await evidence(client, atrc, alert["id"])).content, SIGNER.verifier)
    recorded = (verified.delivered, verified.acknowledged)
    assert [adoption + 5, adoption + 6] == [each and each.position for each in recorded]
    theirs = next(each for each in await inbox_of(client, hut) if each["position"] == adoption)
    assert verify_evidence((await evidence(client, hut, theirs["id"])).content, SIGNER.verifier).delivered is None


@pytest.mark.usefixtures("alerted")
async def test_while_the_ledger_has_not_signed_it_there_is_none_yet(
    client: Client, atrc: Headers, ledger: LedgerWithATree
):
    """Nor while it does not answer, nor where it has another entry there: said by name, to be asked again."""
    alerts = await inbox_of(client, atrc)
    alert = next(each["id"] for each in alerts if each["position"] == len(EVENTS))
    whole, ledger.entries = ledger.entries, ledger.entries[:-1]
    not_signed = await evidence(client, atrc, alert)
    ledger.entries, ledger.size = whole, None
    silent = await evidence(client, atrc, alert)

    for answer in (not_signed, silent):
        assert (503, "EVIDENCE_NOT_YET") == (answer.status_code, answer.json()["code"])


@pytest.mark.usefixtures("alerted")
async def test_nobody_is_handed_what_does_not_verify(client: Client, atrc: Headers, ledger: LedgerWithATree):
    """Where the ledger has another entry than what was published, that is for operators to find out."""
    ledger.leaf = tree_text(bytes(32))

    answer = await evidence(client, atrc, (await inbox_of(client, atrc))[0]["id"])

    assert (503, "EVIDENCE_NOT_YET") == (answer.status_code, answer.json()["code"])


@pytest.mark.usefixtures("alerted")
async def test_what_is_not_yours_has_no_evidence(
    client: Client, atrc: Headers, hut: Headers, operator: Headers, auditor: Headers
):
    """Of another's alert, of none, and for who has no inbox."""
    [theirs, *_] = await inbox_of(client, hut)

    for headers in (atrc, operator):
        for alert in (theirs["id"], "alr-0"):
            answer = await evidence(client, headers, alert)
            assert (404, "EVIDENCE_NOT_FOUND") == (answer.status_code, answer.json()["code"])
    assert 403 == (await evidence(client, auditor, theirs["id"])).status_code
    assert 200 == (await evidence(client, hut, theirs["id"])).status_code


@pytest.mark.usefixtures("alerted")
async def test_what_is_of_no_event_has_none(client: Client, atrc: Headers, alerting: Alerting):
    """An alarm of the ledger's is at an event's position, and is not that event."""
    alarm = Alarm(id="alarm-1", position=len(EVENTS), kind="TitleGapDetected", asset="INV-1", recorded_at=RECORDED_AT)
    told = await alerting._store.told_of([alarm.position])
    await alerting._store.add(alerts_of(alarm, told, {}, alerted=len(EVENTS)))
    newest = (await inbox_of(client, atrc))[0]
    assert "ledger.TitleGapDetected.v1" == newest["type"]

    assert 404 == (await evidence(client, atrc, newest["id"])).status_code


async def test_what_was_lost_is_not_proven_by_what_came_after(
    client: Client, alerting: Alerting, atrc: Headers, messages: list[StreamMessage],
    notifications_database: MigratedDatabase,
):  # fmt: skip
    """Another event has its position by now: that is no evidence of the one before."""
    await alerting.take(messages)
    lost = (await inbox_of(client, atrc))[0]
    connection = await asyncpg.connect(notifications_database.owner_dsn, password=notifications_database.owner_password)
    await go_back(connection, len(AGREED))
    await connection.close()
    await alerting.resume()
    await alerting.take(published([*AGREED, said(adopted({"ATRC": "1/1"}), stream="invention:INV-1")]))

    newest, notice = (await inbox_of(client, atrc))[:2]
    assert {len(EVENTS)} == {newest["position"], notice["position"], lost["position"]}
    for alert in (lost, notice):
        assert (404, "EVIDENCE_NOT_FOUND") == (
            (answer := await evidence(client, atrc, alert["id"])).status_code,
            answer.json()["code"],
        )
