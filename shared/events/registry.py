"""The registry of events: explicit versioned names, never module paths, so that code may move and history stays."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from inspect import cleandoc
from typing import Any, ClassVar, TypeVar

import msgspec

_NAME = re.compile(r"^[a-z]+\.(?P<event>[A-Z][A-Za-z]+)\.v(?P<version>[1-9][0-9]*)$", re.ASCII)

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that happened, in the past tense; its fields are what a reader without our tables needs."""

    TYPE: ClassVar[str]
    ENTITY: ClassVar[str]


E = TypeVar("E", bound=type[Event])

_registered: dict[str, type[Event]] = {}
_upcasters: dict[str, tuple[str, Upcaster]] = {}


class UnknownEventType(LookupError):
    """An event carries a type this release does not know."""


def event(type_name: str, *, entity: str) -> Callable[[E], E]:
    """Register a struct under its published name, e.g. `agreements.PartyRegistered.v1`.

    The entity is the subject token and the stream's prefix. Raises ValueError for a name that is taken or malformed:
    both are mistakes in code and must fail at import.
    """
    if _NAME.match(type_name) is None:
        message = f"event type {type_name!r} is not <service>.<PastTense>.v<n>"
        raise ValueError(message)

    def register(cls: E) -> E:
        if type_name in _registered or type_name in _upcasters:
            message = f"event type {type_name!r} is registered twice"
            raise ValueError(message)
        cls.TYPE = type_name
        cls.ENTITY = entity
        _registered[type_name] = cls
        return cls

    return register


def upcaster(old: str, *, to: str) -> Callable[[Upcaster], Upcaster]:
    """Register how data stored under an old type reads as the next version; steps chain until a current type."""

    def register(function: Upcaster) -> Upcaster:
        if old in _registered or old in _upcasters:
            message = f"event type {old!r} is registered twice"
            raise ValueError(message)
        _upcasters[old] = (to, function)
        return function

    return register


def event_name(type_name: str) -> str:
    """Return the bare name in a type: `ContributionRecorded` of `agreements.ContributionRecorded.v1`."""
    return type_name.split(".")[1]


@cache
def in_words(kind: type[Event]) -> str:
    """Return what happened when one of these did: the sentence that its docstring begins with."""
    return " ".join(cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def registered() -> Mapping[str, type[Event]]:
    """Return every current event type by its name."""
    return dict(_registered)


def read_event(type_name: str, raw: bytes | msgspec.Raw) -> Event:
    """Decode the data of one event, upcasting old versions.

    Raises UnknownEventType, or msgspec.ValidationError for data that is not of its type.
    """
    if type_name in _registered:
        return msgspec.json.decode(raw, type=_registered[type_name])
    if type_name not in _upcasters:
        raise UnknownEventType(type_name)
    data: Data = msgspec.json.decode(raw)
    while type_name in _upcasters:
        type_name, upcast = _upcasters[type_name]
        data = upcast(data)
    if type_name not in _registered:
        raise UnknownEventType(type_name)
    return msgspec.convert(data, type=_registered[type_name])
