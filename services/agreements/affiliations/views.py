"""The affiliations as callers see them."""

import msgspec

from services.agreements.affiliations.model import AFFILIATION, Declaration
from services.agreements.things import Thing


class AffiliationsView(msgspec.Struct, frozen=True, kw_only=True):
    declared: tuple[Declaration, ...]
    version: int


AFFILIATIONS = Thing(AFFILIATION, AffiliationsView)
