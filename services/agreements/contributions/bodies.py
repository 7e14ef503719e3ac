"""What requests about contributions say."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.contributions.decisions import Particulars
from services.agreements.fields import Body, HashText, Id, MediaType, Paragraph, RatioText, published
from shared.events.contribution import ContributionKind, CreditRole, Evidence


class EvidenceBody(Evidence, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hash: HashText
    media_type: MediaType


class ParticularsBody(Body, frozen=True, kw_only=True):
    element: Id | None = None
    contributor: Id
    kind: ContributionKind
    """Whether it counts for ownership (`INVENTIVE`) or is recorded for credit alone."""
    credit_roles: Annotated[tuple[CreditRole, ...], Meta(max_length=14)] = ()
    points: RatioText | None = None
    conceived_on: date
    description_hash: HashText
    evidence: Annotated[tuple[EvidenceBody, ...], Meta(max_length=50)] = ()

    @property
    def particulars(self) -> Particulars:
        return Particulars(
            element=self.element,
            contributor=self.contributor,
            kind=self.kind,
            credit_roles=self.credit_roles,
            points=self.points,
            conceived_on=self.conceived_on,
            description_hash=self.description_hash,
            evidence=tuple(published(each, Evidence) for each in self.evidence),
        )


class RecordContributionBody(ParticularsBody, frozen=True, kw_only=True):
    contribution: Id | None = None
    """The id it is to have; without one it is given one."""
    project: Id
    invention: Id | None = None
    """The id of the invention; null for a contribution to the project at large."""


class AttestContributionBody(Body, frozen=True, kw_only=True):
    content_hash: HashText


class ContestContributionBody(Body, frozen=True, kw_only=True):
    content_hash: HashText
    reason: Paragraph
    proposed_points: RatioText | None = None


class WithdrawContributionBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
