"""Saying again what is recorded: exactly that is nothing to do, and anything else is refused instead of swallowed."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.agreements.errors import RecordedOtherwise


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a party did, and why, as it said so."""

    party: str
    reason: str


def already(recorded: Mapping[str, Any] | Statement | None, said: Mapping[str, Any], **ids: object) -> tuple[()]:
    """Return that there is nothing to do; raises RecordedOtherwise where something else is recorded than is said now.

    `said` names what counts of a command, and `recorded` has it under the same names.
    """
    known = msgspec.structs.asdict(recorded) if isinstance(recorded, Statement) else recorded or {}
    if other := [name for name, value in said.items() if known.get(name) != value]:
        expected = {name: known.get(name) for name in other}
        raise RecordedOtherwise(expected=expected, got={name: said[name] for name in other}, **ids)
    return ()
