"""What the routes of this service may answer: the view as it stands, or a refusal. Those of a gate need no listing."""

from typing import ClassVar, Final, Protocol

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from services.agreements.commands import Command
from services.agreements.errors import PartyHasLeft
from services.agreements.gates import Gate
from services.agreements.headings import ListsBehind
from shared.errors import DomainError
from shared.log.envelope import EventTooLarge
from shared.log.handle import IdempotencyKeyReused, KeptAnswerUnreadable, KeptChanging, VersionMismatch
from shared.log.keys import TooManyKeys
from shared.log.store import LogOnHold, LogUnavailable
from shared.web.refusals import (
    COMMON,
    CursorMalformed,
    IdempotencyKeyMalformed,
    IfMatchMalformed,
    IfMatchRequired,
    Refusals,
    RoleMissing,
    RouteUnknown,
    refusals,
)

_CREATED: Final = 201
_OK: Final = 200
_EVERY_COMMAND: Final = (
    RoleMissing,
    IdempotencyKeyMalformed,
    IdempotencyKeyReused,
    KeptAnswerUnreadable,
    TooManyKeys,
    KeptChanging,
    EventTooLarge,
    LogUnavailable,
    LogOnHold,
)
_EVERY_CHANGE: Final = (RouteUnknown, *_EVERY_COMMAND, IfMatchRequired, IfMatchMalformed, VersionMismatch)
_Views = type[msgspec.Struct]


class Gated(Protocol):
    """A command as its route knows it."""

    gate: ClassVar[Gate]


class CommandResponses(Refusals):
    """The responses of a route that gives a command, and which."""

    def __init__(self, command: type[Gated], classes: tuple[type[DomainError], ...]) -> None:
        # Who has left an agreement does nothing with what it no longer sees, whatever the command.
        own = (PartyHasLeft,) if issubclass(command, Command) else ()
        super().__init__((*COMMON, *classes, *command.gate.refusals, *own))
        self.command = command


def creating(view: _Views, command: type[Gated], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route by which something comes to be."""
    return _showing(CommandResponses(command, (*_EVERY_COMMAND, *own)), view, _CREATED, _OK)


def reporting(view: _Views, command: type[Gated], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that records on what exists, at whatever version it is."""
    return _showing(CommandResponses(command, (*_EVERY_COMMAND, *own)), view, _OK)


def changing(view: _Views, command: type[Gated], *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that changes what exists."""
    return _showing(CommandResponses(command, (*_EVERY_CHANGE, *own)), view, _OK)


def showing(view: _Views, *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that shows one thing, unless its caller has that version."""
    return _showing(refusals(RoleMissing, RouteUnknown, LogUnavailable, *own), view, _OK).or_not_modified()


def answering(view: _Views, *own: type[DomainError]) -> Refusals:
    """Declare the answers of a route that works something out, which has no version of its own."""
    declared = refusals(RoleMissing, RouteUnknown, LogUnavailable, *own)
    declared[_OK] = _spec(view)
    return declared


def listing(*own: type[DomainError]) -> Refusals:
    """Declare the refusals of a route that lists."""
    return refusals(RoleMissing, LogUnavailable, CursorMalformed, *own)


def finding(*own: type[DomainError]) -> Refusals:
    """Declare the refusals of a route that lists what it finds in the index."""
    return listing(ListsBehind, *own)


def remembering(*own: type[DomainError]) -> Refusals:
    """Declare the refusals of a route that shows what happened to one thing, unless its caller has just that."""
    return listing(RouteUnknown, ListsBehind, *own).or_not_modified()


def _showing(declared: Refusals, view: _Views, *statuses: int) -> Refusals:
    for status in statuses:
        declared[status] = _spec(view)
    declared.versioned |= {*statuses}
    return declared


def _spec(view: _Views) -> ResponseSpec:
    return ResponseSpec(data_container=view, generate_examples=False, description="As it stands now.")
