"""What is in inboxes is proven to agreements: in order, once with effect, and whatever agreements answer."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, post
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.notifications.consumer import Alerting, ConsumerMetrics
from services.notifications.evidence.model import sent_hash
from services.notifications.explaining import by_proof
from services.notifications.going_back import go_back
from services.notifications.inbox.store import Inbox
from services.notifications.notices.proving import PROOF_LOCK, NoticeMetrics, Proving
from services.notifications.notices.store import ProofStore
from services.notifications.store import sole_writer
from shared.bus.consumer import Received, StreamMessage
from shared.bus.history import linked
from shared.canonical import content_hash, sha256_text
from shared.database import Database, Pool
from shared.errors import Unavailable
from shared.events.dispute import DisputeResolutionProposed
from shared.log.chain import Head
from shared.log.envelope import encode
from shared.testing import MigratedDatabase
from tests.docs.made import made
from tests.notifications.controls import adopted, contribution_recorded, drafted, published, said
from tests.notifications.mail.test_recipients import appointed

SHARES = {"ATRC": "37/72", "HUT": "35/72"}
BEYOND = encode(said(drafted(agreement="AGR-2")))
_SENT = "UPDATE delivery SET outcome = 'SENT', settled_at = now(), sent_hash = $2 WHERE person = $1"
_OWE = """
    INSERT INTO proof (alert, what, position)
    SELECT id, $1, position FROM alert WHERE (recipient, position) = ('ATRC', 3)
"""
_NOT_KEPT = "DELETE FROM published WHERE position = 3"
METRICS = ("proven_position", "unproven", "refused", "oldest_unproven_age_seconds")


class Away(Unavailable):
    """The database does not answer."""


class Agreements:
    """Takes proof, or answers what a test says: for all, or for one party alone."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.answers: dict[str | None, tuple[int, str]] = {}

    @property
    def told(self) -> list[tuple[int, str, list[str]]]:
        return [
            (each["position"], what, sorted(one["party"] for one in each[what]))
            for each in self.taken
            for what in ("delivered", "acknowledged")
            if each[what]
        ]

    def answer(self, body: dict[str, Any]) -> tuple[int, str]:
        parties = [each["party"] for each in (*body["delivered"], *body["acknowledged"])]
        refused = next((self.answers[each] for each in (None, *parties) if each in self.answers), None)
        if refused is not None:
            return refused
        self.taken.append(body)
        return 200, ""


@pytest.fixture
def agreements() -> Agreements:
    return Agreements()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def http(agreements: Agreements) -> AsyncIterator[httpx.AsyncClient]:
    """How agreements are reached."""

    @post("/v1/notices", status_code=200)
    async def takes(request: Request[Any, Any, Any]) -> Response[bytes]:
        assert "Bearer its-own" == request.headers["authorization"]
        status, code = agreements.answer(msgspec.json.decode(await request.body()))
        return Response(msgspec.json.encode({"code": code}), status_code=status, media_type="application/json")

    transport = httpx.ASGITransport(Litestar([takes]))  # type: ignore[arg-type]  # two libraries' words
    async with httpx.AsyncClient(transport=transport) as opened:
        yield opened


class Prover:
    """What proves, of one database to one service."""

    def __init__(self, http: httpx.AsyncClient, store: ProofStore, registry: CollectorRegistry) -> None:
        self.proving = Proving("http://agreements", "its-own", NoticeMetrics(registry), retry_seconds=0)
        self._http, self._store = http, store

    async def proves(self) -> None:
        while await self.proving.look(self._store, self._http):
            pass


@pytest.fixture
def prover(http: httpx.AsyncClient, store: ProofStore, registry: CollectorRegistry) -> Prover:
    return Prover(http, store, registry)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[ProofStore]:
    async with database.sole_holder(PROOF_LOCK) as connection:
        yield ProofStore(connection)


@pytest.fixture
async def alerted(alerting: Alerting) -> list[StreamMessage]:
    """Both were told of an adoption, which weighs in law, and of a contribution, which does not."""
    messages = published([said(drafted()), said(contribution_recorded()), said(adopted(SHARES))])
    await alerting.take(messages)
    return messages


