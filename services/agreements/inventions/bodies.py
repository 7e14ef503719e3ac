"""What requests about inventions say."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.agreements.fields import Body, HashText, Id, Line, Paragraph, RatioText
from shared.events.invention import Element, InventionClass


class DiscloseInventionBody(Body, frozen=True, kw_only=True):
    invention: Id | None = None
    """The id it is to have; without one it is given one."""
    project: Id
    title: Line | None = None
    """The title; null where it is confidential and `title_hash` is given."""
    title_hash: HashText | None = None
    conceived_on: date
    disclosed_on: date | None = None
    class_: InventionClass | None = msgspec.field(name="class", default=None)
    confidentiality: Literal["OPEN", "CONFIDENTIAL"] = "CONFIDENTIAL"


class ElementBody(Element, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    """The id of the element within its invention."""
    weight: RatioText
    ref: Line | None = None


class DefineElementsBody(Body, frozen=True, kw_only=True):
    elements: Annotated[tuple[ElementBody, ...], Meta(min_length=1, max_length=50)]


class ProposeDeterminationBody(Body, frozen=True, kw_only=True):
    determination: Id | None = None
    """The id it is to have; without one it is given one."""
    shares: Annotated[dict[Id, RatioText], Meta(min_length=1, max_length=50)] | None = None
    """The shares that were agreed, for the method `AGREED`; by every other they are computed."""
    effective_on: date | None = None
    """The legal day from which the shares are to hold; null for the day of conception."""


class AttestDeterminationBody(Body, frozen=True, kw_only=True):
    det_hash: HashText


class RejectDeterminationBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
