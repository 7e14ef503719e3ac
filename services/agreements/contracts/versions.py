"""Terms in their versions: the first, and those that amendments propose."""

from datetime import date
from enum import StrEnum

import msgspec

from shared.calendar import day_after, months_after
from shared.events.agreement import (
    AgreementSigned,
    AmendmentProposed,
    AmendmentSigned,
    SurvivingClause,
    TermChange,
    TermsVersionDrafted,
)
from shared.events.terms import SurvivalTerm, Terms
from shared.events.values import Period


class TermsInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The terms version that stands: drafted, proposed or agreed, as the agreement's status says."""

    terms_version: int
    terms: Terms
    period: Period
    document_hash: str
    terms_hash: str

    @classmethod
    def of(cls, event: TermsVersionDrafted | AmendmentProposed, terms_hash: str) -> "TermsInForce":
        return cls(
            terms_version=event.terms_version,
            terms=event.terms,
            period=event.period,
            document_hash=event.document_hash,
            terms_hash=terms_hash,
        )


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    person: str
    signed_on: date
    signature: str | None = None

    @classmethod
    def of(cls, event: AgreementSigned | AmendmentSigned) -> "Signature":
        return cls(person=event.person, signed_on=event.signed_on, signature=event.signature)


class AgreedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Terms and the day from which they stand; `until` is the agreement's end by them and by renewals of them."""

    effective_on: date
    until: date | None
    amendment: int | None
    in_force: TermsInForce

    @classmethod
    def first(cls, terms: TermsInForce) -> "AgreedVersion":
        return cls(effective_on=terms.period.start, until=terms.period.end, amendment=None, in_force=terms)


class AmendmentStatus(StrEnum):
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    IN_EFFECT = "IN_EFFECT"
    LAPSED = "LAPSED"


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    no: int
    status: AmendmentStatus
    proposed_by_party: str
    base_terms: int
    version: AgreedVersion
    """The terms that it brings, and from when they stand."""
    acceding: tuple[str, ...]
    signatories: tuple[str, ...]
    diff: tuple[TermChange, ...]
    signatures: dict[str, Signature]

    @classmethod
    def of(cls, event: AmendmentProposed) -> "Amendment":
        in_force = TermsInForce.of(event, event.new_terms_hash)
        return cls(
            no=event.no,
            status=AmendmentStatus.PROPOSED,
            proposed_by_party=event.proposed_by_party,
            base_terms=event.base_terms,
            version=AgreedVersion(
                effective_on=event.effective_on, until=event.period.end, amendment=event.no, in_force=in_force
            ),
            acceding=event.acceding,
            signatories=event.signatories,
            diff=event.diff,
            signatures={},
        )

    @property
    def complete(self) -> bool:
        """Tell whether every party that must has signed."""
        return set(self.signatories) <= set(self.signatures)

    @property
    def due_on(self) -> date:
        """The day on which it takes effect, or lapses if it is not signed by all: it may be signed on its day."""
        day = self.version.effective_on
        return day if self.complete else day_after(day) or day

    def signed(self, party: str, signature: Signature) -> "Amendment":
        after = msgspec.structs.replace(self, signatures={**self.signatures, party: signature})
        return msgspec.structs.replace(after, status=AmendmentStatus.AGREED) if after.complete else after


def surviving(terms: tuple[SurvivalTerm, ...], end: date) -> tuple[SurvivingClause, ...]:
    """Return until when each clause goes on after an agreement's end."""
    return tuple(
        SurvivingClause(clause=term.clause, until=None if term.months is None else months_after(end, term.months))
        for term in terms
    )
