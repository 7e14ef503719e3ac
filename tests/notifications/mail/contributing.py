"""Contributors who are to be asked, put straight into the table, and agreements as they answer to whoever asks them."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any

import msgspec

from services.notifications.contributors.model import Due, Issued
from services.notifications.mail.attempts import Attempt
from shared.database import Pool
from shared.languages import Language
from tests.notifications.mail.sink import Taken
from tests.notifications.webhooks.receiver import Got, Receiver, Said

URL = "https://voice.example"
EXPIRES_AT = datetime(2030, 8, 15, 9, tzinfo=UTC)
_NOTED = """
    INSERT INTO contributor_letter (
        event_id, agreement, contribution, content_hash, recorded_by_party, person, corrected, recorded_at
    )
    SELECT 'evt-' || person, 'MOU', 'CTB-' || person, $2, 'HUT', person, false, now() FROM unnest($1::text[]) AS person
    RETURNING person, letter
"""
_OUTCOMES = "SELECT person, outcome, attempts, status FROM contributor_letter ORDER BY person"
HASH = "sha256:" + "0" * 64


async def noted(pool: Pool, *people: str) -> dict[str, str]:
    """Note a letter to each of these people about a contribution of each; returns the letters' names."""
    rows = await pool.fetch(_NOTED, list(people), HASH)
    return {row["person"]: row["letter"] for row in rows}


async def outcomes(pool: Pool) -> list[Any]:
    """What came of every letter, by person."""
    return [tuple(row) for row in await pool.fetch(_OUTCOMES)]


async def none_waits(pool: Pool) -> bool:
    return not [row for row in await outcomes(pool) if row[1] is None]


def link_of(letter: str) -> str:
    """The link that agreements tell for a letter: for the same one the same."""
    return f"/voice/~{sha256(letter.encode()).hexdigest()[:43]}"


def issued(person: str, letter: str) -> Issued:
    return Issued(
        link=link_of(letter),
        name=f"Dr. {person}",
        email=f"{person}@hut.example",
        language=Language.ENGLISH,
        expires_at=EXPIRES_AT,
    )


async def everybodys(due: Due) -> Issued | Attempt:
    """Know everybody's link."""
    return issued(due.asking.person, due.letter)


class Agreements(Receiver):
    """Answers as agreements do, for a process that asks over HTTP: each person's code is a refusal, or else a link."""

    def __init__(self, **refusals: tuple[int, str]) -> None:
        super().__init__()
        self.refusals = refusals

    def _answer(self, got: Got) -> Said:
        if got.path != "/v1/contributor-links":
            return 404, b"", b""
        asked = msgspec.json.decode(got.body)
        person = asked["contribution"].removeprefix("CTB-")
        if person in self.refusals:
            status, code = self.refusals[person]
            problem = {"code": code, "title": "Refused", "detail": "It was refused."}
            return status, b"Content-Type: application/problem+json\r\n", msgspec.json.encode(problem)
        said = msgspec.to_builtins(issued(person, asked["letter"]))
        answer = {**said, "contribution": asked["contribution"], "party": "HUT", "person": person}
        return 200, b"Content-Type: application/json\r\n", msgspec.json.encode(answer)


def read(taken: Taken) -> EmailMessage:
    """A letter as its reader has it."""
    message = message_from_bytes(taken.content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def text_of(taken: Taken) -> str:
    part = read(taken).get_body(("plain",))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content
