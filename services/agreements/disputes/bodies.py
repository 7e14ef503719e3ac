"""What requests about disputes say."""

from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Holder, Id, Paragraph, RatioText
from shared.events.dispute import DisputeBasis, DisputeKind

_Vector = Annotated[dict[Holder, RatioText], Meta(min_length=1, max_length=50)]


class OpenDisputeBody(Body, frozen=True, kw_only=True):
    dispute: Id | None = None
    """The id it is to have; without one it is given one."""
    asset: Id
    kind: DisputeKind
    """What is disputed: who contributed (`AUTHORSHIP`), how large the shares are (`SHARE`) or who holds one
    (`HOLDER`).
    """
    position: _Vector | None = None
    """What the party says that the shares are, by holder; they sum to `1/1`. Left out where `contest` says it."""
    contest: Id | None = None
    """The id of an event that the party has contested: the holdings that it answered with are its position."""
    element: Id | None = None
    summary_hash: HashText


class FilePositionBody(Body, frozen=True, kw_only=True):
    position: _Vector
    """What the party says that the shares are, by holder; they sum to `1/1`."""
    holder: Id | None = None


class FileEvidenceBody(Body, frozen=True, kw_only=True):
    hash: HashText
    holder: Id | None = None


class WithdrawDisputeBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class ProposeResolutionBody(Body, frozen=True, kw_only=True):
    outcome: _Vector
    basis: DisputeBasis
    """How the outcome came about: agreed by both sides (`SETTLEMENT`), or laid down by whoever decided."""
    document_hash: HashText
    determination: Id | None = None
    """The id that the determination is to have by which the outcome becomes the shares; without one it is given one."""


class ConfirmResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    holder: Id | None = None
    determination: Id | None = None
    """The id that the determination is to have by which the outcome becomes the shares; without one it is given one."""


class ObjectToResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    holder: Id | None = None
    reason: Paragraph


class DeclineResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
    reason: Paragraph


class WithdrawResolutionBody(Body, frozen=True, kw_only=True):
    resolution_hash: HashText
