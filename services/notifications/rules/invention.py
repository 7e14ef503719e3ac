"""Inventions: whatever decides who owns one is told to everybody who holds a share before or after, and to the parties.

Also to a party without a share: that it is to get none is what it most needs to know.
"""

from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.rule import Nobody, Rule, Rules, Source, by_the_end_of, named
from services.notifications.rules.sources import ACTOR, HOLDERS, PARTIES, the_assets
from shared.calendar import legal_day
from shared.events import invention
from shared.events.concerned import Licensed
from shared.log.envelope import Envelope

SHARES: Final = named("shares")
NAMED_HOLDERS: Final = named("holders")
_FOLLOWS_FROM_A_DISPUTE: Final = Nobody("it follows from a dispute's own event, which alerts")
_FOLLOWS_FROM_A_CONTRIBUTION: Final = Nobody("it follows from a contribution's own event, which alerts")


def _licensees(envelope: Envelope, remembered: Remembered) -> set[str]:
    event = cast("invention.OwnershipTransferred | invention.TransferRescinded", envelope.data)
    circles = [remembered.circle(name) for name in the_assets(envelope)]
    return {each for circle in circles for each in circle.licensees_on(event.effective_on)}


def _licence(envelope: Envelope, _position: int, remembered: Remembered, recipient: str) -> str:
    """Link a licensee to its licence: the invention is not its to read."""
    event = cast("invention.OwnershipTransferred | invention.TransferRescinded", envelope.data)
    known = remembered.only(the_assets(envelope))
    licences = [each for name in the_assets(envelope) for each in known.circle(name).licences.items()]
    own = [
        name
        for name, licensed in sorted(licences)
        if licensed.licensee == recipient and licensed.period.covers(event.effective_on)
    ]
    return f"/v1/licences/{own[0]}"


def _transfer(envelope: Envelope, _position: int, _remembered: Remembered, _recipient: str) -> str:
    """Link whoever held by a transfer that is undone to that: what it held it has never held."""
    return f"/v1/transfers/{cast('invention.TransferRescinded', envelope.data).transfer}"


def _as_held(envelope: Envelope, position: int, _remembered: Remembered, _recipient: str) -> str:
    """Link whoever held by other shares to what it held, as known before: the ledger shows it that, and no more."""
    event = cast("invention.DeterminationAdopted | invention.DeterminationSuperseded", envelope.data)
    # What is superseded is told right after what takes its place.
    known = position - (1 if isinstance(event, invention.DeterminationAdopted) else 2)
    return f"/v1/assets/{event.invention}/timeline?known={known}"


def _still_licensed(envelope: Envelope, remembered: Remembered) -> set[str]:
    return {licensed.licensee for licensed in _not_ended(envelope, remembered).values()}


def _not_ended(envelope: Envelope, remembered: Remembered) -> dict[str, Licensed]:
    """Return the licences that last beyond the day of the event, begun or not."""
    day = legal_day(envelope.time)
    licences = [each for name in the_assets(envelope) for each in remembered.circle(name).licences.items()]
    return {name: each for name, each in licences if each.period.end is None or each.period.end > day}


def _licence_still(envelope: Envelope, _position: int, remembered: Remembered, recipient: str) -> str:
    """Link a licensee to the first of its licences that have not ended: the invention is not its to read."""
    licences = _not_ended(envelope, remembered.only(the_assets(envelope)))
    return f"/v1/licences/{min(name for name, each in licences.items() if each.licensee == recipient)}"


# Whom its licence is from has changed for whoever has one on that day.
LICENSEES: Final = Source("licensees on the day", _licensees, needs=the_assets, link=_licence)
# Other shares change it as well, and from which day on is for the replay of all transfers to say.
STILL_LICENSED: Final = Source(
    "licensees whose licence has not ended", _still_licensed, needs=the_assets, link=_licence_still
)
ATTESTING: Final = named("attesting_parties")

RULES: Final[Rules] = {
    invention.InventionDisclosed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    invention.InventionElementsDefined: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    invention.InventionContributionCounted: _FOLLOWS_FROM_A_CONTRIBUTION,
    invention.InventionContributionDropped: _FOLLOWS_FROM_A_CONTRIBUTION,
    invention.DeterminationProposed: Rule(
        "legal-critical",
        to=(PARTIES, SHARES, HOLDERS, ATTESTING),
        due=by_the_end_of("deemed_on"),
        awaits=(ATTESTING.but(ACTOR),),
    ),
    invention.DeterminationAttested: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    invention.DeterminationAttestationDeemed: Rule("legal-critical", to=(PARTIES, HOLDERS)),
    invention.DeterminationEscalated: Rule("legal-critical", to=(PARTIES, HOLDERS)),
    # Whoever holds it was told of the proposal.
    invention.DeterminationRejected: Rule("info", to=(PARTIES, HOLDERS), but=(ACTOR,)),
    invention.DeterminationAdopted: Rule(
        "legal-critical", to=(PARTIES, SHARES, HOLDERS.linked(_as_held), STILL_LICENSED)
    ),
    invention.DeterminationSuperseded: Rule("legal-critical", to=(PARTIES, HOLDERS, NAMED_HOLDERS.linked(_as_held))),
    invention.OwnershipTransferred: Rule("legal-critical", to=(PARTIES, NAMED_HOLDERS, HOLDERS, LICENSEES)),
    invention.TransferRescinded: Rule(
        "legal-critical", to=(PARTIES, NAMED_HOLDERS.linked(_transfer), HOLDERS.linked(_transfer), LICENSEES)
    ),
    invention.AssetFrozen: _FOLLOWS_FROM_A_DISPUTE,
    invention.AssetUnfrozen: _FOLLOWS_FROM_A_DISPUTE,
    invention.AssetLicensed: Nobody("it follows from a licence's own event, which alerts"),
}
