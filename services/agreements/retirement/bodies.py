"""What callers send to give an invention up, or to keep it."""

from services.agreements.fields import Body, Id, Paragraph


class ProposeRetirementBody(Body, frozen=True, kw_only=True):
    holder: Id | None = None
    reason: Paragraph


class ConsentToRetirementBody(Body, frozen=True, kw_only=True):
    holder: Id | None = None


class OpposeRetirementBody(Body, frozen=True, kw_only=True):
    holder: Id | None = None
    reason: Paragraph
