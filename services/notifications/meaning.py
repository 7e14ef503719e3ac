"""What consecutive messages mean: which of them are events, who is told of those, and what is learned from them.

Pure: it is told what is remembered, and where feeds end.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.notifications.alerts import Alert, alerts_for, needed
from services.notifications.batch import Batch, Progress, Quarantined
from services.notifications.contributors.model import asking_of
from services.notifications.feeds.writing import FeedHead, Published, Read, needed_to_feed, numbered
from services.notifications.remembered import Remembered, State, States, learned
from shared.bus.consumer import StreamMessage
from shared.log.envelope import Envelope, MalformedEvent, decode


class Readable(NamedTuple):
    """An event of the stream, and the names of what has to be remembered to say whom it concerns."""

    event: Read
    names: frozenset[str]


class Reading(NamedTuple):
    """Consecutive messages: those that are events, and those that are none."""

    readable: Sequence[Readable]
    quarantined: Sequence[Quarantined]

    def after(self, position: int) -> "Reading":
        """Return what is left of it."""
        return Reading(
            [each for each in self.readable if each.event.position > position],
            [each for each in self.quarantined if each.position > position],
        )


@dataclass
class Meaning:
    """What there is to know of consecutive messages up to a position, and what is learned from one part to the next."""

    reading: Reading
    names: Collection[str]
    states: dict[str, State]
    concerning: Sequence[Published]
    heads: dict[str, FeedHead]
    until: int
    wanted: Collection[int]
    looked_up: set[str] = field(default_factory=set)

    def of(self, part: Sequence[StreamMessage], progress: Progress, *, asks: bool = False) -> Batch:
        """Return what the next part of them means: it must follow the one before."""
        first, last = part[0].position, part[-1]
        events = [(each.position, each.envelope) for each, _ in self.reading.readable]
        readable = [each for each in events if first <= each[0] <= last.position]
        taken_up = [position for position, _ in readable if position in self.wanted]
        alerts, changed = tell(readable, self.states, self.names, alerted=progress.alerted, wanted=taken_up)
        self.states |= changed
        fed = numbered([each for each in self.concerning if first <= each.position <= last.position], self.heads)
        self.heads |= fed.heads
        unread = [each for each in self.reading.quarantined if first <= each.position <= last.position]
        put_aside = [each for each in unread if each.position > progress.alerted]
        # As with alerts: whoever was to be asked because of an event is not asked when it is only learned from again.
        after = max(progress.alerted, progress.began_after or 0)
        new = (each for position, each in readable if position > after or position in taken_up)
        asking = asking_of(new) if asks else ()
        return Batch(last.position, last.chain, alerts, changed, put_aside, fed, taken_up, asking=asking)


def read_messages(messages: Sequence[StreamMessage]) -> Reading:
    """Return the events among messages, and those that are none: these are put aside, never waited on.

    The inbox is no evidence of ownership: one event nobody can read must not keep all later ones from everybody.
    """
    readable: list[Readable] = []
    quarantined: list[Quarantined] = []
    for message in messages:
        try:
            envelope = decode(message.body)
        except MalformedEvent as error:
            quarantined.append(put_aside(message, error))
        else:
            event = Read(message.position, envelope, message.subject, message.body)
            readable.append(Readable(event, frozenset((*needed(envelope), *needed_to_feed(envelope)))))
    return Reading(readable, quarantined)


def tell(
    events: Sequence[tuple[int, Envelope]],
    states: States,
    names: Collection[str],
    *,
    alerted: int = 0,
    wanted: Collection[int] = (),
) -> tuple[list[Alert], dict[str, State]]:
    """Return the alerts of consecutive events, and what they change in what is remembered; `names` is what they need.

    Up to the position `alerted` everybody has been alerted before: these events are only learned from, but for those
    `wanted`, which could not be read then.
    """
    alerts: list[Alert] = []
    changed: dict[str, State] = {}
    now = dict(states)
    remembered = Remembered(now, names)
    for position, envelope in events:
        if position > alerted or position in wanted:
            alerts.extend(alerts_for(position, envelope, remembered))
        if lessons := learned(remembered, envelope, position):
            now.update(lessons)
            changed.update(lessons)
    return alerts, changed


def put_aside(message: StreamMessage, error: Exception) -> Quarantined:
    """Return a message as one that nobody could be alerted of."""
    # The error may quote the message, and the one character that text in PostgreSQL cannot hold with it.
    reason = str(error).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Quarantined(message.position, message.subject, message.body, reason)
