"""The clocks of what holders have a say in, by act and rule: how each begins, and what may be done once it ran out."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from services.agreements.consent.errors import ConsentMissing, NoticeNotProven, NoticePeriodRunning
from services.agreements.inventions import handling as inventions
from services.agreements.inventions.model import INVENTION
from services.agreements.licences import handling as licences
from services.agreements.licences.model import LICENCE
from services.agreements.notices.model import Silence
from services.agreements.retirement.decisions import advance
from services.agreements.scheduler.registry import ADVANCING
from services.agreements.transfers import handling as transfers
from services.agreements.transfers.executing import execute_transfer
from services.agreements.transfers.model import TRANSFER
from shared.calendar import business_days_after
from shared.errors import DomainError
from shared.events.licence import LicenceKind
from shared.events.terms import Act, ConsentRule, NoticeTerms, Terms
from shared.events.transfer import Amount
from shared.log.aggregate import Aggregate
from shared.log.handle import Change, Decided, Reader, Work
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import CONCEIVED, CONSENT, period, scope, terms

DAYS = 30
FAR = date(2035, 1, 1)
AFTER_ALL = FAR + timedelta(days=400)
NOTICE = ConsentRule(rule="NOTICE", days=DAYS)
PAID = ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=DAYS)
SILENCE = ConsentRule(rule="LEAD_DEEMED", days=10)
BY_INBOX = NoticeTerms()
_WAITING = (ConsentMissing, NoticeNotProven, NoticePeriodRunning)
_ON_NOTICE: dict[str, Callable[[Reader, Any], Awaitable[Any]]] = {
    TRANSFER.name: transfers.on_notice,
    INVENTION.name: inventions.on_notice,
    LICENCE.name: licences.on_notice,
}


class Clock(NamedTuple):
    """What begins with notice, how it is begun, and how it is found out whether it has run out.

    ATRC is asked; with three, EGU as well.
    """

    name: str
    aggregate: Aggregate[Any]
    thing: str
    rule: ConsentRule
    act: Act
    proposed: Work
    # What may be done once it has run out, on a day; where it is nobody's to do, time does it.
    done: Callable[[date], Work] | None
    does: str
    # What somebody says against it on a day; None where nobody can.
    against: Callable[[date], Work] | None
    # What records on a day that it has run out, as if everybody had been on notice; None where nobody could tell.
    anyway: Callable[[Silence, date], Work] | None = None

    @property
    def stream(self) -> str:
        return self.aggregate.stream(self.thing)

    async def begun(self, notice: NoticeTerms = BY_INBOX, *, three: bool = False) -> at.Desk:
        """Give a desk at which it is asked of holders of halves, or of a half and quarters."""
        consent = msgspec.structs.replace(CONSENT, **{self.act.lower(): self.rule})
        desk = await _held(terms(consent=consent, notice=notice), three=three)
        await desk.does(self.proposed)
        return desk

    def first_day(self, since: date) -> date:
        """Return the first day after what is asked of whoever is on notice since one."""
        if self.rule.rule == "LEAD_DEEMED":
            last = business_days_after(since, 10, ("SAT", "SUN"))
            assert last is not None
            return last + timedelta(days=1)
        return since + timedelta(days=DAYS)

    async def is_over(self, desk: at.Desk, day: date) -> bool:
        """Tell whether it has run out by a day: of a copy, by doing what may be done then."""
        tried = deepcopy(desk)
        return await self.ran_out(tried, day)

    async def ran_out(self, desk: at.Desk, day: date) -> bool:
        """Do what may be done once it has run out, and tell whether that was so."""
        desk.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        if any(each.aggregate is self.aggregate for each in ADVANCING):
            await waits.until(desk, self.aggregate, self.thing, day)
        if self.done is not None:
            with suppress(*_WAITING):
                await desk.does(self.done(day))
        return self.does in await desk.names(self.stream)

    async def refused(self, desk: at.Desk, day: date) -> DomainError | None:
        """Return what it is refused with on a day; nothing where time alone does it."""
        assert self.done is not None
        desk.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        try:
            await deepcopy(desk).does(self.done(day))
        except DomainError as refusal:
            return refusal
        return None

    def happens(self, day: date) -> Work:
        """Give the work of doing what may be done once it has run out, by whoever does that or by time."""
        if self.done is not None:
            return self.done(day)
        [advancing] = [each for each in ADVANCING if each.aggregate is self.aggregate]

        async def passes(reader: Reader) -> Decided:
            state = await advancing.on_notice(reader, await reader(self.aggregate, self.thing))
            return Decided("MOU", (Change(self.aggregate, self.thing, advancing.advance(state, day), day),))

        return passes

    async def noticed(self, desk: at.Desk) -> Any:
        """Give what it is about, with what follows from the notice that there is."""
        state = await desk.state(self.aggregate, self.thing)
        return await _ON_NOTICE[self.aggregate.name](Reader(desk.handler, trusting=False), state)

    async def silent_until(self, desk: at.Desk) -> dict[str, date]:
        """Give until when whoever is asked may speak, by the notice that there is."""
        state = await self.noticed(desk)
        found: dict[str, date] = (state.retirement if self.aggregate is INVENTION else state).silent_until
        return found


async def _held(agreed: Terms, *, three: bool) -> at.Desk:
    """Give a desk at which HUT and ATRC hold halves, or HUT and EGU a quarter each and ATRC the half."""
    desk = await at.a_determination(terms=agreed)
    for party in ("ATRC", "EGU") if three else ("ATRC",):
        half = {"amount": Amount(of_holding="1/2"), "effective_on": CONCEIVED}
        name = f"TO-{party}"
        await desk.does(owners.transfer_proposed(transfer=name, to=party, **half))
        if party == "EGU":
            await desk.does(owners.transfer_consented((await desk.state(TRANSFER, name)).transfer_hash, name))
        await desk.does(owners.transfer_executed(name))
    return desk


def _of_a_transfer(rule: ConsentRule) -> Clock:
    return Clock(
        f"a transfer by {rule.rule}",
        TRANSFER,
        "XFR",
        rule,
        "ASSIGN",
        owners.transfer_proposed(effective_on=AFTER_ALL),
        lambda day: owners.transfer_executed(today=day),
        "TransferExecuted",
        lambda day: owners.transfer_refused(today=day),
        _executed_anyway,
    )


def _executed_anyway(imagined: Silence, day: date) -> Work:
    async def executed(reader: Reader) -> Decided:
        state, asset = await reader(TRANSFER, "XFR"), await reader(INVENTION, "INV")
        state = msgspec.structs.replace(state, silence=imagined)
        own, posted = execute_transfer(state, [asset], owners.executing_it(today=day))
        return Decided("MOU", (Change(TRANSFER, "XFR", own, day), Change(INVENTION, "INV", posted, day)))

    return executed


def _of_a_retirement(rule: ConsentRule) -> Clock:
    return Clock(
        f"giving up by {rule.rule}",
        INVENTION,
        "INV",
        rule,
        "ABANDON",
        waits.retirement_proposed(),
        None,
        "InventionRetired",
        lambda day: waits.retirement_opposed(today=day),
        _given_up_anyway,
    )


def _given_up_anyway(imagined: Silence, day: date) -> Work:
    async def given_up(reader: Reader) -> Decided:
        state = await reader(INVENTION, "INV")
        assert state.retirement is not None
        waiting = msgspec.structs.replace(state.retirement, silence=imagined)
        retired = advance(msgspec.structs.replace(state, retirement=waiting), day)
        return Decided("MOU", (Change(INVENTION, "INV", retired, day),))

    return given_up


def _of_a_licence(kind: LicenceKind, rule: ConsentRule) -> Clock:
    act: Act = "EXCLUSIVE" if kind == "EXCLUSIVE" else "NON_EXCLUSIVE"
    return Clock(
        f"{kind} licence by {rule.rule}",
        LICENCE,
        "LIC",
        rule,
        act,
        at.licence_drafted(kind=kind, scope=scope(period=period(AFTER_ALL))),
        lambda day: at.licence_granted(today=day),
        "LicenceGranted",
        None,
    )


CLOCKS = (
    *(of(rule) for of in (_of_a_transfer, _of_a_retirement) for rule in (NOTICE, PAID, SILENCE)),
    _of_a_licence("NON_EXCLUSIVE", NOTICE),
    _of_a_licence("EXCLUSIVE", PAID),
)
