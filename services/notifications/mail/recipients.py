"""To whom an alert is written: those representatives of its recipient who may do what it asks for, on that day.

Here they are pseudonyms. Where each of them is reached only agreements know, which are asked when something is sent.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Final, NamedTuple

from services.notifications.alerts import Alert
from services.notifications.remembered import NO_REPRESENTATIVES, Representatives, States, representatives_of
from shared.calendar import legal_day
from shared.events import (
    affiliation,
    agreement,
    background,
    contribution,
    dispute,
    invention,
    licence,
    opportunity,
    project,
    retirement,
    transfer,
)
from shared.events.concerned import kind_of
from shared.events.party import Power
from shared.events.registry import Event

EMAIL: Final = "email"
# The power that it takes to do what an event asks of whoever it waits for; None where any representative can.
ASKS_FOR: Final[dict[type[Event], Power | None]] = {
    affiliation.DeclarationMade: "APPOINT",
    agreement.AgreementProposed: "SIGN",
    agreement.AgreementRenewalAgreed: "SIGN",
    agreement.AmendmentProposed: "SIGN",
    background.AccessRequested: "CONSENT",
    background.BackgroundDeclared: "CONSENT",
    contribution.ContributionContested: "ATTEST",
    contribution.ContributionCorrected: "ATTEST",
    contribution.ContributionRecorded: "ATTEST",
    dispute.DisputeOpened: "DISPUTE",
    dispute.DisputeResolutionProposed: "DISPUTE",
    invention.DeterminationProposed: "ATTEST",
    licence.LicenceDrafted: "CONSENT",
    opportunity.OpportunityShared: None,
    project.ProjectCreated: "SIGN",
    retirement.RetirementProposed: "CONSENT",
    transfer.TransferProposed: "CONSENT",
}
_ASKS_FOR: Final = {event.TYPE: frozenset({power}) for event, power in ASKS_FOR.items()}
# What may be asked about a thing of a kind, for what does not say which of it is: a reminder.
_ASKED_ABOUT: Final = {
    kind: frozenset(power for event, power in ASKS_FOR.items() if kind == event.ENTITY)
    for kind in {event.ENTITY for event in ASKS_FOR}
}


class Delivery(NamedTuple):
    """That an alert is to be sent to a person; however often it is, the message has this one id."""

    alert: str
    person: str
    message_id: str


def is_written(alert: Alert) -> bool:
    """Tell whether an alert is sent to people at all: what only informs waits in the inbox."""
    return alert.needs_you or alert.class_ in {"legal-critical", "reminder"}


def written_to(alert: Alert, representatives: Representatives, day: date) -> tuple[str, ...]:
    """Return to whom an alert is written.

    Where it asks for something, to those who may do it; where that is nobody, or nothing is asked, to everybody who
    may act for the party that day: somebody has to learn of it.
    """
    present = {person: each for person, each in representatives.people.items() if each.period.covers(day)}
    powers = _ASKS_FOR.get(alert.type) or _ASKED_ABOUT.get(kind_of(alert.subject), frozenset())
    able = [person for person, each in present.items() if alert.needs_you and powers.intersection(each.powers)]
    return tuple(sorted(able or present))


def needed_to_deliver(alerts: Iterable[Alert]) -> set[str]:
    """Return the names of what has to be remembered to say to whom alerts are written."""
    return {representatives_of(alert.recipient) for alert in alerts if is_written(alert)}


def deliveries_of(alerts: Iterable[Alert], states: States) -> list[Delivery]:
    """Return to whom alerts are written, by what is remembered of their recipients."""
    found = []
    for alert in filter(is_written, alerts):
        state = states.get(representatives_of(alert.recipient))
        representatives = state if isinstance(state, Representatives) else NO_REPRESENTATIVES
        people = written_to(alert, representatives, legal_day(alert.recorded_at))
        found += [Delivery(alert.id, person, message_id(alert.id, person)) for person in people]
    return found


def message_id(alert: str, person: str) -> str:
    """Return what stands before the @ in the Message-ID: it says neither of the two to who does not know them."""
    return sha256(f"{alert}\n{person}".encode()).hexdigest()


def digest_message_id(leader: str, person: str) -> str:
    """Return the same of a digest, which is named by the alert that leads it."""
    return sha256(f"digest\n{leader}\n{person}".encode()).hexdigest()
