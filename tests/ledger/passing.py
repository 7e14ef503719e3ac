"""What passes from one to another in a story, and what is given up: proposed, consented to, executed, undone."""

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Any, Final, TypeVar

import msgspec

from services.ledger.rules.stated import hash_of_content
from shared.calendar import legal_day
from shared.events.invention import OwnershipTransferred, TransferRescinded
from shared.events.party import PartyRegistered
from shared.events.registry import Event
from shared.events.retirement import InventionRetired, RetirementConsentGiven, RetirementProposed
from shared.events.terms import ConsentRule, NoticeMethod
from shared.events.transfer import (
    Amount,
    Conveyance,
    PreemptionExercised,
    TransferConsentGiven,
    TransferExecuted,
    TransferProposed,
    TransferRefused,
    TransferUndone,
)
from shared.log.envelope import NO_AGREEMENT, Envelope
from tests.docs.made import made

E = TypeVar("E", bound=Event)
HASH: Final = "sha256:" + "0" * 64
PARTIES: Final = ("HUT", "ATRC")
HALF: Final = Amount(of_holding="1/2")
FREE: Final = ConsentRule(rule="NONE")
EVERYBODY: Final = ConsentRule(rule="UNANIMOUS")


def stating(data: E) -> E:
    """Return an event that states the hash of its own content."""
    stated = {"det_hash", "resolution_hash", "transfer_hash", "terms_hash", "new_terms_hash", "content_hash"}
    stated.add("holdings_hash")
    (name,) = stated & {field.name for field in msgspec.structs.fields(data)}
    return msgspec.structs.replace(data, **{name: hash_of_content(data)})


