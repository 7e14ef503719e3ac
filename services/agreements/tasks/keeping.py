"""Keeps the list of what waits for whom by following the log, as the scheduler keeps that of what is due."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.voices import VOICE
from services.agreements.following import Begun, Comparison
from services.agreements.inventions.model import INVENTION
from services.agreements.tasks.asking import Around, Waiting
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.store import KeptTasks, Key, Listed, Open, TaskList
from shared.log.envelope import decode
from shared.log.handle import Handler
from shared.log.latest import Latest

# Raised by hand when the same states ask otherwise.
_RULES: Final = 2
_FOLLOWED: Final = 1_000
# What a contribution asks may be otherwise by what is said of it in another stream.
_FOLLOWING: Final = (*WAITING_FOR, VOICE.name)
# And by terms and adoptions, which are not followed for that: whether it is so is looked at whenever it is shown.
_BY_OTHERS: Final = frozenset({"HEAR_CONTRIBUTOR", "ANSWER_CONTRIBUTOR"})


class Touched(Protocol):
    """The streams to which something happened up to a position, each at the version it had there."""

    @property
    def upto(self) -> int: ...
    @property
    def versions(self) -> dict[str, int]: ...


class Touching(Protocol):
    """Tells which streams of some entities the next events belong to."""

    def __call__(self, after: int, *, limit: int, entities: Iterable[str]) -> Awaitable[Touched]: ...


class _Asked(NamedTuple):
    """What a thing at some version asks."""

    waiting: Waiting
    version: int
    agreement: str
    assets: Sequence[str]
    around: Around
    keys: set[Key]


class TaskKeeper:
    """Follows the log, and writes of each thing to which something happened what it asks of whom."""

    told: Mapping[str, str] = {"action": "task-put-right"}
    entities: Collection[str] = WAITING_FOR.keys()
    nothing = Open.of((), ())

    def __init__(self, handler: Handler, store: KeptTasks, log: Begun) -> None:
        self._handler = handler
        self._store = store
        self._position = 0
        self._comparison = Comparison(handler, log, self)
        self.streams, self.put = store.streams, store.put

    async def resume(self) -> None:
        """Read how far the log was followed; by other rules than these counts as not at all."""
        revisions = [f"{name}/{each.aggregate.revision}" for name, each in sorted(WAITING_FOR.items())]
        self._position = await self._store.resume(" ".join([str(_RULES), *revisions]))

    async def follow(self, touching: Touching) -> None:
        """Write what all things ask to which something has happened, and those that ask the holders of one of these."""
        while True:
            touched = await touching(self._position, limit=_FOLLOWED, entities=_FOLLOWING)
            if touched.upto == self._position:
                return
            held = [each.partition(":")[2] for each in touched.versions if each.startswith(f"{INVENTION.name}:")]
            streams = {*map(_asking, touched.versions), *(await self._store.about(held) if held else ())}
            latest, known = Latest(self._handler, touched.versions), await self._store.of_streams(streams)
            await self._store.keep(touched.upto, await self._opened(latest, streams, known))
            self._position = touched.upto

    async def compare(self) -> None:
        """Put right what is listed of the next things, as far as the log was followed."""
        await self._comparison.step(self._position)

    async def given(self, latest: Latest, streams: Iterable[str]) -> dict[str, Open]:
        """Return what things ask by the log, which says since when as well."""
        return await self._opened(latest, streams, {})

    async def listed(self, streams: Iterable[str]) -> dict[str, Open]:
        """Return what is listed of things."""
        streams = [*streams]
        listed, assets = await self._store.of_streams(streams), await self._store.assets_of(streams)
        return {each: Open.of(listed.get(each, ()), assets.get(each, ())) for each in listed.keys() | assets.keys()}

    def by_hand(self, listed: Open, given: Open) -> bool:
        """Tell whether nobody but a hand makes this difference.

        What ended and began again before it was followed has been listed since it began first.
        """
        return listed.assets != given.assets or _followed(listed) != _followed(given)

    async def _opened(
        self, latest: Latest, streams: Iterable[str], known: Mapping[str, Sequence[Listed]]
    ) -> dict[str, Open]:
        asked = {stream: await _asked(latest, stream) for stream in sorted(streams)}
        first = [stream for stream, each in asked.items() if each.keys and each.version == 1]
        begun = await self._store.first_events(first) if first else {}
        return {
            stream: await _open(
                self._handler,
                stream,
                each,
                known.get(stream, ()),
                decode(begun[stream]).time if stream in begun else None,
            )
            for stream, each in asked.items()
        }


def _followed(opened: Open) -> set[tuple[Key, str]]:
    return {(each.key, each.agreement) for each in opened.listed if each.name not in _BY_OTHERS}


def _asking(stream: str) -> str:
    """Return whose asking may be otherwise by what happened to a stream: of a voice, that of what it speaks of."""
    entity, _, identifier = stream.partition(":")
    return CONTRIBUTION.stream(identifier) if entity == VOICE.name else stream


async def asked_besides(handler: Handler, tasks: TaskList) -> dict[str, Open]:
    """Return what all things ask by now of which the list does not know it yet; raises ListsBehind."""
    touched = await tasks.touched(_FOLLOWING)
    held = [each.partition(":")[2] for each in touched if each.startswith(f"{INVENTION.name}:")]
    latest = Latest(handler, touched)
    return {
        stream: await _open(handler, stream, await _asked(latest, stream), (), None)
        for stream in sorted({*map(_asking, touched), *(await tasks.about(held) if held else ())})
    }


async def _open(handler: Handler, stream: str, asked: _Asked, known: Sequence[Listed], begun: datetime | None) -> Open:
    """Return what a thing asks: it is known since when of what it asked before, and of what has just begun."""
    since = {each.key: each.since for each in known}
    if begun is not None:
        since = dict.fromkeys(asked.keys, begun)
    elif not asked.keys <= since.keys():
        since = await _since(handler, stream, asked.waiting, asked.around)
    still = sorted(asked.keys & since.keys())
    return Open.of([Listed.of(key, since[key], stream, asked.agreement) for key in still], asked.assets)


async def _since(handler: Handler, stream: str, waiting: Waiting, around: Around) -> dict[Key, datetime]:
    """Return since when a thing has asked, without a break, what it asks now: the same whenever it is found out."""
    since: dict[Key, datetime] = {}
    state: Any = None
    for event in await handler.store.read_stream(stream):
        envelope = decode(event.state)
        state = waiting.aggregate.evolve(state, envelope.data)
        since = {key: since.get(key, envelope.time) for key in keys_of(waiting, state, around)}
    return since


async def _asked(latest: Latest, stream: str) -> _Asked:
    entity, _, identifier = stream.partition(":")
    waiting = WAITING_FOR[entity]
    state = await latest(waiting.aggregate, identifier)
    assets = waiting.assets(state)
    held = [await latest(INVENTION, asset) for asset in dict.fromkeys(assets)]
    around = Around(held, unheard=await waiting.unheard_of(latest, state))
    version = await latest.version(waiting.aggregate, identifier)
    return _Asked(waiting, version, state.agreement, assets, around, keys_of(waiting, state, around))


def keys_of(waiting: Waiting, state: Any, around: Around) -> set[Key]:  # noqa: ANN401  # of the aggregate's type
    """Return whom a thing asks what about which subject."""
    return {(ask.party, each.name, ask.subject) for each in waiting.awaited for ask in each.asks(state, around)}
