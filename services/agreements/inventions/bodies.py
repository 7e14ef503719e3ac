"""What requests about inventions say."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.agreements.fields import Body, HashText, Id, Line, Paragraph, RatioText
from shared.events.invention import Element, InventionClass


class DiscloseInventionBody(Body, frozen=True, kw_only=True):
    invention: Id | None = None
    project: Id
    title: Line | None = None
    title_hash: HashText | None = None
    conceived_on: date
    disclosed_on: date | None = None
    class_: InventionClass | None = msgspec.field(name="class", default=None)
    confidentiality: Literal["OPEN", "CONFIDENTIAL"] = "CONFIDENTIAL"


class ElementBody(Element, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    weight: RatioText
    ref: Line | None = None


class DefineElementsBody(Body, frozen=True, kw_only=True):
    elements: Annotated[tuple[ElementBody, ...], Meta(min_length=1, max_length=50)]


class ProposeDeterminationBody(Body, frozen=True, kw_only=True):
    determination: Id | None = None
    shares: Annotated[dict[Id, RatioText], Meta(min_length=1, max_length=50)] | None = None
    effective_on: date | None = None


class AttestDeterminationBody(Body, frozen=True, kw_only=True):
    det_hash: HashText


class RejectDeterminationBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
