"""What callers send of affiliations."""

from datetime import date

from services.agreements.fields import Body, Id, Paragraph, PeriodBody, RatioText
from shared.events.affiliation import AffiliationBasis


class DeclareAffiliationBody(Body, frozen=True, kw_only=True):
    parent: Id
    child: Id
    basis: AffiliationBasis
    """Why the child belongs to the parent: by control, by a list that names it, or as a spin-off."""
    control_ratio: RatioText | None = None
    accrual: bool = True
    period: PeriodBody


class EndAffiliationBody(Body, frozen=True, kw_only=True):
    parent: Id
    child: Id
    to: date
    """The first day on which the one does not control the other any more."""


class MakeDeclarationBody(DeclareAffiliationBody, frozen=True, kw_only=True):
    declaration: Id | None = None


class EndDeclaredBody(Body, frozen=True, kw_only=True):
    to: date
    """The first day on which the one does not control the other any more."""
    reason: Paragraph


class EndDeclarationBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
