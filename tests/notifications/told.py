"""What is told when anything is done in any situation that the tables know, or where holders are from outside."""

import copy
from collections.abc import AsyncIterator, Iterable
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from services.agreements.commands import Command
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.notifications.alerts import Alert, needed
from services.notifications.meaning import tell
from services.notifications.remembered import Remembered, State
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule
from shared.errors import DomainError
from shared.events.registry import event_name
from shared.events.terms import AttestationTerms, ConsentRule, DisputeTerms
from shared.log.envelope import Envelope, decode
from shared.log.handle import Work
from shared.log.store import LogEntry
from tests.agreements import desk as at
from tests.agreements import outside, owners
from tests.agreements.controls import CONSENT, TODAY, terms
from tests.agreements.desk import Desk
from tests.agreements.machine import acts, beside
from tests.agreements.machine.acts import Act, knowing, known
from tests.agreements.machine.outside import ACTS
from tests.agreements.machine.table import as_act
from tests.agreements.machine.tables import TABLES
from tests.agreements.machine.voices import confirmed, contested

WALKS, STEPS = 16, 60
REGISTRAR: Final[dict[str, Any]] = {"dispute": DisputeTerms(registrar="NLN")}
ANYTHING: Final[dict[str, Act]] = {
    **ACTS,
    **{name: act for group in (*acts.GROUPS, *beside.GROUPS) for name, act in group.items()},
}
_SOLD: Final = ("HUT offers XFR to NLN", "EGU consents to XFR", "HUT executes XFR")
_LICENSED: Final = ("EGU drafts a licence", "HUT consents to a licence", "EGU grants a licence")
_LAID_DOWN: Final[dict[str, Act]] = {
    "NLN declines as the registrar": knowing(
        DISPUTE, "DSP", lambda state: state.resolution and state.resolution.resolution_hash, owners.resolution_declined
    ),
    "KPD controls EGU": known(owners.affiliated("KPD", "EGU")),
    "KPD controls EGU no more": known(owners.no_longer_affiliated("KPD", "EGU", TODAY)),
    "whoever contributed contests it": contested(),
    "HUT sells XFR to NLN while a licence runs": known(owners.transfer_proposed(to="NLN", effective_on=TODAY)),
}
_DECLINED: Final = ("ATRC disputes", "decided elsewhere by ATRC", "NLN declines as the registrar")
_DONE: Final = ("EGU consents to XFR", "HUT executes XFR", "HUT rescinds XFR")
# What walks seldom come to: EGU from outside holds a half, and KPD and NLN nothing yet.
STORIES: Final[tuple[tuple[str, ...], ...]] = (
    (*_LICENSED, "HUT sells XFR to NLN while a licence runs", *_DONE),
    (*_DECLINED, *("9000 days pass for the dispute",) * 6),
    (*_LICENSED, *_SOLD, "HUT rescinds XFR"),
    (
        *("EGU disputes", "NLN files a position", "HUT proposes a settlement"),
        *("ATRC confirms", "NLN confirms", "EGU confirms"),
    ),
    ("HUT proposes to give up", "EGU opposes giving up", "EGU proposes to give up", "HUT agrees to give up"),
    ("EGU disputes", "HUT proposes a settlement", "EGU withdraws"),
    ("corrected otherwise", "contested"),
    ("corrected otherwise", "whoever contributed contests it"),
    # Who is licensed hears of other shares, and that what its licence is of was given up.
    (*_LICENSED, *("EGU disputes", "HUT proposes a settlement", "EGU confirms", "ATRC confirms", "NLN confirms")),
    (*_LICENSED, "HUT proposes to give up", "EGU agrees to give up"),
)


_WAITING: Final[dict[str, Act]] = {
    "recorded": known(at.recorded()),
    "attested": knowing(CONTRIBUTION, "C1", lambda state: str(state.content_hash), at.attested),
    "shares proposed": known(at.shares_proposed()),
    "shares attested": knowing(INVENTION, "INV", lambda state: str(state.open.det_hash), at.shares_attested),
    "shares adopted": known(at.shares_adopted()),
}


class Happened(NamedTuple):
    """Something that was done: the desk before and after it, and the events that came of it with their alerts."""

    where: str
    before: Desk
    after: Desk
    told: list[tuple[Envelope, list[Alert]]]
    # By the position of the event, why each is told.
    reasons: set[tuple[str, str]]
    # What is remembered after it.
    states: dict[str, State]

    @property
    def alerts(self) -> list[Alert]:
        return [alert for _, alerts in self.told for alert in alerts]


