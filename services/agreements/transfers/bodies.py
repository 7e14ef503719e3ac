"""What requests about transfers say."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from services.agreements.fields import Body, Country, HashText, Holder, Id, Line, Paragraph, RatioText
from shared.events.transfer import Amount, TransferKind


class AmountBody(Amount, frozen=True, kw_only=True, forbid_unknown_fields=True):
    of_holding: RatioText | None = None
    of_whole: RatioText | None = None


class ProposeTransferBody(Body, frozen=True, kw_only=True):
    transfer: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: TransferKind = "ASSIGNMENT"
    """Whether a party assigns its share (`ASSIGNMENT`) or a person passes on by a deed what stayed with them (`DEED`).

    """
    assets: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=50)]
    source: Holder = msgspec.field(name="from")
    """The holder whose shares pass: a party, or `person:` and a pseudonym in a `DEED`."""
    to: Id
    """The id of the party to which the shares pass."""
    amount: AmountBody
    consideration: Line | None = None
    effective_on: date
    instrument_hash: HashText


class ConsentToTransferBody(Body, frozen=True, kw_only=True):
    transfer_hash: HashText
    holder: Id | None = None


class RefuseBody(Body, frozen=True, kw_only=True):
    reason: Paragraph
    holder: Id | None = None


class PreemptBody(Body, frozen=True, kw_only=True):
    portion: RatioText
    holder: Id | None = None


class RescindBody(Body, frozen=True, kw_only=True):
    ground: Paragraph


class FileRecordalBody(Body, frozen=True, kw_only=True):
    right: Id
    office: Country
    filed_on: date


class ConfirmRecordalBody(Body, frozen=True, kw_only=True):
    right: Id
    office: Country
    office_ref: Line
