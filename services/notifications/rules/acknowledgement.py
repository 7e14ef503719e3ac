"""Answers of parties' systems: that one contests what stands, whoever else holds it is told."""

from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Rule, Rules, Source
from services.notifications.rules.sources import ACTOR, the_assets
from shared.events.acknowledgement import OwnershipAcknowledged
from shared.log.envelope import Envelope


def _contested(envelope: Envelope) -> frozenset[str]:
    """Name the circle around the asset, if what stands of it is contested."""
    event = cast("OwnershipAcknowledged", envelope.data)
    return the_assets(envelope) if event.verdict == "CONTEST" else frozenset()


def _holders(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {holder for name in _contested(envelope) for holder in remembered.circle(name).present}


# That somebody has the same is what everybody expects.
HOLDERS_OF_CONTESTED: Final = Source("who holds it, of a `CONTEST` alone", _holders, needs=_contested)

RULES: Final[Rules] = {OwnershipAcknowledged: Rule("info", to=(HOLDERS_OF_CONTESTED.but(ACTOR),))}
