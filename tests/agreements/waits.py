"""What happens at a desk when days pass: what the scheduler does about one thing, recorded on the day it is due."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from services.agreements.retirement import decisions, handling
from services.agreements.scheduler.registry import ADVANCING
from services.ledger.check.replay import Replay
from shared.log.aggregate import Aggregate
from shared.log.handle import Change, CommandContext, Decided, Reader, Work
from tests.agreements.controls import ATRC, said
from tests.agreements.desk import Desk

_RULES = {advancing.aggregate.name: advancing for advancing in ADVANCING}


async def until(desk: Desk, aggregate: Aggregate[Any], name: str, day: date) -> None:
    """Record all that time does to something by a day."""
    rules = _RULES[aggregate.name]

    async def work(reader: Reader) -> Decided:
        state = await rules.on_notice(reader, await reader(aggregate, name))
        due = rules.next_due(state)
        events = rules.advance(state, due) if due is not None and due <= day else ()
        beside = await rules.elsewhere(reader, state, events, due or day) if events and rules.elsewhere else ()
        own = Change(aggregate, name, events if beside is not None else (), due or day)
        return Decided(rules.agreement_of(state), (own, *(beside or ())))

    now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    context = CommandContext(actor="system", actor_party=None, now=now, correlation_id="due")
    while (await desk.handler.handle(work, context, represent=lambda *_: b"")).position is not None:
        pass


async def entered(desk: Desk) -> Replay:
    """Enter everything in a ledger, in memory; it raises where it reads the facts otherwise."""
    ledger = Replay()
    for entry in await desk.store.read_log(after=0, limit=10_000):
        ledger.enter(entry.state)
    return ledger


def giving_up(**changed: Any) -> decisions.ProposeRetirement:
    return decisions.ProposeRetirement(**said(changed, holder="HUT", reason="anticipated"))


def keeping(**changed: Any) -> decisions.OpposeRetirement:
    return decisions.OpposeRetirement(**said({"by": ATRC, "holder": "ATRC", **changed}, reason="we want it"))


def agreeing(**changed: Any) -> decisions.ConsentToRetirement:
    return decisions.ConsentToRetirement(**said({"by": ATRC, "holder": "ATRC", **changed}))


def retirement_proposed(**changed: Any) -> Work:
    return partial(handling.propose, invention="INV", command=giving_up(**changed))


def retirement_consented(**changed: Any) -> Work:
    return partial(handling.consent, invention="INV", command=agreeing(**changed))


def retirement_opposed(**changed: Any) -> Work:
    return partial(handling.oppose, invention="INV", command=keeping(**changed))
