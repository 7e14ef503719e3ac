"""An inbox as it is read: alerts, how many of them there are, and what nobody could be alerted of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from services.notifications.evidence.model import Acknowledgement
from services.notifications.rules.rule import AlertClass


class Archived(msgspec.Struct, frozen=True):
    """When an alert was put away, and by whom."""

    at: datetime
    by: str
    """The person who put it away, under a pseudonym."""


class InboxAlert(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """An alert as its recipient reads it.

    `sequence` counts this inbox's alerts from 1 without a gap; `event_id` is the same in every recipient's inbox.
    """

    id: str
    sequence: int
    event_id: str
    position: int
    type: str
    """The versioned name of the event that it tells of."""
    class_: AlertClass
    """Its class, which says what legal weight it has."""
    agreement: str
    """The id of the agreement it is in; `_` for none."""
    subject: str
    """The thing that the event is about: its kind and its id, as in `transfer:XFR-1`."""
    link: str
    """Where its recipient reads what it is about: a path in agreements, or where it begins with `/v1/assets/` or is
    `/v1/alarms`, in the ledger, and where it begins with `/v1/webhooks/` or `/v1/inbox/`, in notifications.
    """
    due_on: date | None
    recorded_at: datetime
    alerted_at: datetime
    needs_you: bool
    """Whether it waited for its recipient when it came, by a task; it stays so, and what is open now tasks say."""
    needs_acknowledgement: bool
    acknowledgement: Acknowledgement | None
    archived: Archived | None
    """When and by whom it was put away; null while it is not."""


class ListedAlert(InboxAlert, frozen=True, kw_only=True):
    """An alert as it is listed for one of its recipient's people."""

    read: bool
    """Whether you have read it; what others have read nobody is told."""
    repeats: int
    """For how many earlier alerts of its type, about the same, it stands besides; 0 where nothing is folded, 1000 for
    as many or more.
    """


class Listed(NamedTuple):
    """Alerts that were found, and below which number to go on where nobody has looked yet."""

    alerts: Sequence[ListedAlert]
    stopped_at: int | None


class ClassCount(msgspec.Struct, frozen=True):
    """How many alerts of a class nobody acknowledged yet, and how many of these waited for you."""

    class_: AlertClass = msgspec.field(name="class")
    """Their class, which says what legal weight they have."""
    unread: int
    needs_you: int
    """How many of these waited for you when they came; whether they still do, your tasks say."""


class InboxCounts(msgspec.Struct, frozen=True):
    """How many alerts in the inbox nobody acknowledged yet, without what was put away."""

    unread: int
    needs_you: int
    """How many of these waited for you when they came; whether they still do, your tasks say."""
    needs_acknowledgement: int
    """How many of these are legal-critical, which demand it."""
    classes: list[ClassCount]
    """The same by class, each class once."""


class UnreadCount(msgspec.Struct, frozen=True):
    """How many alerts nobody acknowledged yet, and how many of these are legal-critical, which demand it."""

    unread: int
    needs_acknowledgement: int
    """How many of these are legal-critical, which demand it."""


class QuarantinedEvent(msgspec.Struct, frozen=True):
    """A message that could not be read; its content stays in the database, for it may be confidential."""

    position: int
    subject: str
    reason: str
    """Why it could not be read."""
    bytes: int
    quarantined_at: datetime
    alerted_at: datetime | None
    """When whoever it concerns was alerted of it after all, by a release that can read it; null while nobody was."""
