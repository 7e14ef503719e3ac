"""Query parameters: an address refuses those it does not know, or a misspelt one would answer another question."""

from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Final
from urllib.parse import parse_qsl

from shared.web.refusals import ParameterRepeated, ParameterUnknown

_LONGEST_NAME_SHOWN: Final = 80


def check_query(query: bytes, known: AbstractSet[str]) -> None:
    """Refuse a query with a parameter that is not known or given twice; raises ParameterUnknown, ParameterRepeated."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    names = {name for name, _ in given}
    if unknown := sorted(names - known):
        raise ParameterUnknown(expected=sorted(known), got=unknown[0][:_LONGEST_NAME_SHOWN])
    if len(names) < len(given):
        [(repeated, times)] = Counter(name for name, _ in given).most_common(1)
        raise ParameterRepeated(expected="once", got=f"{times} times", at=f"query.{repeated}")
