"""An item of background, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.background.errors import BackgroundNotFound
from services.agreements.creation import origin_of
from shared.canonical import content_hash
from shared.events.background import (
    AccessEnded,
    AccessGranted,
    AccessPrice,
    AccessPurpose,
    AccessRefused,
    AccessRequested,
    BackgroundAgreed,
    BackgroundContested,
    BackgroundDeclared,
    BackgroundKind,
    BackgroundRestricted,
    BackgroundWithdrawn,
)
from shared.events.registry import Event
from shared.events.values import Period
from shared.log.aggregate import Aggregate


class BackgroundStatus(StrEnum):
    DECLARED = "DECLARED"
    AGREED = "AGREED"
    CONTESTED = "CONTESTED"
    RESTRICTED = "RESTRICTED"
    WITHDRAWN = "WITHDRAWN"


class AccessStatus(StrEnum):
    REQUESTED = "REQUESTED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a party contests an item; `claims` if it says that the item is its own."""

    reason: str | None
    """Why the party contests the item; null where it claims it."""
    claims: bool
    evidence_hash: str | None
    """The hash of the evidence of its claim; null where it makes none."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and what became of it."""

    by_party: str
    purpose: AccessPurpose
    needed_for: str
    status: AccessStatus
    price: AccessPrice | None = None
    terms_hash: str | None = None
    """The hash of the terms of access; null where there are none."""
    period: Period | None = None
    """The days on which there is access; null while it is not granted."""
    refused_because: str | None = None


class BackgroundItem(msgspec.Struct, frozen=True, kw_only=True):
    item: str
    agreement: str
    parties: tuple[str, ...]
    owner_party: str
    kind: BackgroundKind
    ref: str
    restrictions: tuple[str, ...]
    evidence_hash: str
    status: BackgroundStatus
    agreed_by: tuple[str, ...]
    contested_by: dict[str, Objection]
    restricted: bool
    excluded_purposes: tuple[AccessPurpose, ...]
    withdrawn_on: date | None
    withdrawn_because: str | None
    # By the request's id; bounded by TooManyRequests.
    access: dict[str, Access]
    origin: str

    def ends_on(self, access: Access) -> date | None:
        """Return the day from which a granted access is over, as far as is known now.

        Withdrawing an item cuts nothing that was granted to implement a project.
        """
        if access.status is not AccessStatus.GRANTED or access.period is None:
            return None
        cut = self.withdrawn_on if access.purpose == "EXPLOIT" else None
        return min((day for day in (access.period.end, cut) if day is not None), default=None)


def item_id(agreement: str, ref: str) -> str:
    """Return the id of an item: two parties that declare the same reference, however they write it, meet there."""
    return f"bkg-{content_hash([agreement, spelling_of(ref)])[7:39]}"


def spelling_of(ref: str) -> str:
    """Return what tells one reference from another: its letters and digits."""
    return "".join(character for character in ref.casefold() if character.isalnum())


def next_due(state: BackgroundItem) -> date | None:
    """Return the next day on which time alone ends an access."""
    return min((day for access in state.access.values() if (day := state.ends_on(access))), default=None)


def evolve(state: BackgroundItem | None, event: Event) -> BackgroundItem:
    if isinstance(event, BackgroundDeclared):
        return _declared(event)
    assert state is not None
    changes: dict[str, object] = {}
    match event:
        case BackgroundAgreed():
            changes["parties"] = event.parties
            changes["agreed_by"] = (*(party for party in state.agreed_by if party != event.party), event.party)
            changes["contested_by"] = {p: why for p, why in state.contested_by.items() if p != event.party}
        case BackgroundContested():
            why = Objection(reason=event.reason, claims=event.claims, evidence_hash=event.evidence_hash)
            changes["agreed_by"] = tuple(party for party in state.agreed_by if party != event.party)
            changes["contested_by"] = {**state.contested_by, event.party: why}
        case BackgroundRestricted():
            changes["restricted"] = True
            changes["restrictions"] = event.restrictions
            changes["excluded_purposes"] = event.excluded_purposes
        case BackgroundWithdrawn():
            changes["withdrawn_on"] = event.effective_on
            changes["withdrawn_because"] = event.reason
        case AccessRequested() | AccessGranted() | AccessRefused() | AccessEnded():
            changes["access"] = {**state.access, **_access(state, event)}
    after = msgspec.structs.replace(state, **changes)
    return msgspec.structs.replace(after, status=_status(after))


def _declared(event: BackgroundDeclared) -> BackgroundItem:
    return BackgroundItem(
        item=event.item,
        agreement=event.agreement,
        parties=event.parties,
        owner_party=event.owner_party,
        kind=event.kind,
        ref=event.ref,
        restrictions=event.restrictions,
        evidence_hash=event.evidence_hash,
        status=BackgroundStatus.DECLARED,
        agreed_by=(),
        contested_by={},
        restricted=False,
        excluded_purposes=(),
        withdrawn_on=None,
        withdrawn_because=None,
        access={},
        origin=origin_of(event),
    )


def _access(
    state: BackgroundItem, event: AccessRequested | AccessGranted | AccessRefused | AccessEnded
) -> dict[str, Access]:
    if isinstance(event, AccessRequested):
        asked = Access(
            by_party=event.by_party,
            purpose=event.purpose,
            needed_for=event.needed_for,
            status=AccessStatus.REQUESTED,
        )
        return {event.request: asked}
    known = state.access.get(event.request)
    if known is None:
        return {}
    changes: dict[str, object] = {}
    match event:
        case AccessGranted():
            changes = {
                "status": AccessStatus.GRANTED,
                "price": event.price,
                "terms_hash": event.terms_hash,
                "period": event.period,
            }
        case AccessRefused():
            changes = {"status": AccessStatus.REFUSED, "refused_because": event.reason}
        case AccessEnded():
            period = Period(start=known.period.start, end=event.on) if known.period else None
            changes = {"status": AccessStatus.ENDED, "period": period}
    return {event.request: msgspec.structs.replace(known, **changes)}


def _status(state: BackgroundItem) -> BackgroundStatus:
    if state.withdrawn_on is not None:
        return BackgroundStatus.WITHDRAWN
    if state.contested_by:
        return BackgroundStatus.CONTESTED
    if state.restricted:
        return BackgroundStatus.RESTRICTED
    everybody = set(state.parties) - {state.owner_party} <= set(state.agreed_by)
    return BackgroundStatus.AGREED if everybody else BackgroundStatus.DECLARED


BACKGROUND = Aggregate("background", BackgroundItem, evolve, BackgroundNotFound)
