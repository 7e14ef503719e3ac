"""Those whom many events concern: who acted, the parties, and whoever holds what the event is about."""

from typing import Any, Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Source
from shared.events.concerned import about, kind_of
from shared.log.envelope import NO_AGREEMENT, Envelope
from shared.positions import LAST_POSITION

# Whose inbox that of the operators is. No party's name: those hold no colon.
OPERATOR: Final = "role:operator"
OPERATORS: Final = Source("the operators", lambda _envelope, _remembered: (OPERATOR,))
# Whoever acts knows what it did and is not alerted of it, unless the event asks something of every party alike
# (sign, approve) or must be provably known to all (whatever decides who owns what).
ACTOR: Final = Source(
    "who did it", lambda envelope, _remembered: (envelope.actor_party,) if envelope.actor_party else ()
)


def the_agreement(envelope: Envelope) -> frozenset[str]:
    """Name the circle around the event's agreement, also where the event is about something secret within it."""
    return frozenset() if envelope.agreement == NO_AGREEMENT else frozenset({f"agreement:{envelope.agreement}"})


def the_assets(envelope: Envelope) -> frozenset[str]:
    """Name the circles around the assets that the event is about."""
    return _circles(envelope, "invention")


def the_dispute(envelope: Envelope) -> frozenset[str]:
    """Name the circle around the dispute that the event is about."""
    return _circles(envelope, "dispute")


def _circles(envelope: Envelope, kind: str) -> frozenset[str]:
    return frozenset(name for name in about(envelope) if kind_of(name) == kind)


def _agreement_and_assets(envelope: Envelope) -> frozenset[str]:
    return the_agreement(envelope) | the_assets(envelope)


def _parties(envelope: Envelope, remembered: Remembered) -> set[str]:
    """Return whom an event calls its parties, without those that had left the agreement when it was recorded.

    Whoever has a share of what it is about, or is asked to attest it, is told all the same; and so are all its parties
    as long as nobody has one, since any of them may turn out to.
    """
    parties = set(cast("Any", envelope.data).parties)
    in_it = [remembered.circle(name) for name in the_agreement(envelope)]
    assets = [remembered.circle(name) for name in the_assets(envelope)]
    gone = {party for circle in in_it for party in {*circle} - circle.members_at(LAST_POSITION, envelope.time)}
    if assets and not any(circle.stays for circle in assets):
        return parties
    concerned = {party for circle in assets for party in circle} | {*getattr(envelope.data, "attesting_parties", ())}
    return parties - (gone - concerned)


def _members(envelope: Envelope, remembered: Remembered) -> set[str]:
    circles = [remembered.circle(name) for name in the_agreement(envelope)]
    return {party for circle in circles for party in circle.members_at(LAST_POSITION, envelope.time)}


def _holders(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {holder for name in the_assets(envelope) for holder in remembered.circle(name).present}


def _taking_part(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {party for name in the_dispute(envelope) for party in remembered.circle(name).present}


# Of what is recorded after a party has left it is told no more, unless it has a part in it.
PARTIES: Final = Source("`parties`", _parties, needs=_agreement_and_assets)
AGREEMENTS_PARTIES: Final = Source("the agreement's parties", _members, needs=the_agreement)
HOLDERS: Final = Source("who holds it", _holders, needs=the_assets)
# Whoever has filed a position, or was given a share by one, need neither be in the agreement nor hold anything yet.
TAKING_PART: Final = Source("who takes part in the dispute", _taking_part, needs=the_dispute)
OTHER_PARTIES: Final = PARTIES.but(ACTOR)
