"""An invention as its agreement's parties see it."""

from datetime import date
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.inventions.model import (
    INVENTION,
    AdoptedDetermination,
    Freeze,
    Invention,
    InventionStatus,
    OpenDetermination,
    Retirement,
)
from services.agreements.ownership.account import Account, holders_since
from services.agreements.things import Can, Found, Thing
from shared.events.invention import Alarm, Derivation, DeterminationInputs, Element, InventionClass


class InventionView(msgspec.Struct, frozen=True, kw_only=True):
    invention: str
    agreement: str
    project: str
    parties: tuple[str, ...]
    """The ids of the parties of its project."""
    title: str | None
    """The title; null where it is confidential and `title_hash` is given."""
    title_hash: str | None
    conceived_on: date
    disclosed_on: date
    class_: InventionClass = msgspec.field(name="class")
    confidentiality: Literal["OPEN", "CONFIDENTIAL"]
    status: InventionStatus
    elements: tuple[Element, ...]
    counted: dict[str, str]
    open: OpenDetermination | None
    adopted: AdoptedDetermination | None
    account: Account
    disputes: dict[str, Freeze]
    """What each open dispute forbids, by the dispute's id."""
    escalates_on: date | None
    retirement: Retirement | None
    retired_on: date | None
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Invention, since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "project": (state.project,),
        "holder": (holders := holders_since(state.account, since)),
        "party": {*state.parties, *holders, *(state.open.attesting_parties if state.open else ())},
    }


INVENTIONS = Thing(INVENTION, InventionView, "/v1/inventions/{invention}", _found_by)


class DerivationView(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from all that stands now. An open determination with this `inputs_hash` was computed from it."""

    inputs: DeterminationInputs
    inputs_hash: str
    """The hash of `inputs`; an open determination with the same was computed from them."""
    shares: dict[str, str]
    derivation: Derivation
    alarms: tuple[Alarm, ...]
    gaps: tuple[str, ...]
