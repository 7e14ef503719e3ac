"""The affiliations, and what parties declare of themselves, as callers see them."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.affiliations.model import (
    AFFILIATION,
    DECLARATION,
    Declaration,
    DeclarationStatus,
    PartyDeclaration,
)
from services.agreements.repetition import Statement
from services.agreements.things import Can, Found, Thing
from shared.events.affiliation import AffiliationBasis
from shared.events.values import Period


class AffiliationsView(msgspec.Struct, frozen=True, kw_only=True):
    declared: tuple[Declaration, ...]
    version: int


class DeclarationView(msgspec.Struct, frozen=True, kw_only=True):
    """What one end of an affiliation declares, and what the other says of it."""

    declaration: str
    parent: str
    child: str
    basis: AffiliationBasis
    """Why the child belongs to the parent: by control, by a list that names it, or as a spin-off."""
    control_ratio: str | None
    accrual: bool
    period: Period
    status: DeclarationStatus
    declared_by: str
    declared_on: date
    confirm_by: date
    ended: Statement | None
    """Who declined or withdrew it, or ended what both had declared, and why; null where nobody did."""
    ends_on: date | None
    """The first day on which what both had declared holds no more, where one of them ended it."""
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: PartyDeclaration, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {"status": (state.status,), "party": state.ends}


AFFILIATIONS = Thing(AFFILIATION, AffiliationsView)
DECLARATIONS = Thing(DECLARATION, DeclarationView, "/v1/declarations/{declaration}", _found_by)
