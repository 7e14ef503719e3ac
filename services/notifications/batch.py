"""What is written at once: what events up to a position mean, behind the progress that it follows."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.notifications.alerts import Alert
from services.notifications.contributors.model import Asking
from services.notifications.feeds.writing import NOTHING_FED, Feeding
from services.notifications.mail.recipients import Delivery
from services.notifications.remembered import State


class Progress(NamedTuple):
    """The last event that every recipient has been alerted of, and the last that was learned from: no later one.

    `chain` is that of the history up to the latter; None where it was followed before there were chains. `fed` is the
    last event that is in the feeds of all whom it concerns. `began_after` is the last that was in the log before these
    inboxes began, about which nobody is written to; None where the log has not been asked yet.
    """

    alerted: int
    remembered: int
    chain: bytes | None
    fed: int = 0
    began_after: int | None = 0


class Quarantined(NamedTuple):
    """A message that nobody could be alerted of."""

    position: int
    subject: str
    body: bytes
    reason: str


class Batch(NamedTuple):
    """What events up to a position mean: for whom, for later events, for feeds, and what could not be read."""

    position: int
    chain: bytes
    alerts: Sequence[Alert] = ()
    learned: Mapping[str, State] = {}
    quarantined: Sequence[Quarantined] = ()
    fed: Feeding = NOTHING_FED
    taken_up: Sequence[int] = ()
    """The positions of what was put aside before, and is alerted of now."""
    deliveries: Sequence[Delivery] = ()
    asking: Sequence[Asking] = ()
