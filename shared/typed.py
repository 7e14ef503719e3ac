"""What is typed at a command line, read as strictly as the API reads it: in one spelling, within the same bounds."""

from collections.abc import Callable
from datetime import date
from typing import Final

import rich_click as click

from shared.errors import MoietyError
from shared.known import parse_known
from shared.positions import LAST_POSITION, position_of

_LONGEST_SHOWN: Final = 80


class Read(click.ParamType[object]):
    """A value that one of our own functions reads; what it refuses is the caller's mistake, not a finding."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        try:
            return self._read(value) if isinstance(value, str) else value
        except (MoietyError, ValueError) as error:
            self.fail(str(error), param, ctx)


def _day(text: str) -> date:
    """Read a day in the one spelling that the API takes; raises ValueError."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        message = f"a day is written {day.isoformat()}, not {text}"
        raise ValueError(message)
    return day


def _position(text: str) -> int:
    """Read a position, or 0 for the place before all, in one spelling; raises ValueError."""
    position = position_of(text)
    if position is None or str(position) != text:
        message = f"a position is a whole number from 0 to {LAST_POSITION} and no {text[:_LONGEST_SHOWN]}"
        raise ValueError(message)
    return position


DAY: Final = Read("day", _day)
KNOWN: Final = Read("known", parse_known)
POSITION: Final = Read("position", _position)
