"""The affiliations as callers see them."""

import msgspec

from services.agreements.affiliations.model import Declaration


class AffiliationsView(msgspec.Struct, frozen=True, kw_only=True):
    declared: tuple[Declaration, ...]
    version: int
