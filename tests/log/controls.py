"""Examples for the log's tests: valid by default, one thing overridden per test."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import msgspec

from shared.errors import Conflict, NotFound
from shared.events.registry import Event, event
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.envelope import Envelope
from shared.log.handle import Change, Decided, Reader, Work
from shared.log.store import Append, IdempotencyKey, KeyedAnswer, Recordable

_numbers = count(1)
TODAY = date(2024, 7, 8)


@event("tests.JarOpened.v1", entity="jar")
class JarOpened(Event, frozen=True, kw_only=True):
    jar: str
    limit: int


@event("tests.CoinDropped.v1", entity="jar")
class CoinDropped(Event, frozen=True, kw_only=True):
    jar: str
    worth: int


class Jar(msgspec.Struct, frozen=True):
    jar: str
    limit: int
    total: int = 0


class NoSuchJar(NotFound):
    """There is no such jar."""


class JarFull(Conflict):
    """The jar holds no more."""


def evolve_jar(jar: Jar | None, happened: Event) -> Jar:
    match happened:
        case JarOpened():
            return Jar(happened.jar, happened.limit)
        case CoinDropped() if jar is not None:
            return Jar(jar.jar, jar.limit, jar.total + happened.worth)
    message = f"not an event of jars: {happened}"
    raise AssertionError(message)


JAR = Aggregate("jar", Jar, evolve_jar, NoSuchJar)


def a_name() -> str:
    return f"n{next(_numbers)}"


def opening(jar: str, *, limit: int = 100) -> Work:
    """Open a jar; opening it again changes nothing."""

    async def work(read: Reader) -> Decided:
        known = await read.new(JAR, jar)
        events = () if known else (JarOpened(jar=jar, limit=limit),)
        return Decided("AGR-1", (Change(JAR, jar, events, TODAY),))

    return work


def dropping(jar: str, worth: int = 1, *, if_open: str | None = None) -> Work:
    """Drop a coin while the jar holds it, and while another jar, only read, is open."""

    async def work(read: Reader) -> Decided:
        known = await read(JAR, jar)
        if if_open is not None:
            await read(JAR, if_open)
        if known.total + worth > known.limit:
            raise JarFull(jar=jar, expected=f"at most {known.limit}", got=known.total + worth)
        return Decided("AGR-1", (Change(JAR, jar, (CoinDropped(jar=jar, worth=worth),), TODAY),))

    return work


def context(**overrides: Any) -> CommandContext:
    valid: dict[str, Any] = {
        "actor": "psn-1",
        "actor_party": "HUT",
        "now": datetime(2024, 7, 8, 9, 30, tzinfo=UTC),
        "correlation_id": "cor-1",
    }
    return CommandContext(**valid | overrides)


def represent(jar: Jar, version: int) -> bytes:
    return msgspec.json.encode({"jar": jar.jar, "total": jar.total, "version": version})


def keyed(key: str, fingerprint: bytes = b"asked", caller: str = "psn-1") -> IdempotencyKey:
    return IdempotencyKey(caller, key, fingerprint)


def an_envelope(**overrides: Any) -> Envelope:
    valid: dict[str, Any] = {
        "id": "0190a000-0000-7000-8000-000000000001",
        "stream": "jar:J1",
        "version": 1,
        "time": datetime(2024, 7, 8, 9, 30, tzinfo=UTC),
        "effective_on": TODAY,
        "agreement": "AGR-1",
        "actor": "psn-1",
        "actor_party": "HUT",
        "correlation_id": "cor-1",
        "causation_id": None,
        "traceparent": None,
        "data": JarOpened(jar="J1", limit=100),
    }
    return Envelope(**valid | overrides)


def recordable(stream: str, version: int = 1, **overrides: Any) -> Recordable:
    valid: dict[str, Any] = {
        "originator_id": stream,
        "originator_version": version,
        "topic": "tests.CoinDropped.v1",
        "state": f"{stream} {version}".encode(),
        "agreement": "AGR-1",
    }
    return Recordable(**valid | overrides)


def an_append(
    stream: str, *versions: int, key: IdempotencyKey | None = None, state: bytes | None = None, **promises: Any
) -> Append:
    """Return an append of consecutive versions, expecting the stream just below them."""
    numbers = versions or (1,)
    promised: dict[str, Any] = {"expected": {stream: numbers[0] - 1}} | promises
    return Append(
        events=[recordable(stream, number, **({"state": state} if state else {})) for number in numbers],
        keyed=KeyedAnswer(key, b"first answer", numbers[-1]) if key else None,
        **promised,
    )
