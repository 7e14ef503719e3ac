"""A transfer as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.notices.model import Silence
from services.agreements.things import Can, Found, Thing
from services.agreements.transfers.model import TRANSFER, Recordal, Transfer, TransferStatus
from shared.events.terms import ConsentRule, NoticeMethod
from shared.events.transfer import Amount, TransferKind


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    transfer: str
    agreement: str
    parties: tuple[str, ...]
    kind: TransferKind
    """Whether a party assigns its share (`ASSIGNMENT`) or a person passes on by a deed what stayed with them (`DEED`).

    """
    assets: tuple[str, ...]
    source: str = msgspec.field(name="from")
    """The holder whose shares pass: a party, or `person:` and a pseudonym in a `DEED`."""
    to: str
    """The id of the party to which the shares pass."""
    amount: Amount
    consideration: str | None
    effective_on: date
    instrument_hash: str
    between_affiliates: bool
    rule: ConsentRule
    transfer_hash: str
    noticed_on: date
    deemed_on: date | None
    notice_method: NoticeMethod | None
    notice_to: tuple[str, ...]
    silence: Silence | None
    """Until when those may speak that are on notice of it; null where the rule gives no time, or a day is said."""
    proposed_by_party: str
    consents: dict[str, str]
    """Who consented: the person, by holder; proposing is the transferor's consent."""
    preemptions: dict[str, str]
    recordals: tuple[Recordal, ...]
    status: TransferStatus
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Transfer, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "asset": state.assets,
        "party": state.taking_part,
    }


TRANSFERS = Thing(TRANSFER, TransferView, "/v1/transfers/{transfer}", _found_by)