def measured(registry: CollectorRegistry) -> tuple[float | None, ...]:
    return tuple(registry.get_sample_value(f"moiety_notice_{name}") for name in METRICS)


async def test_what_is_in_an_inbox_is_proven(
    alerted: list[StreamMessage], agreements: Agreements, prover: Prover, inbox: Inbox
):
    """Legal-critical alerts alone: with the event's own bytes, and the hash of what the recipient finds there."""
    await prover.proves()

    assert [(3, "delivered", ["ATRC", "HUT"])] == agreements.told
    [said_] = agreements.taken
    [alert] = [each for each in await inbox.after("ATRC", 0, limit=10) if each.position == 3]
    [atrc] = [each for each in said_["delivered"] if each["party"] == "ATRC"]
    assert (alert.event_id, sha256_text(alerted[2].body)) == (said_["event"], said_["event_hash"])
    sent = await inbox.sent("ATRC", alert.id)
    assert sent is not None
    # As it stands in the file that the recipient keeps.
    kept = content_hash(msgspec.json.decode(msgspec.json.encode(sent.alert)))
    assert ("INBOX", kept, kept) == (atrc["channel"], atrc["sent_hash"], sent_hash(sent.alert))


async def test_what_was_proven_is_not_said_again(
    alerted: list[StreamMessage], agreements: Agreements, prover: Prover, registry
):
    """And the position says so, which a player of scenarios waits for."""
    for _ in range(2):
        await prover.proves()

    assert 1 == len(agreements.taken)
    assert (3, 0, 0, 0) == measured(registry)
    assert await prover.proving.reason() is None


async def test_that_somebody_took_note_is_passed_on(
    alerted: list[StreamMessage], agreements: Agreements, prover: Prover, inbox: Inbox
):
    """Who and when, once; of what has no weight in law nobody asks it."""
    await prover.proves()
    for alert in await inbox.after("ATRC", 0, limit=10):
        for _ in range(2):
            await inbox.acknowledge("ATRC", alert.id, by="atrc-1")
    await prover.proves()

    assert (3, "acknowledged", ["ATRC"]) == agreements.told[-1]
    assert 2 == len(agreements.taken)
    assert "atrc-1" == agreements.taken[-1]["acknowledged"][0]["person"]


@pytest.mark.parametrize("answer", [(503, "LOG_UNAVAILABLE"), (403, "ROLE_MISSING"), (404, "ROUTE_UNKNOWN")])
async def test_while_agreements_take_none_all_of_it_waits(
    alerted: list[StreamMessage],
    agreements: Agreements,
    prover: Prover,
    registry: CollectorRegistry,
    answer: tuple[int, str],
):
    """It is said why and since when, the service is ready all the same, and then it is proven."""
    agreements.answers[None] = answer
    await prover.proves()
    position, unproven, refused, age = measured(registry)

    assert (2, 2, 0) == (position, unproven, refused)
    assert age is not None
    assert age > 0
    assert f"agreements take no proof of notice: {answer[1]}" == await prover.proving.reason()
    agreements.answers.clear()
    await prover.proves()
    assert [(3, "delivered", ["ATRC", "HUT"])] == agreements.told
    assert await prover.proving.reason() is None


async def test_one_that_is_refused_keeps_no_other(
    alerted: list[StreamMessage],
    agreements: Agreements,
    prover: Prover,
    registry: CollectorRegistry,
    owner: Pool,
):
    """It is named, and said again later."""
    agreements.answers["ATRC"] = (422, "ID_MALFORMED")
    await prover.proves()

    assert [(3, "delivered", ["HUT"])] == agreements.told
    assert (2, 1, 1) == measured(registry)[:3]
    assert "1 proofs of notice are not recorded: ID_MALFORMED" == await prover.proving.reason()
    agreements.answers.clear()
    await owner.fetch("UPDATE proof SET not_before = now()")
    await prover.proves()
    assert [(3, "delivered", ["HUT"]), (3, "delivered", ["ATRC"])] == agreements.told


