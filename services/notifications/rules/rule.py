"""What a rule of alerting says in one place: of which event, as what, to whom, until when, and what it has to know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal, NamedTuple

from services.notifications.remembered import AFFILIATES, NOTHING_REMEMBERED, Remembered
from shared.calendar import legal_day
from shared.events.registry import Event
from shared.log.envelope import Envelope

AlertClass = Literal["info", "action", "reminder", "legal-critical"]
Needs = Callable[[Envelope], frozenset[str]]
"""Given an event, names what has to be remembered of earlier ones."""


def nothing(_envelope: Envelope) -> frozenset[str]:
    """Name nothing: the event says all there is to know."""
    return frozenset()


Link = Callable[[Envelope, int, Remembered, str], str]
"""Given an event, its position and who is told of it, says where that one reads what it is about."""


class Source(NamedTuple):
    """A way in which an event concerns somebody: who that is, and what has to be remembered to say so.

    Whoever is told for no other reason may not be able to read what the event is of; then `link` says what it can.
    """

    says: str
    who: Callable[[Envelope, Remembered], Iterable[str]]
    needs: Needs = nothing
    link: Link | None = None

    def linked(self, link: Link) -> "Source":
        """Return the same, with what they can read."""
        return self._replace(link=link)

    def but(self, *others: "Source") -> "Source":
        """Return those of them whom none of the others names."""

        def who(envelope: Envelope, remembered: Remembered) -> set[str]:
            return self.of(envelope, remembered).difference(*(each.of(envelope, remembered) for each in others))

        says = " and ".join(each.says for each in others)
        needing = [each.needs for each in (self, *others)]

        def needs(envelope: Envelope) -> frozenset[str]:
            return frozenset(name for each in needing for name in each(envelope))

        known = all(each is nothing for each in needing)
        return Source(f"{self.says} but {says}", who, nothing if known else needs, self.link)

    def of(self, envelope: Envelope, remembered: Remembered) -> set[str]:
        """Return whom it names, given no more than it says it needs."""
        return set(self.who(envelope, _as_asked(remembered, self.needs, envelope)))


class Due(NamedTuple):
    """Until when to act, if there is such a day, and what has to be remembered to say so."""

    says: str
    day: Callable[[Envelope, Remembered], date | None]
    needs: Needs = nothing

    def of(self, envelope: Envelope, remembered: Remembered) -> date | None:
        """Return the day, given no more than it says it needs."""
        return self.day(envelope, _as_asked(remembered, self.needs, envelope))


def _as_asked(remembered: Remembered, needs: Needs, envelope: Envelope) -> Remembered:
    # Most parts of most rules: every event is told, and few look at more than the event.
    return NOTHING_REMEMBERED if needs is nothing else remembered.only(needs(envelope))


NEVER: Final = Due("", lambda _envelope, _remembered: None)


@dataclass(frozen=True)
class Rule:
    """Of a type of event `to` are told, `but` are not, as what, and until when they should have acted.

    The class says what weight in law it has. For whom it waits besides, `awaits` says: each of those has a task.
    With `receipt` the acting party gets the same alert, as information: what it recorded has reached the others.
    With `spoken_for` it waits for whoever controls one of those as well, who may answer for it and has its task.
    """

    class_: AlertClass
    to: tuple[Source, ...]
    but: tuple[Source, ...] = ()
    due: Due = NEVER
    receipt: bool = False
    awaits: tuple[Source, ...] = ()
    spoken_for: bool = False
    # The member by which an event that has it weighs in law, whatever the class says: a clock begins with notice of it.
    weighs_by: str | None = None

    def class_of(self, envelope: Envelope) -> AlertClass:
        """Return what weight in law an event has."""
        weighs = self.weighs_by is not None and getattr(envelope.data, self.weighs_by) is not None
        return "legal-critical" if weighs else self.class_

    @cached_property
    def _needing(self) -> tuple[Source | Due, ...]:
        parts: tuple[Source | Due, ...] = (*self.to, *self.but, *self.awaits, self.due)
        return tuple(part for part in parts if part.needs is not nothing)

    def needs(self, envelope: Envelope) -> frozenset[str]:
        """Return the names of everything that has to be remembered to say whom the event is told, and until when."""
        names = frozenset(name for part in self._needing for name in part.needs(envelope))
        return names | {AFFILIATES} if self.spoken_for else names

    def asked(self, envelope: Envelope, remembered: Remembered) -> set[str]:
        """Return who is told of an event."""
        return {*self.told(envelope, remembered)}

    def told(self, envelope: Envelope, remembered: Remembered) -> dict[str, Source]:
        """Return who is told of an event, each with the first reason why."""
        told: dict[str, Source] = {}
        for source in self.to:
            told = dict.fromkeys(source.of(envelope, remembered), source) | told
        for source in self.but:
            for each in source.of(envelope, remembered):
                told.pop(each, None)
        return told

    def awaited(self, envelope: Envelope, remembered: Remembered) -> set[str]:
        """Return who of those that are told is asked for something."""
        return {each for source in self.awaits for each in source.of(envelope, remembered)}

    def answering(self, envelope: Envelope, remembered: Remembered) -> dict[str, set[str]]:
        """Return who may answer for some of those by controlling them on the day, each with these.

        Not whoever did it: nobody is asked about its own act, be it for another.
        """
        if not self.spoken_for:
            return {}
        affiliates, day = remembered.affiliates(), legal_day(envelope.time)
        answering: dict[str, set[str]] = {}
        for child in self.awaited(envelope, remembered) & self.told(envelope, remembered).keys():
            for parent in affiliates.above(child, day) - {envelope.actor_party}:
                answering.setdefault(parent, set()).add(child)
        return answering


@dataclass(frozen=True)
class Nobody:
    """Of a type of event nobody is told, and why not."""

    because: str


Rules = dict[type[Event], Rule | Nobody]


def named(field: str) -> Source:
    """Return those whom the event itself names in a field: one party, several, or the holders of a vector of shares."""
    return Source(f"`{field}`", lambda envelope, _remembered: _each(getattr(envelope.data, field)))


def by_the_end_of(field: str) -> Due:
    """Return the day that the event itself names in a field, if it does."""

    def day(envelope: Envelope, _remembered: Remembered) -> date | None:
        last: date | None = getattr(envelope.data, field)
        return last

    return Due(f"`{field}`", day)


def by_the_day_before(field: str) -> Due:
    """Return the last day before one that the event itself names: on that one it is too late."""
    named_day = by_the_end_of(field)
    return Due(f"the day before {named_day.says}", lambda *told: last_day_before(named_day.day(*told)))


def last_day_before(day: date | None) -> date | None:
    return None if day is None else day - timedelta(days=1)


def _each(value: str | Iterable[str] | None) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value or ()
