"""Lists of ids name each thing once: whoever repeats one meant another, and what is signed is as it was sent."""

from collections import Counter
from collections.abc import Iterable

from services.agreements.errors import IdsRepeated


def check_named_once(ids: Iterable[str], name: str) -> None:
    """Raise IdsRepeated for a list, which is called `name` in the request, that names something twice."""
    if repeated := sorted(each for each, times in Counter(ids).items() if times > 1):
        raise IdsRepeated(got=repeated, at=name)
