"""Situations with a holder from outside the agreement: EGU, which bought a share, and whatever is done for it."""

from datetime import date
from functools import partial
from typing import Any

from services.agreements.disputes.model import DISPUTE
from services.agreements.licences.model import LICENCE
from services.agreements.transfers import decisions, handling
from services.agreements.transfers.model import TRANSFER
from shared.events.transfer import Amount
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import CONCEIVED, EGU
from tests.agreements.desk import Desk

# A party under whose control EGU comes, and which is in nothing else.
KPD = type(EGU)("KPD-REP", "KPD")


def sold(transfer: str = "SALE", to: str = "EGU", amount: str = "1/2", **changed: Any) -> Work:
    """Propose that HUT passes a part of what it holds on to somebody from outside."""
    fields = {"transfer": transfer, "to": to, "amount": Amount(of_holding=amount), "effective_on": CONCEIVED}
    return owners.transfer_proposed(**{**fields, **changed})


async def consented(desk: Desk, transfer: str, by: Any, holder: str | None = None) -> Work:
    transfer_hash = (await desk.state(TRANSFER, transfer)).transfer_hash
    return owners.transfer_consented(transfer_hash, transfer, by=by, holder=holder or by.party)


def refused(transfer: str, by: Any, holder: str | None = None) -> Work:
    command = owners.refusing(by=by, holder=holder or by.party)
    return partial(handling.on_assets, transfer=transfer, command=command, decide=decisions.refuse_transfer)


async def a_holder_from_outside(**agreed: Any) -> Desk:
    """Give a desk at which HUT and EGU hold halves, and EGU is in no agreement."""
    desk = await at.a_determination(**agreed)
    await desk.does(at.registered("KPD"))
    await desk.does(sold())
    await desk.does(owners.transfer_executed("SALE"))
    return desk


async def under_control(desk: Desk) -> Desk:
    """Put EGU under the control of KPD."""
    await desk.does(owners.affiliated("KPD", "EGU"))
    return desk


async def licence_hash(desk: Desk, licence: str = "LIC") -> str:
    return str((await desk.state(LICENCE, licence)).terms_hash)


async def resolution_hash(desk: Desk) -> str:
    return str((await desk.state(DISPUTE, "DSP")).resolution.resolution_hash)


LATER = date(2025, 7, 1)
