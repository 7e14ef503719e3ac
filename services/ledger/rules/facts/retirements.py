"""Whether an invention was given up as its holders had to say: what was proposed, consented to, opposed and voided."""

from dataclasses import dataclass
from datetime import date
from functools import partial, singledispatchmethod
from typing import Final

from services.ledger.errors import LedgerInconsistencyDetected
from services.ledger.rules.consent import Asked, having_a_say, lacking
from services.ledger.rules.facts.inventions import Inventions
from services.ledger.rules.facts.notices import Notices
from services.ledger.rules.facts.standing import Standing
from services.ledger.rules.holdings import shares_on
from shared.calendar import legal_day
from shared.events.invention import AssetFrozen, DeterminationAdopted, OwnershipTransferred, TransferRescinded
from shared.events.law import agreed_consent
from shared.events.registry import Event
from shared.events.retirement import (
    InventionRetired,
    RetirementConsentGiven,
    RetirementOpposed,
    RetirementProposed,
)
from shared.events.terms import ConsentRule, NoticeMethod
from shared.log.envelope import Envelope

# Asked of whoever's terms are from before they had to say what abandoning takes.
_EVERYBODY: Final = ConsentRule(rule="UNANIMOUS")


@dataclass
class _Proposal:
    """A proposal to give an invention up; `agreed` is the rule that the terms had for it.

    `notice` is the event of which the others had notice, the proposal itself, where they have time since then, and
    `method` by what. Proposed before notice was proven, all had it since it was.
    """

    asked: Asked
    notice: str | None
    method: NoticeMethod
    agreed: ConsentRule
    reason: str
    consents: set[str]


class Retirements:
    """The open proposals to give inventions up."""

    def __init__(self, standing: Standing, inventions: Inventions, notices: Notices) -> None:
        self._standing = standing
        self._inventions = inventions
        self._notices = notices
        self._open: dict[str, _Proposal] = {}
        # What the entry last read carried out, which ends it.
        self._ended: dict[str, _Proposal | None] = {}
        self._read_on = date.min

    def read(self, envelope: Envelope) -> None:
        """Take in what an entry says; whether it follows is asked of what ends an invention."""
        self._read_on = legal_day(envelope.time)
        self._read(envelope.data, envelope)

    def check_retired(self, data: InventionRetired, *, at: str) -> list[str]:
        """Return what could not be checked of a retirement just read. Raises LedgerInconsistencyDetected.

        1. It was proposed, for that reason, and nobody has opposed it; nothing has changed who holds it since. Where it
           names notice, that is of the proposal; where it names none, nobody's time has begun.
        2. The rule is the one that the terms had for it, and has what that asks for, by the shares of each later day.
        """
        invention, proposal = self._inventions.disclosed[data.invention], self._ended.get(data.invention)
        # 1. As proposed.
        if proposal is None:
            raise _differs("an open proposal to give it up", f"none of {data.invention}", at)
        if (data.reason, set(data.consents) - proposal.consents) != (proposal.reason, set()):
            raise _differs(f"{proposal.reason}, consents of {', '.join(sorted(proposal.consents))}", data.reason, at)
        if data.notice not in {None, proposal.notice}:
            raise _differs(f"notice of {proposal.notice}", data.notice, at)
        # 2. By whose word.
        asked = self._asked(proposal, data)
        if proposal.agreed != proposal.asked.rule:
            raise _differs(f"the rule {proposal.agreed.rule} that the terms have", proposal.asked.rule.rule, at)
        timeline, today = invention.account.timeline(), self._read_on
        later = sorted(period.start for period in timeline if period.start > today)
        for day in (today, *later):
            shares = having_a_say(shares_on(timeline, day), invention.parties)
            wanted = lacking(asked, shares, proposal.consents, earliest=today, decided_on=today)
            if wanted is not None and day == today:
                raise _differs(wanted, "none", at)
            if wanted is not None:
                return [f"{data.invention} was given up by the rules of before: {wanted} from {day} on"]
        return []

    def _asked(self, proposal: _Proposal, data: InventionRetired) -> Asked:
        if proposal.notice is None:
            return proposal.asked
        if data.notice is None:
            return proposal.asked._replace(noticed=lambda _holder: None)
        return proposal.asked._replace(noticed=partial(self._notices.since, proposal.notice, method=proposal.method))

    @singledispatchmethod
    def _read(self, data: Event, envelope: Envelope) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register
    def _(self, data: RetirementProposed, envelope: Envelope) -> None:
        invention = self._inventions.disclosed.get(data.invention)
        if invention is None or invention.disputes:
            return
        terms = self._standing.terms(data.agreement)
        self._open[data.invention] = _Proposal(
            asked=Asked(data.rule, self._read_on, terms.calendar),
            notice=None if data.notice_method is None else envelope.id,
            method=terms.notice.method,
            agreed=agreed_consent(terms).abandon or _EVERYBODY,
            reason=data.reason,
            consents={data.party},
        )

    @_read.register
    def _(self, data: RetirementConsentGiven, _envelope: Envelope) -> None:
        if proposal := self._open.get(data.invention):
            proposal.consents.add(data.party)

    @_read.register(RetirementOpposed)
    @_read.register(DeterminationAdopted)
    @_read.register(OwnershipTransferred)
    @_read.register(TransferRescinded)
    @_read.register(AssetFrozen)
    def _(
        self,
        data: RetirementOpposed | DeterminationAdopted | OwnershipTransferred | TransferRescinded | AssetFrozen,
        _envelope: Envelope,
    ) -> None:
        # Others may hold it now than those who were asked; and nobody is silent in a dispute.
        self._open.pop(data.invention, None)

    @_read.register
    def _(self, data: InventionRetired, _envelope: Envelope) -> None:
        self._ended[data.invention] = self._open.pop(data.invention, None)


def _differs(expected: object, got: object, at: str) -> LedgerInconsistencyDetected:
    return LedgerInconsistencyDetected(expected=expected, got=got, at=at)