async def everything_that_happens() -> list[Happened]:
    walks = [each for number in range(WALKS) async for each in happening_in(*_walk(number))]
    stories = [each for story in STORIES async for each in happening_in("a story", REGISTRAR, story)]
    waiting = [*[each async for each in _until_a_day()], *[each async for each in _before_shares()]]
    return [*stories, *walks, *waiting, *[each async for each in _in_tables()]]


async def history_of(number: int) -> list[LogEntry]:
    """Return what is recorded in the end of one of the stories, or by a later number of one of the walks."""
    played = (
        happening_in("a story", REGISTRAR, STORIES[number]) if number < len(STORIES) else happening_in(*_walk(number))
    )
    *_, last = [each async for each in played]
    return list(await last.after.store.read_log(after=0, limit=100_000))


def _walk(number: int) -> tuple[str, dict[str, Any], list[str]]:
    chance = Random(number)  # the same walks every time
    agreed: dict[str, Any] = REGISTRAR if number % 2 else {}
    return f"walk {number}", agreed, chance.choices(sorted(ANYTHING), k=STEPS)


async def happening_in(where: str, agreed: dict[str, Any], names: Iterable[str]) -> AsyncIterator[Happened]:
    desk = await outside.a_holder_from_outside(terms=terms(**agreed))
    for name in names:
        if happened := await _done(f"{where}: {name}", desk, {**ANYTHING, **_LAID_DOWN}[name]):
            desk = happened.after
            yield happened


async def _until_a_day() -> AsyncIterator[Happened]:
    """Yield what happens under terms by which silence says something, and a notice suffices."""
    consent = replace(CONSENT, non_exclusive=ConsentRule(rule="NOTICE", days=14))
    desk = await at.an_invention(terms=terms(attestation=AttestationTerms(deemed_days=30), consent=consent))
    for name, act in _WAITING.items():
        happened = await _done(f"until a day: {name}", desk, act)
        assert happened is not None, name
        desk = happened.after
        yield happened
    # Who holds nothing is asked for no consent.
    for work in (outside.sold(to="ATRC"), owners.transfer_executed("SALE")):
        await desk.does(work)
    if happened := await _done("until a day: licence drafted", desk, known(at.licence_drafted())):
        yield happened


async def _before_shares() -> AsyncIterator[Happened]:
    """Yield what happens where shares wait for the word of whoever contributed."""
    desk = await at.an_invention(terms=terms(attestation=AttestationTerms(contributors="REQUIRED")))
    attested = _WAITING["attested"]
    acts_of = {"recorded": _WAITING["recorded"], "attested": attested, "contested by the person": contested()}
    again = {"corrected": known(at.corrected(points="3/1")), "attested again": attested, "confirmed": confirmed()}
    for name, act in {**acts_of, **again}.items():
        happened = await _done(f"before shares: {name}", desk, act)
        assert happened is not None, name
        desk = happened.after
        yield happened


async def _in_tables() -> AsyncIterator[Happened]:
    for table in TABLES:
        for situation, begin in table.situations.items():
            desk = await begin()
            for row, (act, _) in table.rows.items():
                if happened := await _done(f"{table.drawing.heading}: {row} in {situation}", desk, as_act(act)):
                    yield happened


async def _done(where: str, before: Desk, act: Act) -> Happened | None:
    after = copy.deepcopy(before)
    work = await act(after)
    try:
        await after.does(work)
    except DomainError:
        return None
    known = (await before.store.head()).position
    states: dict[str, State] = {}
    told, reasons = [], set()
    for entry in await after.store.read_log(after=0, limit=100_000):
        envelope = decode(entry.state)
        if entry.id > known:
            envelope = replace(envelope, actor_party=_party_of(work))
        names = needed(envelope)
        alerts, changed = tell([(entry.id, envelope)], states, names)
        if entry.id > known:
            told.append((envelope, alerts))
            reasons |= _reasons(envelope, Remembered(dict(states), names))
        states |= changed
    return Happened(where, before, after, told, reasons, states) if told else None


def _party_of(work: Work) -> str | None:
    """Return whose party gives a command; a desk records all of them as one party's."""
    command = work.keywords.get("command") if isinstance(work, partial) else None
    return command.by.party if isinstance(command, Command) else None


def _reasons(envelope: Envelope, remembered: Remembered) -> set[tuple[str, str]]:
    rule = RULES[type(envelope.data)]
    if not isinstance(rule, Rule):
        return set()
    sources = [source for source in rule.to if source.of(envelope, remembered)]
    return {(event_name(envelope.type), source.says) for source in sources}
