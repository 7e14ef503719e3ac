"""Whom an alarm of the ledger's concerns: whoever was alerted of the event at which it was raised, and the operator.

An alert of an alarm says that there is one and about what; what it says is read in the ledger, by whoever may.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from services.notifications.alerts import INBOX, TASKS, Alert, alert_id
from services.notifications.rules.sources import OPERATOR
from shared.events.concerned import Circle, kind_of
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


def circles_of(alarm: Alarm, told: Iterable[Told]) -> set[str]:
    """Return the names of those circles around an alarm that the ledger shows it to."""
    if alarm.asset is None:
        return set()
    return {f"invention:{alarm.asset}", *(f"agreement:{each.agreement}" for each in told)}


def alerts_of(alarm: Alarm, told: Iterable[Told], circles: Mapping[str, object], *, alerted: int) -> tuple[Alert, ...]:
    """Return one alert for each whom an alarm concerns, as far as events have been alerted of.

    `circles` says of those that `circles_of` names who is in them.

    Those whom the event concerns come with it; nobody waits for it to tell the operator that the ledger has halted.
    """
    # Whoever was only told of what waits for another has no part in what the ledger says.
    concerned = [each for each in told if each.position == alarm.position and not each.link.startswith(TASKS)]
    around = circles_of(alarm, concerned)
    shown = _shown_by_the_ledger({name: circle for name, circle in circles.items() if name in around})
    alerts = [_alert(alarm, each, shown) for each in concerned]
    # An alarm about an event that nobody could be alerted of must not be lost on everybody.
    if alarm.halts or (not concerned and alarm.position <= alerted):
        alerts.append(_alert(alarm, Told(alarm.position, OPERATOR, NO_AGREEMENT, "ledger", "/v1/alarms"), shown))
    return tuple(alerts)


def _alert(alarm: Alarm, told: Told, shown: Container[str]) -> Alert:
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
        link=_link_to(alarm, told, shown),
        due_on=None,
        recorded_at=alarm.recorded_at,
    )


def _shown_by_the_ledger(circles: Mapping[str, object]) -> frozenset[str]:
    """Return whom the ledger shows what it noticed of an asset: who is in its agreement, and who ever held a share.

    Of who only waits for a share, or is asked whether others get one, it knows nothing.
    """
    shown: set[str] = set()
    for name, circle in circles.items():
        if isinstance(circle, Circle):
            shown.update(circle.present if kind_of(name) == "agreement" else circle)
    return frozenset(shown)


def _link_to(alarm: Alarm, told: Told, shown: Container[str]) -> str:
    """Return where the alarm is read, for whoever was linked to the asset; to others that may not be theirs to read."""
    of_the_asset = alarm.asset is not None and told.link.startswith("/v1/inventions/") and told.recipient in shown
    return f"/v1/assets/{alarm.asset}/alarms" if of_the_asset else told.link
