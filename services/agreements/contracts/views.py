"""An agreement as its parties see it."""

import msgspec

from services.agreements.contracts.model import AgreementStatus, Signature, TermsInForce
from shared.contracts.agreement import AgreementKind


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    kind: AgreementKind
    title: str
    parties: tuple[str, ...]
    parent: str | None
    binding: bool
    ip_terms_binding: bool
    status: AgreementStatus
    terms_in_force: TermsInForce
    signatures: dict[str, Signature]
    version: int
