"""What an event becomes in whose inbox: the engine that applies the rules (`rules/`).

An alert carries ids, a class, a due date and a link, never a title or any other content: it may be shown on a phone.
"""

from collections.abc import Collection
from datetime import date, datetime
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from services.notifications.remembered import Remembered, needed_to_learn
from services.notifications.rules import RULES
from services.notifications.rules.rule import AlertClass, Nobody
from services.notifications.rules.sources import ACTOR, OPERATOR
from shared.ids import UNALLOCATED, is_id
from shared.log.envelope import Envelope

INBOX: Final = "inbox"
# How the types of those alerts begin that are of no event: what notifications say themselves.
OWN_TYPES: Final = "notifications."
TASKS: Final = "/v1/tasks"
TASKS_OF: Final = f"{TASKS}?party="
# Where what a stream is about has another address than its entity's plural.
_ADDRESSES: Final = {
    # What was answered about an asset.
    "acknowledgement": "/v1/assets/{}/contests",
    "background": "/v1/background/{}",
    # Of operators, whose alone that is, nobody reads the log itself.
    "log": "/v1/alarms",
    "opportunity": "/v1/opportunities/{}",
    "party": "/v1/parties/{}",
    "progress": "/v1/projects/{}/progress",
    # What the person named in a contribution says of it is beside that, at `/voice`.
    "voice": "/v1/contributions/{}",
}


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One event as one party is told of it; `event_id` is the same for everybody who is, so both sides can cite it."""

    id: str
    event_id: str
    recipient: str
    channel: str
    position: int
    type: str
    class_: AlertClass
    agreement: str
    subject: str
    link: str
    due_on: date | None
    recorded_at: datetime
    needs_you: bool = False


def alerts_for(position: int, envelope: Envelope, remembered: Remembered) -> tuple[Alert, ...]:
    """Return one alert for each party that is told of the event, in the order of their ids."""
    rule = RULES[type(envelope.data)]
    if isinstance(rule, Nobody):
        return ()
    told = rule.told(envelope, remembered)
    awaited = rule.awaited(envelope, remembered)
    answering = rule.answering(envelope, remembered)
    informed = ACTOR.of(envelope, remembered) - told.keys() if rule.receipt else set()
    due_on = rule.due.of(envelope, remembered)
    alerts = []
    for recipient in sorted(filter(_has_an_inbox, told.keys() | informed | answering.keys())):
        alert = _alert(position, envelope, recipient)
        if (source := told.get(recipient)) is not None:
            link = source.link(envelope, position, remembered, recipient) if source.link else alert.link
            needs_you = recipient in awaited or recipient in answering
            alert = replace(alert, class_=rule.class_of(envelope), due_on=due_on, link=link, needs_you=needs_you)
        elif (children := answering.get(recipient)) is not None:
            link = _tasks_of(children)
            alert = replace(alert, class_=rule.class_of(envelope), due_on=due_on, link=link, needs_you=True)
        alerts.append(alert)
    return tuple(alerts)


def needed(envelope: Envelope) -> set[str]:
    """Return the names of everything that has to be remembered to alert of an event and to learn from it."""
    rule = RULES[type(envelope.data)]
    names = needed_to_learn(envelope)
    return names if isinstance(rule, Nobody) else names | rule.needs(envelope)


def _alert(position: int, envelope: Envelope, recipient: str) -> Alert:
    return Alert(
        id=alert_id(envelope.id, recipient, INBOX),
        event_id=envelope.id,
        recipient=recipient,
        channel=INBOX,
        position=position,
        type=envelope.type,
        class_="info",
        agreement=envelope.agreement,
        subject=envelope.stream,
        link=link_to(envelope.stream),
        due_on=None,
        recorded_at=envelope.time,
    )


def alert_id(event_id: str, recipient: str, channel: str) -> str:
    """Return the id of the one alert that an event can be on a channel for a recipient, however often it is made."""
    return "alr-" + sha256(f"{event_id}\n{recipient}\n{channel}".encode()).hexdigest()[:32]


def link_to(stream: str) -> str:
    """Return where the agreements service answers for what a stream is about."""
    entity, _, identifier = stream.partition(":")
    # Ids hold no dot: the one in `participant:<project>.<person>` stands between two of them.
    return _ADDRESSES.get(entity, f"/v1/{entity}s/{{}}").format(identifier.replace(".", "/"))


def _tasks_of(parties: Collection[str]) -> str:
    """Return where whoever controls some parties reads what waits for them: what it is about it may not read."""
    [*others, party] = sorted(parties)
    return TASKS if others else f"{TASKS_OF}{party}"


def _has_an_inbox(recipient: str) -> bool:
    # While a title gap lasts, a share is held by a person (`person:…`) or by nobody yet: neither is a party.
    return recipient == OPERATOR or (is_id(recipient) and recipient != UNALLOCATED)
