"""A licence as its agreement's parties see it."""

from datetime import date

import msgspec

from services.agreements.licences.model import LicenceStatus
from shared.contracts.licence import LicenceKind, Scope


class LicenceView(msgspec.Struct, frozen=True, kw_only=True):
    licence: str
    agreement: str
    parties: tuple[str, ...]
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    document_hash: str
    terms_hash: str
    drafted_by_party: str
    noticed_on: date
    consents: dict[str, str]
    status: LicenceStatus
    effective_on: date | None
    version: int
