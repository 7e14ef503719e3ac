"""What was proposed to pass to whom, who consented to exactly that, and whether what is posted of it follows."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial, singledispatchmethod

from services.ledger.errors import LedgerError, LedgerInconsistencyDetected, in_words
from services.ledger.rules.consent import Asked, having_a_say, lacking
from services.ledger.rules.facts.inventions import Invention, Inventions
from services.ledger.rules.facts.notices import Notices
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.holdings import shares_on
from shared.calendar import legal_day
from shared.errors import DomainError
from shared.events.invention import OwnershipTransferred, TransferRescinded
from shared.events.law import agreed_consent
from shared.events.registry import Event
from shared.events.terms import NOTICE_RULES, ConsentRule
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
from shared.ids import is_person
from shared.log.envelope import Envelope
from shared.ratio import NotARatio, format_ratio, parse_ratio, told


@dataclass
class Transfer:
    """A transfer as its own entries tell it, and what was posted of it to each asset.

    `agreed` are the rules that the terms of that day have for it, by whether it is between affiliates; `position` is
    that of its proposal. `notice` is the event of which the others had notice, the proposal itself, where the rule
    gave them time since then. `strangers` took over a part and held nothing.
    """

    proposed: TransferProposed
    position: int
    asked: Asked
    agreed: dict[bool, ConsentRule | None]
    affiliated: bool
    spoken_for: bool
    consents: set[str]
    notice: str | None = None
    portions: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    refused_by: str | None = None
    executed: TransferExecuted | None = None
    executed_on: date = date.min
    undone: TransferUndone | None = None
    posted: dict[str, int] = field(default_factory=dict)
    rescinded: dict[str, int] = field(default_factory=dict)

    @property
    def conveyance(self) -> Conveyance:
        """How it came to pass, as its entries have it."""
        return Conveyance(
            transfer_hash=self.proposed.transfer_hash,
            instrument_hash=self.proposed.instrument_hash,
            consents=tuple(sorted(self.consents)),
            rule=None if self.proposed.kind == "DEED" else self.asked.rule,
            notice=self.notice,
        )

    def postings(self) -> list[tuple[str, Amount]]:
        """Return who gets how much, one after the other: who took over a part, by name, then whom it was to pass to."""
        taken = {party: parse_ratio(portion) for party, portion in sorted(self.portions.items())}
        left = 1 - sum(taken.values(), start=Fraction(0))
        if left < 0:
            raise NotARatio(expected="portions of at most 1/1", got=told(1 - left))
        portions = [*taken.items(), (self.proposed.to, left)]
        passed = Fraction(0)
        found: list[tuple[str, Amount]] = []
        for party, portion in portions:
            if not portion:
                continue
            if (whole := self.proposed.amount.of_whole) is not None:
                found.append((party, Amount(of_whole=format_ratio(parse_ratio(whole) * portion))))
                continue
            # Of what the transferor still holds after the ones before.
            part = parse_ratio(self.proposed.amount.of_holding or "0/1") * portion
            found.append((party, Amount(of_holding=format_ratio(part / (1 - passed)))))
            passed += part
        return found


class Transfers:
    """The transfers that entries tell of."""

    def __init__(self, standing: Standing, inventions: Inventions, notices: Notices) -> None:
        self._standing = standing
        self._inventions = inventions
        self._notices = notices
        self.told: dict[str, Transfer] = {}
        self._posted_by: dict[int, str] = {}

    def read(self, envelope: Envelope, position: int) -> None:
        """Take in what an entry says; whether it follows is asked of what is posted."""
        self._read(envelope.data, envelope, position)

    def check_posted(self, data: OwnershipTransferred, *, at: str) -> list[str]:
        """Return what could not be checked of a posting that was just read. Raises LedgerInconsistencyDetected.

        1. It was proposed, about this asset, and is what the proposal gives in its order, each once.
        2. It was executed, on the proposal's own day, after nobody refused it.
        3. It passes to a registered party; who took over a part held a share, and the rule gave time for that.
        4. The rule is the one that the terms had for it, and it has what that asks for: of whoever held the asset then.
        5. How it says that it came to pass is how it did.

        What was posted before that was said goes by the rules of then.
        """
        transfer = self._found(data.transfer, at)
        # 1. As proposed.
        _check_proposed(transfer, data, at)
        expected = transfer.postings()
        number = transfer.posted[data.invention]
        if number > len(expected):
            raise _differs("nothing more of what is executed", f"{data.transfer} again", at)
        _expect(at, expected[number - 1], (data.to, data.amount))
        # 2. Executed.
        if transfer.executed is None or transfer.refused_by is not None:
            ended = f"refused by {transfer.refused_by}" if transfer.refused_by else "not executed"
            raise _differs(f"{data.transfer} executed", ended, at)
        _expect(at, transfer.proposed.effective_on, transfer.executed.effective_on)
        if said := set(transfer.executed.consents) - transfer.consents:
            raise _differs("the consents that were given", f"one of {', '.join(sorted(said))}", at)
        # 3. To whom something can pass.
        self._check_recipient(transfer, data.to, at)
        # 4. By whose word.
        remarks = self._check_asked(transfer, data, at)
        # 5. As it says.
        if data.conveyance is not None:
            _expect(at, transfer.conveyance, data.conveyance)
        return remarks

    def check_rescinded(self, data: TransferRescinded, *, at: str) -> None:
        """Raise LedgerInconsistencyDetected unless an executed transfer was undone, and so taken from this asset."""
        transfer = self._found(data.transfer, at)
        undone = transfer.undone
        if undone is None or not transfer.posted.get(data.invention) or transfer.rescinded[data.invention] > 1:
            raise _differs(f"{data.transfer} posted to {data.invention}, and undone once", "none", at)
        _expect(at, transfer.proposed.proposed_by_party, undone.party)
        _expect(at, (undone.effective_on, undone.ground), (data.effective_on, data.ground))
        _expect(at, transfer.proposed.effective_on, undone.effective_on)

    def _found(self, name: str, at: str) -> Transfer:
        transfer = self.told.get(name)
        if transfer is None:
            raise _differs("a proposal", f"none of {name}", at)
        return transfer

    def _check_recipient(self, transfer: Transfer, to: str, at: str) -> None:
        if to not in self._standing.registered:
            raise _differs("a registered party", to, at)
        if transfer.portions:
            barred = transfer.proposed.kind == "DEED" or transfer.proposed.between_affiliates
            if barred or transfer.asked.rule.rule not in NOTICE_RULES:
                raise _differs("nobody who takes over a part", ", ".join(sorted(transfer.portions)), at)
            if transfer.strangers:
                raise _differs("holders who take over a part", ", ".join(sorted(transfer.strangers)), at)

    def _check_asked(self, transfer: Transfer, data: OwnershipTransferred, at: str) -> list[str]:
        """Raise LedgerInconsistencyDetected where the rule lacks something; by the rules of before, tell of it."""
        proposed, strict = transfer.proposed, data.conveyance is not None
        if (proposed.kind == "DEED") != is_person(proposed.source):
            raise _differs("a person in a deed, else a party", f"{proposed.source} in {proposed.kind}", at)
        rules = [transfer.agreed[transfer.affiliated], *([] if strict else [transfer.agreed[False]])]
        if proposed.rule not in rules:
            raise _differs(f"the rule {_rule_of(rules[0])} that the terms have for it", _rule_of(proposed.rule), at)
        if strict and not transfer.spoken_for:
            speaks = proposed.to if proposed.kind == "DEED" else proposed.source
            raise _differs(f"a proposal by {speaks} or who controls it", proposed.proposed_by_party, at)
        if strict and transfer.asked.since != proposed.noticed_on:
            raise _differs(f"notice on {transfer.asked.since}", proposed.noticed_on, at)
        if proposed.kind == "DEED" or proposed.rule.rule == "NONE":
            return []
        by_today = self._lacking(transfer, data.invention, transfer.executed_on)
        if by_today is None:
            return []
        if strict or self._lacking(transfer, data.invention, proposed.effective_on) is not None:
            raise _differs(by_today, "none", at)
        return [f"{data.transfer} was executed by the rules of before: by the shares of its own day, not of that day"]

    def _lacking(self, transfer: Transfer, asset: str, day: date) -> str | None:
        """Return what the rule lacks by the shares of a day, as they were before any of it was posted."""
        invention = self._inventions.disclosed[asset]
        held = shares_on(invention.account.without(transfer.proposed.transfer).timeline(), day)
        effective_on, decided_on = transfer.proposed.effective_on, transfer.executed_on
        # Whoever has notice may oppose until it ends, so a day far ahead does not make it end sooner; it once did.
        earliest = min(effective_on, decided_on) if day == decided_on else effective_on
        return lacking(
            transfer.asked,
            having_a_say(held, invention.parties),
            transfer.consents,
            earliest=earliest,
            decided_on=decided_on,
        )

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope, position: int) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: TransferProposed, envelope: Envelope, position: int) -> None:
        day, terms = legal_day(envelope.time), self._standing.terms(data.agreement)
        consent = agreed_consent(terms)
        speaks = data.to if data.kind == "DEED" else data.source
        if data.transfer in self.told:  # whoever consented did so to the first
            return
        # What was proposed before notice was proven names no method: all had their time since that day.
        by_notice = data.notice_method is not None
        noticed = partial(self._notices.since, envelope.id, method=terms.notice.method) if by_notice else None
        self.told[data.transfer] = Transfer(
            proposed=data,
            position=position,
            asked=Asked(data.rule, day, terms.calendar, noticed),
            notice=envelope.id if by_notice else None,
            agreed={False: consent.assign, True: consent.assign_affiliate},
            affiliated=data.kind != "DEED" and self._standing.is_affiliated(data.source, data.to, data.effective_on),
            spoken_for=self._standing.speaks_for(data.proposed_by_party, speaks, day),
            consents={data.proposed_by_party, data.source},
        )

    @_read.register
    def _(self, data: TransferConsentGiven, _envelope: Envelope, _position: int) -> None:
        transfer = self.told.get(data.transfer)
        if transfer and data.transfer_hash == transfer.proposed.transfer_hash:
            transfer.consents.add(data.party)

    @_read.register
    def _(self, data: TransferRefused, _envelope: Envelope, _position: int) -> None:
        if (transfer := self.told.get(data.transfer)) and transfer.executed is None:
            transfer.refused_by = data.party

    @_read.register
    def _(self, data: PreemptionExercised, envelope: Envelope, _position: int) -> None:
        if (transfer := self.told.get(data.transfer)) is None:
            return
        transfer.portions[data.party] = data.portion
        # Of several assets it may hold another one than those that were read.
        if len(transfer.proposed.assets) == 1 and not self._holds(data.party, transfer, legal_day(envelope.time)):
            transfer.strangers.add(data.party)

    @_read.register
    def _(self, data: TransferExecuted, envelope: Envelope, _position: int) -> None:
        if (transfer := self.told.get(data.transfer)) and transfer.executed is None:
            transfer.executed, transfer.executed_on = data, legal_day(envelope.time)

    @_read.register
    def _(self, data: TransferUndone, _envelope: Envelope, _position: int) -> None:
        if (transfer := self.told.get(data.transfer)) and transfer.executed is not None:
            transfer.undone = transfer.undone or data

    @_read.register
    def _(self, data: OwnershipTransferred, _envelope: Envelope, position: int) -> None:
        if transfer := self.told.get(data.transfer):
            transfer.posted[data.invention] = transfer.posted.get(data.invention, 0) + 1
            self._posted_by[position] = data.transfer

    @_read.register
    def _(self, data: TransferRescinded, _envelope: Envelope, _position: int) -> None:
        if transfer := self.told.get(data.transfer):
            transfer.rescinded[data.invention] = transfer.rescinded.get(data.invention, 0) + 1

    def posted_at(self, position: int) -> Transfer:
        """Return the transfer that was posted at a position."""
        return self.told[self._posted_by[position]]

    def _holds(self, party: str, transfer: Transfer, today: date) -> bool:
        invention: Invention | None = self._inventions.disclosed.get(transfer.proposed.assets[0])
        if invention is None:
            return False
        try:
            timeline = invention.account.timeline()
        except (LedgerError, DomainError):
            return False
        # By the rules of before it was asked who holds on the transfer's own day.
        days = (today, transfer.proposed.effective_on)
        return any(party in having_a_say(shares_on(timeline, day), invention.parties) for day in days)


def _check_proposed(transfer: Transfer, data: OwnershipTransferred, at: str) -> None:
    proposed = transfer.proposed
    if data.invention not in proposed.assets:
        raise _differs(f"an asset of {data.transfer}: {in_words(proposed.assets)}", data.invention, at)
    _expect(
        at,
        (proposed.kind, proposed.source, proposed.effective_on),
        (data.kind, data.source, data.effective_on),
    )


def _rule_of(rule: ConsentRule | None) -> str:
    if rule is None:
        return "none"
    of = [f"{rule.days} days"] * (rule.days is not None) + [rule.ratio or ""] * (rule.ratio is not None)
    return " of ".join([rule.rule, *of])


def _expect(at: str, expected: object, got: object) -> None:
    if expected != got:
        raise _differs(_told(expected), _told(got), at)


def _told(value: object) -> object:
    match value:
        case (str() as to, Amount() as amount):
            passing = f"{amount.of_whole} of the whole" if amount.of_whole else f"{amount.of_holding} of the holding"
            return f"{passing} to {to}"
        case Conveyance():
            words = f"by instrument {value.instrument_hash}, with consents of {', '.join(value.consents)}"
            noticed = f", with notice of {value.notice}" if value.notice else ""
            return f"proposal {value.transfer_hash}, {words}, by the rule {_rule_of(value.rule)}{noticed}"
    return value


def _differs(expected: object, got: object, at: str) -> LedgerInconsistencyDetected:
    return LedgerInconsistencyDetected(expected=expected, got=got, at=at)
