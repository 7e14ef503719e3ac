"""Alerts that are to be sent by mail, put straight into the tables, and what became of them."""

from typing import Any

import msgspec

from services.notifications.mail.addresses import Address, Person
from services.notifications.mail.recipients import message_id
from services.notifications.rules.rule import AlertClass
from shared.database import Pool
from shared.languages import Language
from tests.notifications.webhooks.receiver import Got, Receiver, Said

_ALERTS = """
    INSERT INTO alert (
        recipient, sequence, id, event_id, channel, position, type, class, agreement, subject, link, recorded_at
    )
    SELECT $1, number + $4, id, 'evt-' || id, 'inbox', number, 'agreements.DisputeOpened.v1', $3, 'MOU', 'dispute:D-1',
        '/v1/disputes/D-1', now()
    FROM unnest($2::text[]) WITH ORDINALITY AS each (id, number)
"""
_DELIVERIES = """
    INSERT INTO delivery (alert, person, channel, message_id)
    SELECT alert, person, 'email', message_id FROM unnest($1::text[], $2::text[], $3::text[])
        AS each (alert, person, message_id)
"""
_OUTCOMES = "SELECT person, outcome, attempts, status, enhanced_status FROM delivery ORDER BY person, alert"


async def noted(
    pool: Pool, *people: str, party: str = "HUT", class_: AlertClass = "legal-critical", more: bool = False
) -> list[str]:
    """Note an alert to each of these people of a party; returns the ids that their messages are to have."""
    first = len(await outcomes(pool)) if more else 0
    alerts = [f"alr-{first + number}" for number in range(len(people))]
    ids = [message_id(alert, person) for alert, person in zip(alerts, people, strict=True)]
    await pool.fetch(_ALERTS, party, alerts, class_, first)
    await pool.fetch(_DELIVERIES, alerts, list(people), ids)
    return [f"<{each}@moiety.example>" for each in ids]


async def outcomes(pool: Pool) -> list[Any]:
    """What came of every letter, by person."""
    return [tuple(row) for row in await pool.fetch(_OUTCOMES)]


async def none_waits(pool: Pool) -> bool:
    return not [row for row in await outcomes(pool) if row[1] is None]


def address_of(party: str, person: str) -> Address:
    """Where somebody is written to: at the pseudonym itself."""
    return Address(
        party=party, person=person, name=f"Dr. {person}", email=f"{person}@{party}.example", language=Language.ENGLISH
    )


async def everybody(people: Any) -> dict[Person, Address]:
    """Know everybody but those who are called `nobody`."""
    return {each: address_of(*each) for each in people if not each[1].startswith("nobody")}


class Agreements(Receiver):
    """Answers as agreements do, for a process that asks over HTTP; it knows everybody."""

    def _answer(self, got: Got) -> Said:
        if got.path != "/v1/addresses":
            return 404, b"", b""
        asked = msgspec.json.decode(got.body)["representatives"]
        found = [address_of(each["party"], each["person"]) for each in asked]
        return 200, b"Content-Type: application/json\r\n", msgspec.json.encode({"addresses": found})
