"""What requests about disputes say."""

from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Holder, Id, Paragraph, RatioText
from shared.events.dispute import DisputeBasis, DisputeKind

_Vector = Annotated[dict[Holder, RatioText], Meta(min_length=1, max_length=50)]


class OpenDisputeBody(Body, frozen=True, kw_only=True):
    dispute: Id | None = None
    asset: Id
    kind: DisputeKind
    position: _Vector
    element: Id | None = None
    summary_hash: HashText


class FilePositionBody(Body, frozen=True, kw_only=True):
    position: _Vector
    holder: Id | None = None


class FileEvidenceBody(Body, frozen=True, kw_only=True):
    hash: HashText
    holder: Id | None = None


class WithdrawDisputeBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class ProposeResolutionBody(Body, frozen=True, kw_only=True):
    outcome: _Vector
    basis: DisputeBasis
    document_hash: HashText
    determination: Id | None = None


class ConfirmResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    holder: Id | None = None
    determination: Id | None = None


class ObjectToResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    holder: Id | None = None
    reason: Paragraph


class DeclineResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    reason: Paragraph


class WithdrawResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