async def test_what_stands_otherwise_there_is_proven(
    alerted: list[StreamMessage], agreements: Agreements, prover: Prover, registry, owner: Pool
):
    """What was proven first counts, and nothing is said of it for ever; whoever asks is told that it is not this."""
    agreements.answers["ATRC"] = (409, "RECORDED_OTHERWISE")
    await prover.proves()

    assert (3, 0, 0, 0) == measured(registry)
    rows = await owner.fetch("SELECT * FROM proof JOIN alert ON alert.id = alert WHERE recipient = 'ATRC'")
    assert ["other content was proven before, which counts: RECORDED_OTHERWISE"] == [
        by_proof(row).partition(": ")[2] for row in rows if row["refused"] is not None
    ]


async def test_of_what_is_no_longer_recorded_nothing_is_proven(
    alerted: list[StreamMessage],
    agreements: Agreements,
    prover: Prover,
    notifications_database: MigratedDatabase,
):
    """Where histories part, what was alerted of beyond never was."""
    async with notifications_database.reached_by_owner(Away).connected() as connection:
        await go_back(connection, 2)
    await prover.proves()

    assert [] == agreements.taken


async def test_what_may_have_been_proven_beyond_a_cut_is_said_again(
    alerted: list[StreamMessage],
    agreements: Agreements,
    prover: Prover,
    alerting: Alerting,
    notifications_database: MigratedDatabase,
):
    """The log came back with the event, and perhaps without its notice: nobody would ever say it again."""
    await prover.proves()
    beyond = linked(
        Head(3, alerted[-1].chain), [Received(4, "moiety.v1.AGR-2.agreement.AgreementDrafted", BEYOND, None)]
    )
    await alerting.take(beyond)
    async with notifications_database.reached_by_owner(Away).connected() as connection:
        await go_back(connection, 3)
    await prover.proves()

    first, again = agreements.taken
    assert first == again


@pytest.fixture
async def asked(database: Database) -> AsyncIterator[None]:
    """Two were written to of what is noticed by e-mail, and of what is noticed by the inbox."""
    recorded = {"deemed_after": 10, "contribution": "CTB-1"}
    async with sole_writer(database) as writer:
        alerting = Alerting(writer, ConsumerMetrics(CollectorRegistry()), writes=True)
        await alerting.resume()
        happened = [
            drafted(),
            appointed("ATRC", "ATRC-1", "ATTEST"),
            appointed("ATRC", "ATRC-2", "ATTEST"),
            *(contribution_recorded(**recorded, notice_method=method) for method in ("EMAIL", "INBOX")),
        ]
        await alerting.take(published([said(each) for each in happened]))
        yield


@pytest.fixture
async def laid_down(database: Database) -> AsyncIterator[None]:
    """One was written to of an outcome that says how there is notice of it, and of one that was laid down before."""
    async with sole_writer(database) as writer:
        alerting = Alerting(writer, ConsumerMetrics(CollectorRegistry()), writes=True)
        await alerting.resume()
        before, now = (
            made(DisputeResolutionProposed, agreement="AGR-1", party="HUT", awaited=("ATRC",), notice_method=method)
            for method in (None, "EMAIL")
        )
        happened = [drafted(), appointed("ATRC", "ATRC-1", "DISPUTE"), before, now]
        await alerting.take(published([said(each) for each in happened]))
        yield


async def test_a_letter_is_proven_where_the_terms_ask_for_one(
    asked: None, agreements: Agreements, prover: Prover, pool: Pool
):
    """Once it was sent, with the hash of exactly what was; the first of a party's people counts, and none besides."""
    await prover.proves()
    inboxes = len(agreements.taken)
    for person, sent in (("ATRC-2", b"2" * 32), ("ATRC-1", b"1" * 32)):
        await pool.fetch(_SENT, person, sent)
        await prover.proves()

    [mailed] = agreements.taken[inboxes:]
    assert 4 == mailed["position"]
    assert [("ATRC", "EMAIL", f"sha256:{(b'2' * 32).hex()}")] == [
        (each["party"], each["channel"], each["sent_hash"]) for each in mailed["delivered"]
    ]
    assert {"INBOX"} == {each["channel"] for taken in agreements.taken[:inboxes] for each in taken["delivered"]}


