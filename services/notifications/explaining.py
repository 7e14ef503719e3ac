"""Why there is an alert: by which rule, for whom and why, until when, and what came of it and of its event."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import asyncpg

from services.notifications.alerts import OWN_TYPES, needed
from services.notifications.errors import NothingToExplain
from services.notifications.escalations.model import ITS_OWN, THE_OTHERS, TYPE, TYPE_BY_ANOTHER
from services.notifications.evidence.model import is_of
from services.notifications.notices.proving import STANDS_OTHERWISE
from services.notifications.remembered import Remembered
from services.notifications.reminders.model import TYPE as DEADLINE_NEAR
from services.notifications.rules import RULES
from services.notifications.rules.rule import Nobody, Rule
from services.notifications.rules.sources import ACTOR
from services.notifications.store import AlertStore
from shared.database import Connection
from shared.events.registry import registered
from shared.log.envelope import Envelope, decode

_ALERT: Final = """
    SELECT alert.*, body, feed_entry.number
    FROM alert LEFT JOIN published ON published.position = alert.position
    LEFT JOIN feed_entry ON party = recipient AND feed_entry.position = alert.position
    WHERE id = $1
"""
_WEBHOOKS: Final = """
    SELECT name, state, reached >= $2 AS reached, attempts, due_at,
        array(
            SELECT outcome || coalesce(' ' || status, '') || ' at ' || to_char(attempted_at AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            FROM webhook_attempt WHERE webhook = webhook.id AND webhook_attempt.number = $2 ORDER BY webhook_attempt.id
        ) AS tried
    FROM webhook LEFT JOIN webhook_delivery ON webhook = webhook.id AND number = $2
    WHERE party = $1 ORDER BY name
"""
_ESCALATION: Final = "SELECT days, next_on, told, closed FROM escalation WHERE alert = $1"
# Of what is in a digest, by the one that leads that when it is sent.
_LETTERS: Final = """
    SELECT delivery.person, delivery.outcome, delivery.attempts, delivery.status, delivery.enhanced_status,
        delivery.settled_at, delivery.gathered_at, head.not_before, head.held_for, head.held_until
    FROM delivery JOIN delivery AS head
        ON head.alert = coalesce(delivery.digest, delivery.alert) AND head.person = delivery.person
        AND head.channel = delivery.channel
    WHERE delivery.alert = $1 ORDER BY delivery.person
"""
_WAITS: Final = {"QUIET_HOURS": "quiet", "DIGEST": "waits for the digest"}
_PROOFS: Final = (
    "SELECT what, since, attempts, refused, not_before, proven_at FROM proof WHERE alert = $1 ORDER BY since"
)
_PROVEN: Final = {
    "DELIVERED": "that it is in the inbox",
    "MAILED": "that a letter about it was taken",
    "ACKNOWLEDGED": "that it was acknowledged",
}
# Alerts that are of no published event, by how their types begin.
_OTHERS: Final = {
    TYPE: "it is of an alert of its recipient's that nobody acknowledged in the terms' days, and goes to that alone",
    TYPE_BY_ANOTHER: "another party has not acknowledged what its recipient was alerted of as well: it goes to those"
    " parties of the agreement that were",
    DEADLINE_NEAR: "it reminds of a deadline, and goes to whoever is asked, or else to whoever knows of the thing",
    "ledger.": "it is of an alarm of the ledger's, and goes to whoever was alerted of the event at its position",
    "log.EventLost.": "it tells that an event is no longer recorded, and goes to whoever was alerted of that",
    "notifications.": "it is of something of its recipient's here, and goes to that alone",
}


class Known(NamedTuple):
    """The event of an alert, and what is remembered today of what its rule asks for."""

    envelope: Envelope
    remembered: Remembered


async def explain(connection: Connection, alert: str) -> list[str]:
    """Return why an alert came to be and what came of it, in words; raises NothingToExplain."""
    row = await connection.fetchrow(_ALERT, alert)
    if row is None:
        message = f"there is no alert {alert} in these inboxes"
        raise NothingToExplain(message)
    known = None
    if row["body"] is not None and is_of(row["body"], row["event_id"]):
        envelope = decode(row["body"])
        names = needed(envelope)
        known = Known(envelope, Remembered(await AlertStore(connection).remembered(names), names))
    lines = [*why(row, known), *in_the_inbox(row)]
    escalation = await connection.fetchrow(_ESCALATION, alert)
    lines += escalated(escalation, acknowledged=row["acknowledged_at"] is not None)
    lines += [by_letter(each) for each in await connection.fetch(_LETTERS, alert)]
    lines += [by_proof(each) for each in await connection.fetch(_PROOFS, alert)]
    if row["number"] is not None and not row["type"].startswith(OWN_TYPES):
        webhooks = await connection.fetch(_WEBHOOKS, row["recipient"], row["number"])
        lines += [f"number {row['number']} in its feed", *(line for each in webhooks for line in by_webhook(each))]
    return lines


def why(row: asyncpg.Record, known: Known | None) -> Iterator[str]:
    """Say by which rule somebody was alerted, and for which of its reasons."""
    yield f"{row['id']}: to {row['recipient']}, of {row['type']} about {row['subject']}, at position {row['position']}"
    for prefix, words in _OTHERS.items():
        if row["type"].startswith(prefix):
            yield words
            return
    kind = registered().get(row["type"])
    rule = None if kind is None else RULES[kind]
    if rule is None or isinstance(rule, Nobody):
        yield "by this release's rules nobody is: a release before had another"
        return
    yield f"the rule: {_in_words(rule)}"
    if known is None:
        yield "its event is in no feed, so that for which reason cannot be said any more"
        return
    yield from _for_whom(row, rule, known)


def in_the_inbox(row: asyncpg.Record) -> Iterator[str]:
    """Say since when an alert is in its inbox, and who did what with it."""
    yield f"number {row['sequence']} in its inbox since {row['alerted_at'].isoformat()}, as {row['class']}"
    if row["due_on"] is not None:
        yield f"its last day is {row['due_on'].isoformat()}"
    if row["acknowledged_at"] is not None:
        yield f"acknowledged at {row['acknowledged_at'].isoformat()} by {row['acknowledged_by']}"
    elif row["class"] == "legal-critical":
        yield "nobody has acknowledged it, which it asks for"
    if row["archived_at"] is not None:
        yield f"put away at {row['archived_at'].isoformat()} by {row['archived_by']}"


def escalated(row: asyncpg.Record | None, *, acknowledged: bool) -> Iterator[str]:
    """Say whom it was told that nobody acknowledged an alert, and when it is told to whom, should nobody do so."""
    if row is None:
        return
    if row["told"] >= ITS_OWN:
        yield f"nobody had acknowledged it in {row['days']} days: it was told to others who may act for its recipient"
    if row["told"] >= THE_OTHERS:
        yield "nor in as many more: those parties of the agreement were told that were alerted of the same"
    if not acknowledged and not row["closed"] and row["next_on"] is not None:
        next_to = "the other side is" if row["told"] else "others of its recipient's are"
        yield f"unless somebody acknowledges it, {next_to} told on {row['next_on'].isoformat()}"


def by_letter(row: asyncpg.Record) -> str:
    """Say what came of its letter to one of its recipient's people."""
    letter = f"letter to {row['person']}"
    if row["gathered_at"] is not None:
        letter += f", in a digest put together at {row['gathered_at'].isoformat()}"
    if row["outcome"] is None and row["not_before"] == row["held_until"]:
        return f"{letter}: {_WAITS[row['held_for']]} until {row['held_until'].isoformat()}, as this person prefers"
    if row["outcome"] is None:
        failed = f", tried {row['attempts']} times" if row["attempts"] else ""
        return f"{letter}: to be sent at {row['not_before'].isoformat()}{failed}"
    said = " ".join(str(each) for each in (row["status"], row["enhanced_status"]) if each is not None)
    answered = f", tried {row['attempts']} times{f', where the server said {said}' if said else ''}"
    unwanted = ", as this person prefers" if row["outcome"] == "MUTED" else ""
    return f"{letter}: {row['outcome']} at {row['settled_at'].isoformat()}{answered}{unwanted}"


def by_proof(row: asyncpg.Record) -> str:
    """Say whether agreements have recorded notice by it, which clocks may wait for."""
    about = f"proof of notice, {_PROVEN[row['what']]}:"
    if row["proven_at"] is not None and row["refused"] == STANDS_OTHERWISE:
        return f"{about} other content was proven before, which counts: {row['refused']}"
    if row["proven_at"] is not None:
        return f"{about} recorded at {row['proven_at'].isoformat()}"
    refused = f", refused {row['attempts']} times, last as {row['refused']}" if row["refused"] is not None else ""
    return f"{about} owed since {row['since'].isoformat()}{refused}; said again at {row['not_before'].isoformat()}"


def by_webhook(row: asyncpg.Record) -> Iterator[str]:
    """Say what came of its event on a webhook of its recipient's."""
    name, tried = row["name"], row["tried"]
    for place, attempt in enumerate(tried, start=1):
        yield f"webhook {name}, attempt {place}: {attempt}"
    if row["due_at"] is not None:
        yield f"webhook {name}: to be tried again at {row['due_at'].isoformat()}, after {row['attempts']} that failed"
    elif not row["reached"]:
        yield f"webhook {name}: not come so far, {row['state']}"
    elif not tried:
        yield f"webhook {name}: delivered so long ago that it is forgotten, or not asked for"


def _for_whom(row: asyncpg.Record, rule: Rule, known: Known) -> Iterator[str]:
    recipient = row["recipient"]
    source = rule.told(known.envelope, known.remembered).get(recipient)
    if source is not None:
        yield f"told as one of: {source.says}"
    elif rule.receipt and recipient in ACTOR.of(known.envelope, known.remembered):
        yield "told as a receipt: it did what the others are told of"
    elif children := rule.answering(known.envelope, known.remembered).get(recipient):
        yield f"told since it may speak for {' and '.join(sorted(children))}, which it controls"
    else:
        yield "by what is known today it would not be told; it was by what was known then"
    awaiting = [each.says for each in rule.awaits if recipient in each.of(known.envelope, known.remembered)]
    if row["needs_you"]:
        yield f"it waited for {recipient}, as one of: {' and '.join(awaiting) or 'those of then'}"
    if row["due_on"] is not None:
        yield f"until {row['due_on'].isoformat()}: {rule.due.says}"


def _in_words(rule: Rule) -> str:
    told = ", ".join(each.says for each in rule.to)
    but = "".join(f"; not {each.says}" for each in rule.but)
    receipt = "; a receipt to who did it" if rule.receipt else ""
    weighs = f"; legal-critical where it says `{rule.weighs_by}`: days begin with notice of it then"
    return f"{rule.class_}, to {told}{but}{receipt}{weighs if rule.weighs_by else ''}"
