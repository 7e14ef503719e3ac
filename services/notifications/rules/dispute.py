"""Disputes: whoever has a share or is given one by somebody's position is told, and the parties."""

from typing import Any, Final, cast

from services.notifications.remembered import Remembered, registrar_of
from services.notifications.rules.rule import Rule, Rules, Source, by_the_day_before, named
from services.notifications.rules.sources import ACTOR, HOLDERS, OTHER_PARTIES, PARTIES, TAKING_PART
from shared.events import dispute
from shared.log.envelope import Envelope

POSITION: Final = named("position")
OUTCOME: Final = named("outcome")
AWAITED: Final = named("awaited")
REGISTRAR: Final = named("registrar")


def _its_registrar(envelope: Envelope) -> frozenset[str]:
    return frozenset({registrar_of(cast("Any", envelope.data).dispute)})


def _who_was_asked(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {party for name in _its_registrar(envelope) for party in remembered.circle(name)}


# Whoever was asked to look into what one side laid down hears what became of it.
WAS_REGISTRAR: Final = Source("the registrar that was asked", _who_was_asked, needs=_its_registrar)


def _to_confirm(envelope: Envelope, _remembered: Remembered) -> set[str]:
    """Return the registrar, where the outcome waits for anybody, and is none that is everybody's own word."""
    event = cast("dispute.DisputeResolutionProposed", envelope.data)
    asked = event.awaited and event.basis in dispute.DECIDED
    return {event.registrar} if asked and event.registrar is not None else set()


# On that day the dispute goes up a step.
_STEP_LASTS: Final = by_the_day_before("due_on")
TO_CONFIRM: Final = Source("`registrar`, of what was decided elsewhere", _to_confirm)

# Whoever has a share, or a position, wherever it is a party.
_ALL: Final = (PARTIES, HOLDERS, TAKING_PART)

RULES: Final[Rules] = {
    dispute.DisputeOpened: Rule(
        "legal-critical",
        to=(PARTIES, POSITION, HOLDERS),
        due=_STEP_LASTS,
        awaits=(OTHER_PARTIES,),
        spoken_for=True,
    ),
    dispute.DisputePositionFiled: Rule("legal-critical", to=(*_ALL, POSITION)),
    dispute.DisputeEvidenceFiled: Rule("info", to=(PARTIES, TAKING_PART), but=(ACTOR,)),
    dispute.DisputeEscalated: Rule("legal-critical", to=_ALL, due=_STEP_LASTS),
    dispute.DisputeResolutionProposed: Rule(
        "legal-critical",
        to=(*_ALL, AWAITED, REGISTRAR),
        but=(ACTOR,),
        awaits=(AWAITED.but(ACTOR), TO_CONFIRM),
        spoken_for=True,
    ),
    dispute.DisputeResolutionConfirmed: Rule("info", to=(PARTIES, TAKING_PART), but=(ACTOR,)),
    dispute.DisputeResolutionObjected: Rule("legal-critical", to=(*_ALL, WAS_REGISTRAR), but=(ACTOR,)),
    dispute.DisputeResolutionDeclined: Rule("legal-critical", to=_ALL, but=(ACTOR,)),
    dispute.DisputeResolutionWithdrawn: Rule("legal-critical", to=(*_ALL, WAS_REGISTRAR), but=(ACTOR,)),
    # Whoever said nothing is bound by it, and must be told so; all others hear of what it ends.
    dispute.DisputeResolutionUnopposed: Rule("legal-critical", to=(named("unopposed_by"),)),
    dispute.DisputeResolved: Rule("legal-critical", to=(*_ALL, OUTCOME, WAS_REGISTRAR)),
    dispute.DisputeWithdrawn: Rule("legal-critical", to=(*_ALL, WAS_REGISTRAR)),
    dispute.DisputeLapsed: Rule("legal-critical", to=(*_ALL, WAS_REGISTRAR)),
}
