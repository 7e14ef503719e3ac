"""The stack that a partner's program is tried on: the sample story, day by day, and everything that may go wrong."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec

from services.cli import scenario
from services.cli.standing import Standing
from shared.canonical import canonical_json
from shared.ids import new_id
from shared.log.chain import chain_after, leaf_hash
from shared.log.parties import stream_of
from shared.testing import Stack

if TYPE_CHECKING:
    from services.cli.partner.program import Program

# Of the sample story: it comes late to an agreement that has had a year of events.
PARTY: Final = "EGU"
_ACCESSION: Final = "sign-accession-egu"
CONSUMER: Final = "main"
WEBHOOK: Final = "tried"
UNKNOWN: Final = "agreements.NeverHeardOf.v1"
_SETTLED_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 15.0
_PAGE: Final = 200

# As the log's own events never are again: nothing is entered or recorded after these.
_BEYOND: Final = 1_000_000
_ADD_PUBLISHED: Final = "INSERT INTO published (position, subject, body, leaf) VALUES (%s, %s, %s, %s)"
_ADD_ENTRY: Final = "INSERT INTO feed_entry (party, number, position, came_with, chain) VALUES (%s, %s, %s, %s, %s)"
_MOVE_HEAD: Final = "UPDATE feed SET (number, chain) = (%s, %s) WHERE party = %s"
_HEAD: Final = "SELECT number, chain, (SELECT max(position) FROM published) FROM feed WHERE party = %s FOR UPDATE"


class FeedRow(msgspec.Struct, frozen=True):
    """An event of the feed, as it is answered."""

    number: int
    position: int
    type: str
    body: str

    def told(self) -> Mapping[str, Any]:
        """Return the line that a program prints once it took the event."""
        event: dict[str, Any] = msgspec.json.decode(self.body)
        return {"number": self.number, "position": self.position, "id": event["id"], "type": self.type}


class _Page(msgspec.Struct):
    events: list[FeedRow]


class Staging:
    """A stack with a story that goes on as it is asked to, one day with something for the party after the other."""

    def __init__(self, stack: Stack, program: "Program") -> None:
        self._stack = stack
        self._program = program
        self._story = scenario.read()
        self._answers: dict[str, Any] = {}
        self._days = self._in_days()

    def begin(self) -> None:
        """Play what is before the party joins the agreement."""
        for steps in self._days:
            self._play(steps)
            if any(step.id == _ACCESSION for step in steps):
                return

    def go_on(self) -> None:
        """Let the next days come, until there is something more in the party's feed."""
        before = self.head()
        while self.head() == before:
            self._play(next(self._days))

    def head(self) -> int:
        """Return the last number of the party's feed."""
        return int(self._ask("GET", "/v1/feed/head").json()["number"])

    def after(self, number: int) -> list[FeedRow]:
        """Return what follows a number in the party's feed."""
        rows: list[FeedRow] = []
        while True:
            asked = {"after": rows[-1].number if rows else number, "limit": _PAGE}
            page = msgspec.json.decode(self._ask("GET", "/v1/feed", params=asked).content, type=_Page).events
            if not page:
                return rows
            rows += page

    def send_again(self, *, webhook: bool) -> None:
        """Have everything come once more."""
        if webhook:
            self._ask("POST", f"/v1/webhooks/{WEBHOOK}/replays", json={"since": 1})
        else:
            self._ask("PUT", f"/v1/feed/consumers/{CONSUMER}", json={"after": 1})
            self._ask("PUT", f"/v1/feed/consumers/{CONSUMER}", json={"after": 0})

    def hang_up(self) -> None:
        """Restart everything that a program may be connected to."""
        for name in ("nats", "gate", "notifications"):
            self._stack.restart(name)
        self._stack.wait_ready()

    def delete_stream(self) -> None:
        """Delete the party's stream, and its consumers with it."""
        asyncio.run(self._delete_stream())

    def rotate_keys(self, *, webhook: bool) -> str | None:
        """Have the issuer sign with another key, and return what a webhook is verified with from now on."""
        self._stack.home.rotate_issuer()
        self._program.renew_token()
        # The services know each other by tokens of the old key, and whoever is connected was let in by one.
        for name in ("agreements", "ledger", "notifications", "gate", "nats"):
            self._stack.restart(name)
        self._stack.wait_ready()
        if not webhook:
            return None
        made = self._ask("PUT", f"/v1/webhooks/{WEBHOOK}/keys/second", json={"others_for_hours": 0})
        return str(made.json()["verified_with"])

    def add_unknown(self) -> int:
        """Put an event into the feed of a type that no release knows, and one after it; return the first's number."""
        import psycopg

        postgres = self._stack.home.postgres
        with psycopg.connect(postgres.dsn("notifications"), password=postgres.password) as connection:
            row = connection.execute(_HEAD, (PARTY,)).fetchone()
            assert row is not None
            number, chain, last = row
            for place, kind in enumerate((UNKNOWN, "agreements.PartyRegistered.v1"), start=1):
                position, body = last + _BEYOND + place, _event(kind)
                chain = chain_after(chain, body)
                subject = f"moiety.v1._.party.{kind.split('.')[1]}"
                connection.execute(_ADD_PUBLISHED, (position, subject, body, leaf_hash(body)))
                connection.execute(_ADD_ENTRY, (PARTY, number + place, position, position, chain))
            connection.execute(_MOVE_HEAD, (number + 2, chain, PARTY))
            connection.execute("SELECT pg_notify('moiety_feed', %s)", (PARTY,))
        return int(number) + 1

    def set_up_webhook(self, url: str, ordered: bool) -> str:  # noqa: FBT001  # as it is set up
        """Have the feed sent to a URL; return what verifies its signatures."""
        body = {"url": url, "ordered": ordered}
        return str(self._ask("PUT", f"/v1/webhooks/{WEBHOOK}", json=body).json()["verified_with"])

    def verify_webhook(self) -> bool:
        """Tell whether what is at the URL has repeated the challenge."""
        return self._asked("POST", f"/v1/webhooks/{WEBHOOK}/verify").is_success

    def _in_days(self) -> Iterator[Sequence[scenario.Step]]:
        for _, steps in groupby(self._story.steps, lambda step: step.on):
            yield list(steps)

    def _play(self, steps: Sequence[scenario.Step]) -> None:
        for _ in scenario.play(self._story, self._stack.home, steps, only_traces=True, answers=self._answers):
            pass
        with Standing(self._stack.home) as standing:
            standing.await_settled(_SETTLED_SECONDS)

    def _ask(self, method: str, path: str, **asked: Any) -> httpx.Response:  # noqa: ANN401  # what httpx takes
        return self._asked(method, path, **asked).raise_for_status()

    def _asked(self, method: str, path: str, **asked: Any) -> httpx.Response:  # noqa: ANN401  # the same
        headers = {"Authorization": f"Bearer {self._program.token()}"}
        url = f"{self._stack.url('notifications')}{path}"
        with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS) as client:
            return client.request(method, url, headers=headers, **asked)

    async def _delete_stream(self) -> None:
        from shared.bus.connection import connect

        home = self._stack.home
        async with connect(home.nats.url, user="feeds", password=home.secret("nats-feeds")) as client:
            await client.request(f"$JS.API.STREAM.DELETE.{stream_of(PARTY)}", timeout=_ANSWER_SECONDS)


def _event(kind: str) -> bytes:
    event = {
        "specversion": "1.0",
        "id": new_id("tried"),
        "source": "urn:moiety:agreements",
        "type": kind,
        "subject": "party:TRIED",
        "time": "2026-05-01T01:00:00.000000Z",
        "datacontenttype": "application/json",
        "dataschema": f"urn:moiety:schema:{kind}",
        "streamversion": 1,
        "effectiveon": "2026-05-01",
        "agreement": "_",
        "actor": "OPERATOR",
        "correlationid": new_id("cor"),
        "data": {"party": "TRIED", "legal_name": "Tried Limited", "kind": "COMPANY", "country": "HK"},
    }
    return canonical_json(event)
