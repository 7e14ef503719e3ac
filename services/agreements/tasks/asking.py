"""What it is that somebody is asked, and what has to be read besides the thing itself to say so."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from litestar.handlers import HTTPRouteHandler

from services.agreements.contributions.voices import Unheard
from services.agreements.inventions.model import Invention
from services.agreements.notices.handling import Reads
from services.agreements.tasks.views import EffectOfSilence
from shared.events.terms import Terms
from shared.log.aggregate import Aggregate

Assets = Sequence[Invention]


class Around(NamedTuple):
    """What a thing is about, and the terms that stand; None where everybody counts whom any terms would ask."""

    assets: Assets = ()
    terms: Terms | None = None
    # What is missing of the word of the person named in a contribution, where shares wait for it.
    unheard: Unheard | None = None


class Ask(NamedTuple):
    """That a party is asked about something; about another subject it is asked anew."""

    party: str
    subject: str = ""
    due_on: date | None = None
    silence: EffectOfSilence = "NOTHING"
    # Which part of the thing it is about, as its address names it.
    part: str | None = None


class Awaited(NamedTuple):
    """Something that parties wait for from each other: whom a state asks, and by which routes it is answered.

    Whether a party really can is found out by trying the first of them; what none of them answers is done elsewhere.
    Whoever may be asked is in `asks`, also by holding something on another day: what counts today the trial knows.
    """

    name: str
    asks: Callable[[Any, Around], Iterable[Ask]]
    answers: tuple[HTTPRouteHandler, ...]


class Waiting(NamedTuple):
    """A kind of thing for which somebody may wait, whose holders are asked, and everything that is awaited of it."""

    aggregate: Aggregate[Any]
    awaited: tuple[Awaited, ...]
    assets: Callable[[Any], Sequence[str]] = lambda _state: ()
    unheard: Callable[[Reads, Any], Awaitable[Unheard | None]] | None = None

    async def unheard_of(self, reads: Reads, state: Any) -> Unheard | None:  # noqa: ANN401  # of the aggregate's type
        """Return what is missing of somebody's word besides what the thing itself says."""
        return None if self.unheard is None else await self.unheard(reads, state)
