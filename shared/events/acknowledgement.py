"""What a party's system answers to an event that says who owns an asset."""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event

Verdict = Literal["ACCEPT", "CONTEST"]


@event("agreements.OwnershipAcknowledged.v1", entity="acknowledgement")
class OwnershipAcknowledged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party said that what it worked out from an event about ownership is what stands (ACCEPT), or is not (CONTEST).

    `holdings` are what it worked out for the day `held_on` from everything up to the event `answers`, at `position`;
    `holdings_hash` is taken over their canonical JSON. An ACCEPT is of the holdings that stand; of a CONTEST,
    `contested` are those. Nothing is decided by it; a party that has contested may accept later, and not the reverse.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    party: str
    answers: str
    position: int
    held_on: date
    holdings: dict[str, str]
    holdings_hash: str
    verdict: Verdict
    contested: dict[str, str] | None = None
    note_hash: str | None = None
