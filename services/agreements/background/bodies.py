"""What requests about background say."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, HashText, Id, Line, Paragraph, PeriodBody
from shared.events.background import AccessPrice, AccessPurpose, BackgroundKind

Restrictions = Annotated[tuple[Paragraph, ...], Meta(max_length=20)]


class DeclareBackgroundBody(Body, frozen=True, kw_only=True):
    agreement: Id
    kind: BackgroundKind
    """What is brought in: a patent, know-how, software, data and so on."""
    ref: Line
    """By what reference the item is found, such as the number of a patent."""
    restrictions: Restrictions = ()
    evidence_hash: HashText


class ContestBackgroundBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class RestrictBackgroundBody(Body, frozen=True, kw_only=True):
    restrictions: Restrictions
    excluded_purposes: Annotated[tuple[AccessPurpose, ...], Meta(max_length=2)] = ()


class WithdrawBackgroundBody(Body, frozen=True, kw_only=True):
    effective_on: date
    reason: Paragraph


class RequestAccessBody(Body, frozen=True, kw_only=True):
    request: Id | None = None
    purpose: AccessPurpose
    needed_for: Id


class GrantAccessBody(Body, frozen=True, kw_only=True):
    price: AccessPrice
    """On what condition access is granted."""
    period: PeriodBody
    terms_hash: HashText | None = None
    """The hash of the terms of access; null where there are none."""


class RefuseAccessBody(Body, frozen=True, kw_only=True):
    reason: Paragraph


class GiveUpAccessBody(Body, frozen=True, kw_only=True):
    on: date
    """The first day on which the party does not have access any more."""