async def test_a_letter_about_what_one_side_laid_down_is_proven(
    laid_down: None, agreements: Agreements, prover: Prover, pool: Pool
):
    """Without it, or that somebody takes note, no silence binds anybody; an inbox is no such notice."""
    await prover.proves()
    inboxes = len(agreements.taken)
    await pool.fetch(_SENT, "ATRC-1", b"1" * 32)
    await prover.proves()

    [mailed] = agreements.taken[inboxes:]
    assert (4, [("ATRC", "EMAIL")]) == (
        mailed["position"],
        [(each["party"], each["channel"]) for each in mailed["delivered"]],
    )


@pytest.mark.parametrize("outcome", ["BOUNCED", "GIVEN_UP", "NO_ADDRESS", "UNWRITABLE"])
async def test_a_letter_that_reached_nobody_proves_nothing(
    asked: None, agreements: Agreements, prover: Prover, pool: Pool, outcome: str
):
    """The clock waits: whoever was never written to does not know."""
    await pool.fetch("UPDATE delivery SET outcome = $1, settled_at = now()", outcome)
    await prover.proves()

    assert {"INBOX"} == {each["channel"] for taken in agreements.taken for each in taken["delivered"]}


@pytest.mark.parametrize(
    ("statement", "what", "code"),
    [
        (_OWE, ["MAILED"], "LETTER_NOT_SENT"),
        (_OWE, ["ACKNOWLEDGED"], "NOT_ACKNOWLEDGED"),
        (_NOT_KEPT, [], "EVENT_NOT_KEPT"),
    ],
)
async def test_what_nothing_proves_is_told_and_keeps_no_other(  # each is one part of it
    alerting: Alerting,
    alerted: list[StreamMessage],
    agreements: Agreements,
    prover: Prover,
    registry: CollectorRegistry,
    owner: Pool,
    statement: str,
    what: list[str],
    code: str,
):
    """A part of the database was restored, or changed: every other clock begins all the same."""
    await owner.fetch(statement, *what)
    following = said(adopted(SHARES))
    await alerting.take(linked(Head(3, alerted[-1].chain), [Received(4, following.subject, encode(following), None)]))
    await prover.proves()

    assert (4, "delivered", ["ATRC", "HUT"]) == agreements.told[-1]
    position, unproven, refused, _ = measured(registry)
    assert (2, refused) == (position, unproven)
    assert f"{refused:.0f} proofs of notice are not recorded: {code}" == await prover.proving.reason()


async def test_where_agreements_are_is_not_told(alerted: list[StreamMessage], store: ProofStore):
    """Anybody may ask whether the service is ready; the log has the words."""
    proving = Proving("http://127.0.0.1:1", "its-own", NoticeMetrics(CollectorRegistry()), retry_seconds=0)
    async with httpx.AsyncClient() as away:
        with capture_logs() as logs:
            await proving.look(store, away)

    assert "agreements take no proof of notice: ConnectError" == await proving.reason()
    assert "All connection attempts failed" in {line["reason"] for line in logs}


async def test_what_nobody_foresaw_is_told_and_tried_again(
    alerted: list[StreamMessage], agreements: Agreements, prover: Prover, registry: CollectorRegistry, owner: Pool
):
    """How old the oldest is stays measured, or nobody would see that clocks stand still."""
    await owner.fetch("REVOKE SELECT ON delivery FROM notifications")
    await prover.proves()

    assert "notice is not proven: InsufficientPrivilegeError" == await prover.proving.reason()
    assert (2, 2) == measured(registry)[:2]
    await owner.fetch("GRANT SELECT ON delivery TO notifications")
    await prover.proves()
    assert [(3, "delivered", ["ATRC", "HUT"])] == agreements.told
    assert await prover.proving.reason() is None
