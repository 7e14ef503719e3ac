"""Reading what really waits for a party, and what a caller can do with a thing: by trying it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler

from services.agreements.affiliations.model import AFFILIATION, ALL, controlled_by
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions import handling as contributions
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes import handling as disputes
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions import handling as inventions
from services.agreements.inventions.model import INVENTION
from services.agreements.licences import handling as licences
from services.agreements.licences.model import LICENCE
from services.agreements.notices.handling import Reads
from services.agreements.parties.model import PARTY
from services.agreements.responses import CommandResponses
from services.agreements.tasks.asking import Around, Ask, Awaited
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.imagined import IMAGINED
from services.agreements.tasks.places import PLACES, act_of, filled, path_of
from services.agreements.tasks.store import Listed
from services.agreements.tasks.trying import JSON, Asker, ReaderForAll, can
from services.agreements.tasks.views import AnswerView, MeView, TaskView
from services.agreements.tasks.way import Blank, Occasion, Way
from services.agreements.tasks.ways import WAYS
from services.agreements.things import Can
from services.agreements.transfers import handling as transfers
from services.agreements.transfers.model import TRANSFER
from shared.calendar import legal_day
from shared.errors import NotFound
from shared.events.party import Power
from shared.events.terms import Terms
from shared.log.aggregate import Aggregate
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Handler, Reader
from shared.web.auth import Caller, RoleGuard
from shared.web.etag import etag_of

# Who speaks where it does not matter who: nobody's name, so that no rule about persons takes it for anybody's.
_ANYBODY: Final = ""
# What adds to a state until when silence says nothing, where that begins with notice.
ON_NOTICE: Final[Mapping[str, Callable[[Reads, Any], Awaitable[Any]]]] = {
    CONTRIBUTION.name: contributions.on_notice,
    INVENTION.name: inventions.on_notice,
    TRANSFER.name: transfers.on_notice,
    DISPUTE.name: disputes.on_notice,
    LICENCE.name: licences.on_notice,
}
_SPEAKING: Final = frozenset({"representative"})


class _Asked(NamedTuple):
    """A task with everything that was read for it."""

    listed: Listed
    awaited: Awaited
    ask: Ask
    state: Any
    reader: Reader


class Tasks:
    """What waits for the party of a caller, and for those for which it may speak."""

    def __init__(self, handler: Handler, party: str, now: datetime) -> None:
        self._handler = handler
        self._party = party
        self._asker = Asker(Caller(_ANYBODY, party), now)
        self._today = legal_day(now)

    async def parties(self) -> list[str]:
        """Return for whom the caller may be asked: its own party, and those that it controls today."""
        registry = await ReaderForAll(self._handler, self._party).find(AFFILIATION, ALL)
        return [self._party, *controlled_by(registry, self._party, self._today)]

    async def shown(self, listed: Listed) -> TaskView | None:
        """Return a task, None where it is done, or nothing can be done about it today."""
        asked = await self._asked(listed)
        if asked is None:
            return None
        answers = [answer for each in asked.awaited.answers async for answer in self._answers(asked, each)]
        # Whoever cannot do what is asked for is not asked. What no request does is told as it is.
        first = next(iter(asked.awaited.answers), None)
        if first is not None and (not answers or answers[0].act != self._act(asked, first)):
            return None
        entity, _, identifier = listed.stream.partition(":")
        return TaskView(
            task=listed.name,
            party=listed.party,
            agreement=listed.agreement,
            kind=entity,
            thing=PLACES[entity].address(identifier, asked.state),
            since=listed.since,
            due_on=asked.ask.due_on,
            silence=asked.ask.silence,
            power=answers[0].power if answers else None,
            answers=tuple(answers),
        )

    async def _asked(self, listed: Listed) -> _Asked | None:
        """Return what a thing asks now, None where it does not any more, or there is no such thing."""
        entity, _, identifier = listed.stream.partition(":")
        waiting = WAITING_FOR.get(entity)
        if waiting is None:
            return None
        # For each its own: where one is seen as it was when its party left, nothing can be done about that one.
        reader = ReaderForAll(self._handler, self._party)
        try:
            state = await reader(waiting.aggregate, identifier)
            if on_notice := ON_NOTICE.get(entity):
                state = await on_notice(reader, state)
            assets = [await reader(INVENTION, asset) for asset in dict.fromkeys(waiting.assets(state))]
            unheard = await waiting.unheard_of(reader, state)
            around = Around(assets, await self._terms(reader, listed.agreement), unheard)
        except NotFound:  # a row that somebody put there
            return None
        for awaited in waiting.awaited:
            if awaited.name == listed.name:
                for ask in awaited.asks(state, around):
                    if (ask.party, ask.subject) == (listed.party, listed.subject):
                        return _Asked(listed, awaited, ask, state, reader)
        return None

    async def _terms(self, reader: Reader, agreement: str) -> Terms | None:
        return None if agreement == NO_AGREEMENT else (await reader(AGREEMENT, agreement)).standing.terms

    def _act(self, asked: _Asked, route: HTTPRouteHandler) -> str:
        place = PLACES[asked.listed.stream.partition(":")[0]]
        return next((act_of(route, place, parts) for parts in _parts(asked, way_of(route))), "")

    async def _answers(self, asked: _Asked, route: HTTPRouteHandler) -> AsyncIterator[AnswerView]:
        """Yield the requests by which a route answers, where it can."""
        entity, _, identifier = asked.listed.stream.partition(":")
        way, place = way_of(route), PLACES[entity]
        if asked.listed.party != self._party and "holder" not in _fields(route):
            return
        version = asked.reader.version(WAITING_FOR[entity].aggregate, identifier)
        on = Occasion(self._party, asked.listed.party, self._today)
        names = place.names(identifier, asked.state)
        for parts in _parts(asked, way):
            bodies = [*way.bodies(asked.state, on)]
            if await can(asked.reader, self._asker, route, {**names, **parts}, map(example_of, bodies)):
                yield AnswerView(
                    act=act_of(route, place, parts),
                    power=power_of(route),
                    method="POST",
                    path=filled(path_of(route), {**names, **parts}),
                    headers={"If-Match": etag_of(version)},
                    body=_skeleton(bodies[0]) if _fields(route) else None,
                )


async def me(handler: Handler, caller: Caller, now: datetime) -> MeView:
    """Return who a caller is, and what its party may do through it today; raises PartyNotFound."""
    reader, today = Reader(handler, trusting=False), legal_day(now)
    party = await reader(PARTY, caller.party) if caller.party is not None else None
    registry = await reader.find(AFFILIATION, ALL)
    named = party.representatives.get(caller.subject) if party else None
    every: tuple[Power, ...] = get_args(Power) if party and not party.representatives else ()
    return MeView(
        person=caller.subject,
        roles=tuple(sorted(caller.roles)),
        party=caller.party,
        legal_name=party.legal_name if party else None,
        status=party.status if party else None,
        named=bool(party and party.representatives),
        powers=tuple(power for power in named.powers if named.allows(power, today)) if named else every,
        speaks_for=tuple(controlled_by(registry, caller.party, today)) if caller.party is not None else (),
        today=today,
    )


async def possible(  # noqa: PLR0913, PLR0917  # who asks, when, and about what
    reader: Reader, caller: Caller, now: datetime, aggregate: Aggregate[Any], identifier: str, state: msgspec.Struct
) -> Can:
    """Return what a caller can do with a thing, each by what follows its address where that is done."""
    place = PLACES[aggregate.name]
    found: list[str] = []
    if imagine := IMAGINED.get(aggregate.name):
        imagine(reader, state)
    names = place.names(identifier, state)
    party = caller.party or _ANYBODY
    on = Occasion(party, party, legal_day(now))
    for way in WAYS[aggregate.name]:
        if not roles_of(way.route) & caller.roles:
            continue
        for parts in way.parts(state):
            bodies = map(example_of, way.bodies(state, on))
            if await can(reader, Asker(caller, now), way.route, {**names, **parts}, bodies):
                found.append(act_of(way.route, place, parts))
    return tuple(dict.fromkeys(found))


def roles_of(route: HTTPRouteHandler) -> frozenset[str]:
    """Return the roles that may use a route; whoever speaks for a party, where it says nothing."""
    guards = [guard for guard in route.guards or () if isinstance(guard, RoleGuard)]
    return frozenset(role for guard in guards for role in guard.roles) or _SPEAKING


@cache
def way_of(route: HTTPRouteHandler) -> Way:
    return next(way for ways in WAYS.values() for way in ways if way.route is route)


def power_of(route: HTTPRouteHandler) -> Power | None:
    """Return the power that a route takes, by the gate of its command."""
    responses = route.responses
    assert isinstance(responses, CommandResponses)
    return responses.command.gate.power


def example_of(body: JSON) -> JSON:
    """Return what could be sent."""
    return {name: each.example if isinstance(each, Blank) else each for name, each in body.items()}


def _skeleton(body: JSON) -> dict[str, Any]:
    """Return what is to be sent, without what only whoever sends it can say."""
    return {name: None if isinstance(each, Blank) else each for name, each in body.items()}


def _parts(asked: _Asked, way: Way) -> Iterator[JSON]:
    for parts in way.parts(asked.state):
        if asked.ask.part is None or asked.ask.part in {str(each) for each in parts.values()}:
            yield parts


@cache
def _fields(route: HTTPRouteHandler) -> frozenset[str]:
    """Return what a route's body may say; nothing where it takes none."""
    body = get_type_hints(route.fn).get("data")
    return frozenset(field.encode_name for field in msgspec.structs.fields(body)) if body else frozenset()
