"""What a consumer is told of: agreements, kinds of things and names of events, as subjects of the party's stream."""

from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

from services.notifications.errors import FilterTooWide, NothingToFilter
from shared.events.registry import event_name, registered
from shared.ids import is_id
from shared.log.envelope import NO_AGREEMENT
from shared.log.parties import subject_filter

# Each combination is a subject of its own, and the server compares every event with all of them.
MOST_SUBJECTS: Final = 100


class Filter(NamedTuple):
    """Which events: of one of these agreements, about one of these kinds, by one of these names; empty means any."""

    agreements: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def subjects(self, party: str) -> Sequence[str]:
        """Return the subjects on the party's stream that these events have; none where there is no filter."""
        if not any(self):
            return ()
        tokens = (each or (None,) for each in self)
        return [subject_filter(party, *combination) for combination in product(*tokens)]


def checked(wanted: Filter) -> Filter:
    """Return a filter in its one form: sorted, each once; raises NothingToFilter, FilterTooWide."""
    tidy = Filter(*(tuple(sorted(set(each))) for each in wanted))
    known = registered().values()
    _check(tidy.agreements, {each for each in tidy.agreements if is_id(each)} | {NO_AGREEMENT}, "agreements")
    _check(tidy.entities, {kind.ENTITY for kind in known}, "entities")
    _check(tidy.events, {event_name(kind.TYPE) for kind in known}, "events")
    subjects = 1
    for each in tidy:
        subjects *= len(each) or 1
    if subjects > MOST_SUBJECTS:
        raise FilterTooWide(expected=f"at most {MOST_SUBJECTS} combinations", got=subjects, at="filter")
    return tidy


def _check(given: Sequence[str], known: set[str], member: str) -> None:
    unknown = [each for each in given if each not in known]
    if unknown:
        raise NothingToFilter(got=unknown[0], at=f"filter.{member}")
