"""Query parameters: an address refuses those it does not know, or a misspelt one would answer another question."""

from collections.abc import Set as AbstractSet
from typing import Final
from urllib.parse import parse_qsl

from shared.web.refusals import ParameterUnknown

_LONGEST_NAME_SHOWN: Final = 80


def refuse_unknown(query: bytes, known: AbstractSet[str]) -> None:
    """Refuse a query that has any other parameter than the known ones; raises ParameterUnknown."""
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    if unknown := sorted(given.keys() - known):
        raise ParameterUnknown(expected=sorted(known), got=unknown[0][:_LONGEST_NAME_SHOWN])
