"""An item of background as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.background.model import BACKGROUND, Access, BackgroundItem, BackgroundStatus, Objection
from services.agreements.things import Can, Found, Thing
from shared.events.background import AccessPurpose, BackgroundKind


class BackgroundView(msgspec.Struct, frozen=True, kw_only=True):
    item: str
    agreement: str
    owner_party: str
    kind: BackgroundKind
    """What is brought in: a patent, know-how, software, data and so on."""
    ref: str
    restrictions: tuple[str, ...]
    evidence_hash: str
    status: BackgroundStatus
    agreed_by: tuple[str, ...]
    contested_by: dict[str, Objection]
    excluded_purposes: tuple[AccessPurpose, ...]
    withdrawn_on: date | None
    access: dict[str, Access]
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: BackgroundItem, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "owner": (state.owner_party,),
        "party": {state.owner_party, *state.parties},
    }


ITEMS = Thing(BACKGROUND, BackgroundView, "/v1/background/{item}", _found_by)
