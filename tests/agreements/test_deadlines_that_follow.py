"""Days that follow from what happens are listed for who reminds of them: from notice, from an announcement, moved."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from shared.calendar import legal_day
from shared.canonical import sha256_text
from shared.testing import wait_until
from tests.agreements.bodies import CONSENT, agreement_body, contribution_body, licence_body, terms_body
from tests.agreements.portals import DIGEST, JSON, Portal

SECONDS = 20
TODAY = legal_day(datetime.now(UTC))
DEADLINES, ANNOUNCED = "/v1/deadlines", "/v1/deadlines/announced"
NOTICE_DAYS, SILENT_DAYS = 20, 10


def after(days: int) -> str:
    return str(TODAY + timedelta(days=days))


@pytest.fixture
def reminding(portal_of: Callable[..., Portal]) -> Portal:
    """The service that reminds of deadlines."""
    return portal_of(None, "service", person="notifications")


@pytest.fixture
async def drafted_agreement(hut: Portal) -> str:
    """Terms by which silence attests so many days after notice, and a notice is enough to license and to transfer."""
    notice = {"rule": "NOTICE", "days": NOTICE_DAYS}
    consent = {**CONSENT, "NON_EXCLUSIVE": notice, "ASSIGN": notice}
    terms = terms_body(attestation={"deemed_days": SILENT_DAYS}, consent=consent)
    await hut.create("/v1/agreements", agreement_body(terms=terms))
    return "/v1/agreements/MOU"


async def listed(portal: Portal, path: str, **asked: object) -> list[JSON]:
    """Return all that is listed, page by page."""
    found: list[JSON] = []
    cursor: dict[str, object] = {}
    while True:
        answer = await portal.get(path, **{"within": 366, **asked, **cursor})
        assert 200 == answer.status_code, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = {"cursor": answer.json()["next"]}


async def becomes(portal: Portal, path: str, stream: str, expected: Sequence[tuple[str, list[str]]]) -> None:
    """Wait until a thing is listed with these last days and those who are asked, or not at all."""
    found: list[tuple[str, list[str]]] = []

    async def is_so() -> bool:
        each = [each for each in await listed(portal, path) if each["stream"] == stream]
        found[:] = [(each["last_day"], each["asked"]) for each in each]
        return found == expected

    await wait_until(is_so, SECONDS, lambda: f"{stream}: expected {expected}, got {found}")


async def prove(portal_of: Callable[..., Portal], notifier: Portal, kind: str) -> None:
    """Have it proven that ATRC has notice of every event of a kind."""
    log = (await portal_of(None, "auditor").get("/v1/events", limit="1000")).json()["events"]
    for event in (each for each in log if each["subject"].endswith(f".{kind}")):
        body = b64decode(event["body"])
        delivered = {
            "party": "ATRC",
            "channel": "INBOX",
            "sent_hash": DIGEST,
            "delivered_at": datetime.now(UTC).isoformat(),
        }
        said = {"event": json.loads(body)["id"], "position": event["position"], "event_hash": sha256_text(body)}
        proven = await notifier.post("/v1/notices", {**said, "delivered": [delivered]})
        assert 200 == proven.status_code, proven.text


async def test_silence_after_notice_is_a_deadline_once_notice_is_proven(
    disclosed_invention: str, hut: Portal, notifier: Portal, reminding: Portal, portal_of: Callable[..., Portal]
):
    """Not before: nobody knows the day. Then of whoever is asked, so many days after the proof."""
    assert disclosed_invention
    await hut.create("/v1/contributions", contribution_body(contribution="C1"))
    await becomes(reminding, DEADLINES, "contribution:C1", [])

    await prove(portal_of, notifier, "ContributionRecorded")
    await becomes(reminding, DEADLINES, "contribution:C1", [(after(SILENT_DAYS), ["ATRC"])])


async def test_a_day_that_moves_is_listed_where_it_is_then(hut: Portal, atrc: Portal, reminding: Portal):
    """Later by a renewal, earlier by notice of termination; and no day that was is left."""
    period = {"from": "2024-02-01", "to": after(60)}
    await hut.create("/v1/agreements", agreement_body(agreement="SHORT", period=period))
    agreement = "/v1/agreements/SHORT"
    terms_hash = (await hut.change(agreement, "propose"))["terms_in_force"]["terms_hash"]
    for portal in (hut, atrc):
        await portal.change(agreement, "sign", {"terms_hash": terms_hash, "signed_on": "2024-01-22"})
    await hut.change(agreement, "activate")
    await becomes(reminding, DEADLINES, "agreement:SHORT", [(after(59), [])])

    for portal in (hut, atrc):
        await portal.change(agreement, "renew", {"new_to": after(90)})
    await becomes(reminding, DEADLINES, "agreement:SHORT", [(after(89), [])])

    await atrc.change(agreement, "terminate", {"effective_on": after(40), "ground": "nothing in common"})
    await becomes(reminding, DEADLINES, "agreement:SHORT", [(after(39), [])])


async def test_the_last_day_of_a_notice_is_listed_for_those_who_have_it(
    determined_invention: str,
    hut: Portal,
    atrc: Portal,
    notifier: Portal,
    reminding: Portal,
    portal_of: Callable[..., Portal],
):
    """Of a transfer and of licences, page by page; time does nothing then, so it is none of what is due."""
    assert determined_invention
    for name in ("LIC-1", "LIC-2", "LIC-3"):
        await hut.create("/v1/licences", licence_body(licence=name, licensors=["HUT"]))
    transfer = {"transfer": "XFR", "assets": ["INV"], "from": "HUT", "to": "NLN", "kind": "ASSIGNMENT"}
    amount = {"amount": {"of_holding": "1/2"}, "effective_on": after(60), "instrument_hash": DIGEST}
    await hut.create("/v1/transfers", transfer | amount)

    assert [] == await listed(reminding, ANNOUNCED)
    for kind in ("LicenceDrafted", "TransferProposed"):
        await prove(portal_of, notifier, kind)
    last_day = after(NOTICE_DAYS - 1)
    for stream in ("licence:LIC-1", "licence:LIC-2", "licence:LIC-3", "transfer:XFR"):
        await becomes(reminding, ANNOUNCED, stream, [(last_day, ["ATRC"])])
        await becomes(reminding, DEADLINES, stream, [])
    whole, by_one = await listed(reminding, ANNOUNCED), await listed(reminding, ANNOUNCED, limit=1)
    assert 4 == len(whole)
    assert [each["stream"] for each in whole] == [each["stream"] for each in by_one]
    assert [] == await listed(reminding, ANNOUNCED, within=NOTICE_DAYS - 2)
    assert 4 == len(await listed(reminding, ANNOUNCED, within=NOTICE_DAYS - 1))

    terms_hash = (await atrc.get("/v1/licences/LIC-2")).json()["terms_hash"]
    await atrc.change("/v1/licences/LIC-2", "consent", {"terms_hash": terms_hash})
    await becomes(reminding, ANNOUNCED, "licence:LIC-2", [])


@pytest.mark.parametrize("role", ["representative", "partner", "auditor", "operator"])
async def test_nobody_else_reads_what_is_announced(operator: Portal, portal_of: Callable[..., Portal], role: str):
    """It is of all agreements together."""
    party = "HUT" if role in {"representative", "partner"} else None

    assert 403 == (await portal_of(party, role).get(ANNOUNCED)).status_code


async def test_a_cursor_of_ones_own_making_is_refused(reminding: Portal):
    """As with every list."""
    assert 400 == (await reminding.get(ANNOUNCED, cursor="abc")).status_code