class Passing(ABC):
    """Tells of transfers and retirements; who tells them says how."""

    def __init__(self, at: datetime, agreement: str) -> None:
        self.now = at
        self.agreement = agreement
        self.transfers: dict[str, TransferProposed] = {}
        self._consents: dict[str, set[str]] = {}
        # The event that there has to be notice of, by transfer, or invention that is to be given up.
        self._noticed: dict[str, str | None] = {}
        self._registered: set[str] = set()

    @abstractmethod
    def tell(self, data: Event, name: str, *, actor: str = "someone", **changed: Any) -> Envelope:
        """Add one event."""

    def register(self, party: str) -> None:
        self._registered.add(party)
        registered = PartyRegistered(
            party=party, kind="UNIVERSITY", legal_name=party, country="HK", ror=None, lei=None, local_ids=()
        )
        self.tell(registered, party, agreement=NO_AGREEMENT)

    def _asset(self, invention: str) -> dict[str, Any]:
        return {"agreement": self.agreement, "project": "PRJ-5G", "parties": PARTIES, "invention": invention}

    def transfer(  # what a transfer says
        self,
        source: str,
        to: str,
        on: str,
        name: str = "XFR",
        *,
        invention: str = "INV-5G-1",
        kind: Any = "ASSIGNMENT",
        **amount: str,
    ) -> None:
        """Propose a transfer by a rule that asks nobody, execute it and post it to its asset."""
        self.propose_transfer(source, to, on, name, Amount(**amount), assets=(invention,), kind=kind)
        self.execute(name)

    def propose_transfer(
        self,
        source: str,
        to: str,
        on: str,
        name: str = "XFR",
        amount: Amount = HALF,
        *,
        assets: tuple[str, ...] = ("INV-5G-1",),
        kind: Any = "ASSIGNMENT",
        by: str | None = None,
        rule: ConsentRule = FREE,
        between_affiliates: bool = False,
        unheard: bool = False,
        notice_method: NoticeMethod | None = None,
    ) -> TransferProposed:
        """Let a transferor propose to pass something on; whoever is to get it is registered by then, unless unheard.

        Without a method of notice it is proposed as it was before notice was proven.
        """
        if not unheard:
            self.known_as(to)
        proposed = TransferProposed(
            agreement=self.agreement,
            parties=PARTIES,
            transfer=name,
            kind=kind,
            assets=assets,
            source=source,
            to=to,
            amount=amount,
            consideration=None,
            effective_on=date.fromisoformat(on),
            instrument_hash=HASH,
            between_affiliates=between_affiliates,
            rule=rule,
            transfer_hash="",
            noticed_on=legal_day(self.now),
            proposed_by_party=by or (to if kind == "DEED" else source),
            proposed_by="SOMEBODY",
            notice_method=notice_method,
            notice_to=() if notice_method is None else ("ATRC",),
        )
        proposed = stating(proposed)
        told = self.tell(proposed, name)
        self._noticed[name] = None if notice_method is None else told.id
        self.transfers[name], self._consents[name] = proposed, {proposed.proposed_by_party, source}
        return proposed

    def consent(self, name: str, *parties: str, to: str | None = None) -> None:
        """Let holders consent to a transfer; `to` is the hash of another one."""
        proposed, consents = self.transfers[name], self._consents[name]
        for party in parties:
            given = made(
                TransferConsentGiven,
                agreement=self.agreement,
                transfer=name,
                party=party,
                transfer_hash=to or proposed.transfer_hash,
            )
            self.tell(given, name)
            consents.add(party)

    def refuse(self, name: str, party: str) -> None:
        self.tell(made(TransferRefused, agreement=self.agreement, transfer=name, party=party), name)

    def take_over(self, name: str, party: str, portion: str) -> None:
        """Let somebody take over a portion of what is to pass to another."""
        self.known_as(party)
        exercised = made(PreemptionExercised, agreement=self.agreement, transfer=name, party=party, portion=portion)
        self.tell(exercised, name)

    def execute(self, name: str, **changed: Any) -> None:
        """Execute a transfer and post it, whole or as a test says."""
        proposed, consents = self.transfers[name], self._consents[name]
        executed = made(
            TransferExecuted,
            agreement=self.agreement,
            transfer=name,
            effective_on=proposed.effective_on,
            consents=tuple(sorted(consents)),
        )
        self.tell(executed, name)
        for invention in proposed.assets:
            self.post(name, invention, **changed)

    def post(self, name: str, invention: str = "INV-5G-1", **changed: Any) -> None:
        """Post what a transfer moves to the account of an asset."""
        proposed, consents = self.transfers[name], self._consents[name]
        conveyance = Conveyance(
            transfer_hash=proposed.transfer_hash,
            instrument_hash=proposed.instrument_hash,
            consents=tuple(sorted(consents)),
            rule=None if proposed.kind == "DEED" else proposed.rule,
            notice=self._noticed[name],
        )
        moved = OwnershipTransferred(
            **self._asset(invention),
            transfer=name,
            kind=proposed.kind,
            source=proposed.source,
            to=proposed.to,
            amount=proposed.amount,
            effective_on=proposed.effective_on,
            holders=PARTIES,
            conveyance=conveyance,
        )
        self.tell(msgspec.structs.replace(moved, **changed), changed.get("invention", invention))

    def known_as(self, party: str) -> None:
        """Register a party, if it is not."""
        if party not in self._registered:
            self.register(party)

    def rescind(self, name: str, on: str, *, invention: str = "INV-5G-1") -> None:
        proposed = self.transfers[name]
        common: dict[str, Any] = {
            "transfer": name,
            "effective_on": date.fromisoformat(on),
            "ground": "void from the start",
        }
        undone = made(TransferUndone, **common, agreement=self.agreement, party=proposed.proposed_by_party)
        self.tell(undone, name)
        self.tell(TransferRescinded(**self._asset(invention), **common, holders=PARTIES), invention)

    def propose_retirement(
        self,
        *consenting: str,
        rule: ConsentRule = EVERYBODY,
        invention: str = "INV-5G-1",
        notice_method: NoticeMethod | None = None,
    ) -> None:
        """Let HUT propose to give an invention up, and others consent."""
        said = {**self._given_up(invention), "rule": rule, "noticed_on": legal_day(self.now)}
        told = self.tell(made(RetirementProposed, **said, notice_method=notice_method), invention)
        self._noticed[invention] = None if notice_method is None else told.id
        for party in consenting:
            self.tell(made(RetirementConsentGiven, **self._given_up(invention, party)), invention)

    def retire(self, *consenting: str, invention: str = "INV-5G-1", **changed: Any) -> None:
        """Give an invention up, with the consents of HUT, which proposed that, and of others."""
        consents = tuple(sorted({"HUT", *consenting}))
        said = {"consents": consents, "notice": self._noticed.get(invention)}
        self.tell(made(InventionRetired, **self._given_up(invention) | said | changed), invention)

    def _given_up(self, invention: str, party: str = "HUT") -> dict[str, Any]:
        return {**self._asset(invention), "party": party, "reason": "nobody wants it"}
