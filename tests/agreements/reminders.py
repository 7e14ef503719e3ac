"""Something that time changes and nothing else does: reminders that ring on their days, for tests of the scheduler."""

from datetime import date

import msgspec

from services.agreements.scheduler.registry import Advancing
from shared.errors import NotFound
from shared.events.registry import Event, event
from shared.log.aggregate import Aggregate
from shared.log.handle import Change, Decided, Reader, Work

DAY = date(2025, 6, 1)


@event("tests.ReminderSet.v1", entity="reminder")
class ReminderSet(Event, frozen=True, kw_only=True):
    reminder: str
    days: tuple[date, ...]


@event("tests.ReminderRang.v1", entity="reminder")
class ReminderRang(Event, frozen=True, kw_only=True):
    reminder: str
    on: date


class Reminder(msgspec.Struct, frozen=True):
    reminder: str
    days: tuple[date, ...]


class NoSuchReminder(NotFound):
    """There is no such reminder."""


class OutOfOrder(Exception):
    """What a rule with a mistake in it raises."""


def evolve(state: Reminder | None, happened: Event) -> Reminder:
    if isinstance(happened, ReminderSet):
        return Reminder(happened.reminder, happened.days)
    assert state is not None
    return Reminder(state.reminder, state.days[1:])


def next_due(state: Reminder) -> date | None:
    return state.days[0] if state.days else None


def advance(state: Reminder, today: date) -> tuple[Event, ...]:
    if state.reminder.startswith("broken"):
        raise OutOfOrder
    if state.reminder.startswith("deaf"):
        return ()
    return (ReminderRang(reminder=state.reminder, on=today),)


REMINDER = Aggregate("reminder", Reminder, evolve, NoSuchReminder)
ADVANCING = (Advancing(REMINDER, next_due, advance, lambda _: "MOU"),)


def setting(reminder: str, *days: date) -> Work:
    """Give the work of setting a reminder, anew if need be."""

    async def work(reader: Reader) -> Decided:
        await reader.find(REMINDER, reminder)
        return Decided("MOU", (Change(REMINDER, reminder, (ReminderSet(reminder=reminder, days=days),), DAY),))

    return work
