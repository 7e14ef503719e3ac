"""Those whom many events concern: who acted, the parties, and whoever holds what the event is about."""

from typing import Final

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Source, named
from shared.events.concerned import about, kind_of
from shared.log.envelope import Envelope

PARTIES: Final = named("parties")
# Whose inbox that of the operators is. No party's name: those hold no colon.
OPERATOR: Final = "role:operator"
OPERATORS: Final = Source("the operators", lambda _envelope, _remembered: (OPERATOR,))
# Whoever acts knows what it did and is not alerted of it, unless the event asks something of every party alike
# (sign, approve) or must be provably known to all (whatever decides who owns what).
ACTOR: Final = Source(
    "who did it", lambda envelope, _remembered: (envelope.actor_party,) if envelope.actor_party else ()
)


def the_agreement(envelope: Envelope) -> frozenset[str]:
    """Name the circle around the event's agreement."""
    return _circles(envelope, "agreement")


def the_assets(envelope: Envelope) -> frozenset[str]:
    """Name the circles around the assets that the event is about."""
    return _circles(envelope, "invention")


def _circles(envelope: Envelope, kind: str) -> frozenset[str]:
    return frozenset(name for name in about(envelope) if kind_of(name) == kind)


def _parties_ever(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {party for name in the_agreement(envelope) for party in remembered.circle(name)}


def _holders(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {holder for name in the_assets(envelope) for holder in remembered.circle(name).present}


AGREEMENTS_PARTIES: Final = Source("the agreement's parties", _parties_ever, needs=the_agreement)
HOLDERS: Final = Source("who holds it", _holders, needs=the_assets)
