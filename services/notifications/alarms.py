"""Whom an alarm of the ledger's concerns: whoever was alerted of the event at which it was raised, and the operator.

An alert of an alarm says that there is one and about what; what it says is read in the ledger, by whoever may.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from services.notifications.alerts import INBOX, Alert, alert_id
from services.notifications.rules.sources import OPERATOR
from shared.log.envelope import NO_AGREEMENT

TYPE_PREFIX: Final = "ledger."


class Alarm(msgspec.Struct, frozen=True):
    """That the ledger raised an alarm at a position: about an asset, or else because it cannot go on."""

    id: str
    position: int
    kind: str
    asset: str | None
    recorded_at: datetime

    @property
    def halts(self) -> bool:
        return self.asset is None


class Told(NamedTuple):
    """Who was alerted of the event at a position, and of what."""

    position: int
    recipient: str
    agreement: str
    subject: str
    link: str


def alerts_of(alarm: Alarm, told: Iterable[Told], *, alerted: int) -> tuple[Alert, ...]:
    """Return one alert for each whom an alarm concerns, as far as events have been alerted of.

    Those whom the event concerns come with it; nobody waits for it to tell the operator that the ledger has halted.
    """
    concerned = [each for each in told if each.position == alarm.position]
    alerts = [_alert(alarm, each) for each in concerned]
    # An alarm about an event that nobody could be alerted of must not be lost on everybody.
    if alarm.halts or (not concerned and alarm.position <= alerted):
        alerts.append(_alert(alarm, Told(alarm.position, OPERATOR, NO_AGREEMENT, "ledger", "/v1/alarms")))
    return tuple(alerts)


def _alert(alarm: Alarm, told: Told) -> Alert:
    return Alert(
        id=alert_id(alarm.id, told.recipient, INBOX),
        event_id=alarm.id,
        recipient=told.recipient,
        channel=INBOX,
        position=alarm.position,
        type=f"{TYPE_PREFIX}{alarm.kind}.v1",
        class_="legal-critical",
        agreement=told.agreement,
        subject=told.subject if alarm.asset is None else f"invention:{alarm.asset}",
        link=_link_to(alarm, told),
        due_on=None,
        recorded_at=alarm.recorded_at,
    )


def _link_to(alarm: Alarm, told: Told) -> str:
    """Return where the alarm is read, for whoever was linked to the asset; to others that may not be theirs to read."""
    of_the_asset = alarm.asset is not None and told.link.startswith("/v1/inventions/")
    return f"/v1/assets/{alarm.asset}/alarms" if of_the_asset else told.link
