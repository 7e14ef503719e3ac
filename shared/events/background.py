"""What happens to background: what a party brings in, whether the others agree that it is its, and who may use it.

An item's id is made from its agreement and its reference, so two parties that declare the same thing meet there.
"""

from datetime import date
from typing import Literal

from shared.events.registry import Event, event
from shared.events.values import Period

BackgroundKind = Literal["PATENT", "KNOW_HOW", "SOFTWARE", "DATA", "MATERIAL", "DESIGN", "OTHER"]
AccessPurpose = Literal["IMPLEMENT", "EXPLOIT"]
AccessPrice = Literal["ROYALTY_FREE", "FAIR_REASONABLE", "TERMS"]
AccessEnd = Literal["PERIOD_OVER", "GIVEN_UP", "WITHDRAWN"]


@event("agreements.BackgroundDeclared.v1", entity="background")
class BackgroundDeclared(Event, frozen=True, kw_only=True):
    """A party says what it brings in, and what of it others must not expect."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    owner_party: str
    kind: BackgroundKind
    ref: str
    restrictions: tuple[str, ...]
    evidence_hash: str


@event("agreements.BackgroundAgreed.v1", entity="background")
class BackgroundAgreed(Event, frozen=True, kw_only=True):
    """A party agrees that the item is its owner's background; an earlier objection of the party is over."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    party: str
    person: str


@event("agreements.BackgroundContested.v1", entity="background")
class BackgroundContested(Event, frozen=True, kw_only=True):
    """A party does not agree, or `claims` the item as its own background, by the evidence with this hash."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    party: str
    reason: str | None
    claims: bool
    evidence_hash: str | None


@event("agreements.BackgroundRestricted.v1", entity="background")
class BackgroundRestricted(Event, frozen=True, kw_only=True):
    """The owner restricts what may be asked for from now on; access that was granted goes on."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    restrictions: tuple[str, ...]
    excluded_purposes: tuple[AccessPurpose, ...]


@event("agreements.BackgroundWithdrawn.v1", entity="background")
class BackgroundWithdrawn(Event, frozen=True, kw_only=True):
    """From the day `effective_on` the owner brings the item in no more; access to implement goes on all the same."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    effective_on: date
    reason: str


@event("agreements.AccessRequested.v1", entity="background")
class AccessRequested(Event, frozen=True, kw_only=True):
    """A party asks to use the item for a project (IMPLEMENT) or for what came out of one (EXPLOIT).

    `open_until` is the day from which no such request can be made any more, where one is known.
    """

    agreement: str
    item: str
    parties: tuple[str, ...]
    request: str
    owner_party: str
    by_party: str
    purpose: AccessPurpose
    needed_for: str
    open_until: date | None


@event("agreements.AccessGranted.v1", entity="background")
class AccessGranted(Event, frozen=True, kw_only=True):
    """The owner lets the party use the item, for what it asked, for a period."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    request: str
    owner_party: str
    to_party: str
    purpose: AccessPurpose
    price: AccessPrice
    period: Period
    terms_hash: str | None


@event("agreements.AccessRefused.v1", entity="background")
class AccessRefused(Event, frozen=True, kw_only=True):
    """The owner does not let the party use the item."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    request: str
    owner_party: str
    to_party: str
    reason: str


@event("agreements.AccessEnded.v1", entity="background")
class AccessEnded(Event, frozen=True, kw_only=True):
    """From the day `on` the party may use the item no more: see `cause`."""

    agreement: str
    item: str
    parties: tuple[str, ...]
    request: str
    owner_party: str
    to_party: str
    on: date
    cause: AccessEnd
