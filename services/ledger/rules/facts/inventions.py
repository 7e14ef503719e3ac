"""What was invented, where and when; what is disputed or given up of it; and the account of who holds it."""

from dataclasses import dataclass, field
from datetime import date
from functools import singledispatchmethod

from services.ledger.rules.account import Account, determination_of, transfer_of
from shared.events.invention import (
    AssetFrozen,
    AssetUnfrozen,
    DeterminationAdopted,
    Element,
    InventionDisclosed,
    InventionElementsDefined,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.registry import Event
from shared.events.retirement import InventionRetired


@dataclass
class Invention:
    """An invention as disclosed, and what became of it."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    conceived_on: date
    account: Account
    elements: tuple[Element, ...] = ()
    disputes: set[str] = field(default_factory=set)
    retired: bool = False
    # How often it was disclosed.
    times: int = 1


class Inventions:
    """The inventions that entries tell of."""

    def __init__(self) -> None:
        self.disclosed: dict[str, Invention] = {}

    def read(self, data: Event, position: int) -> None:
        """Take in what an event says."""
        self._read(data, position)

    @singledispatchmethod
    def _read(self, data: Event, position: int) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: InventionDisclosed, position: int) -> None:
        if known := self.disclosed.get(data.invention):
            known.times += 1
            return
        account = Account(data.conceived_on, position)
        self.disclosed[data.invention] = Invention(
            data.agreement, data.project, data.parties, data.conceived_on, account
        )

    @_read.register
    def _(self, data: InventionElementsDefined, _position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.elements = data.elements

    @_read.register
    def _(self, data: AssetFrozen, _position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.disputes.add(data.dispute)

    @_read.register
    def _(self, data: AssetUnfrozen, _position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.disputes.discard(data.dispute)

    @_read.register
    def _(self, data: InventionRetired, _position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.retired = True

    # -- the account --------------------------------------------------------------------------------------------------

    @_read.register
    def _(self, data: DeterminationAdopted, position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.account.determine(determination_of(data, position))

    @_read.register
    def _(self, data: OwnershipTransferred, position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.account.transfer(transfer_of(data, position))

    @_read.register
    def _(self, data: TransferRescinded, _position: int) -> None:
        if invention := self.disclosed.get(data.invention):
            invention.account.rescind(data.transfer)
