"""What happens to a transfer, from its proposal to its recordal; what it moves is told on the asset's own stream."""

from datetime import date
from typing import Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import CalendarTerms, ConsentRule, NoticeMethod

TransferKind = Literal["ASSIGNMENT", "DEED"]


class Amount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much passes: a fraction of what the transferor holds, or of the whole asset; exactly one of them."""

    of_holding: str | None = None
    of_whole: str | None = None


class Conveyance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How shares came to pass: by which instrument, in exactly which proposal, and by whose word.

    `consents` are those that were given to the proposal with this hash, the transferor's own among them; `rule` is what
    was asked of the holders, None for a person's deed, of which nobody is asked. `notice` is the event, the proposal
    itself, of which the others had notice where the rule gave them time; null where it gave none, or said the day.
    """

    transfer_hash: str
    instrument_hash: str
    consents: tuple[str, ...]
    rule: ConsentRule | None = None
    notice: str | None = None


@event("agreements.TransferProposed.v1", entity="transfer")
class TransferProposed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A transferor wants to pass on shares, which is notice to the other holders and its own consent.

    `from` is a party, or `person:<id>` in a DEED. `rule` is the terms' rule for this act on the day of the proposal;
    `transfer_hash` is taken over the fields that others consent to. Where the rule gives time, each holder in
    `notice_to` has its own, since it is on notice of this by `notice_method`; business days are counted by `calendar`.
    Without a method it was proposed before notice was proven: all have the same time, since `noticed_on`.
    """

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    kind: TransferKind
    assets: tuple[str, ...]
    source: str = msgspec.field(name="from")
    to: str
    amount: Amount
    consideration: str | None
    effective_on: date
    instrument_hash: str
    between_affiliates: bool
    rule: ConsentRule
    transfer_hash: str
    noticed_on: date
    proposed_by_party: str
    proposed_by: str
    # By the rule LEAD_DEEMED, the last day on which a holder may refuse, of what was proposed before notice was proven;
    # silence until its end is consent.
    deemed_on: date | None = None
    notice_method: NoticeMethod | None = None
    notice_to: tuple[str, ...] = ()
    calendar: CalendarTerms | None = None


@event("agreements.TransferConsentGiven.v1", entity="transfer")
class TransferConsentGiven(Event, frozen=True, kw_only=True):
    """A holder consented to exactly the transfer with this hash."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    party: str
    person: str
    transfer_hash: str


@event("agreements.TransferConsented.v1", entity="transfer")
class TransferConsented(Event, frozen=True, kw_only=True):
    """The consents that the terms ask for have been given; the shares of the day it is executed on decide again."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    consents: tuple[str, ...]


@event("agreements.TransferConsentDeemedGiven.v1", entity="transfer")
class TransferConsentDeemedGiven(Event, frozen=True, kw_only=True):
    """No holder refused in time: whoever was silent has consented, on the last day on which it could have refused."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    deemed_on: date


@event("agreements.TransferRefused.v1", entity="transfer")
class TransferRefused(Event, frozen=True, kw_only=True):
    """A holder refused its consent, or the transferor took the proposal back; it will not be executed."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    party: str
    reason: str


@event("agreements.PreemptionExercised.v1", entity="transfer")
class PreemptionExercised(Event, frozen=True, kw_only=True):
    """A co-holder takes a portion of what was to pass to somebody else; `portion` is a fraction of that."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    party: str
    person: str
    portion: str


@event("agreements.TransferExecuted.v1", entity="transfer")
class TransferExecuted(Event, frozen=True, kw_only=True):
    """The transfer took place; each asset's stream tells by `OwnershipTransferred` what moved."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    effective_on: date
    consents: tuple[str, ...]


@event("agreements.TransferUndone.v1", entity="transfer")
class TransferUndone(Event, frozen=True, kw_only=True):
    """The transfer was rescinded from its own day on; each asset's stream tells so by `TransferRescinded`."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    effective_on: date
    ground: str
    party: str


@event("agreements.RecordalFiled.v1", entity="transfer")
class RecordalFiled(Event, frozen=True, kw_only=True):
    """The executed transfer was filed for recordal at an office (a WIPO ST.3 code)."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    right: str
    office: str
    filed_on: date


@event("agreements.RecordalConfirmed.v1", entity="transfer")
class RecordalConfirmed(Event, frozen=True, kw_only=True):
    """The office confirmed the recordal under a reference of its own."""

    agreement: str
    parties: tuple[str, ...]
    transfer: str
    right: str
    office: str
    office_ref: str
