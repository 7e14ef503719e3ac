"""Which appends of a batch may be recorded: the one rule, used under the log's lock by every store."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from shared.log.store import Append, KeyTaken, VersionConflict

Verdict = range | VersionConflict | KeyTaken


def streams_of(appends: Sequence[Append]) -> set[str]:
    """Return every stream whose version `accept` needs."""
    streams: set[str] = set()
    for append in appends:
        streams.update(append.expected, append.guards, (str(event.originator_id) for event in append.events))
    return streams


def accept(
    appends: Sequence[Append],
    *,
    position: int,
    versions: Mapping[str, int],
    keys: AbstractSet[tuple[str, str]],
) -> list[Verdict]:
    """Judge appends in their order: the positions each gets, or why it is refused.

    An accepted append moves the versions for those behind it, so two appends of one batch that decided on the
    same state are judged exactly as if they had come in two transactions. `versions` lacks streams that do not
    exist; `position` is the log's last.
    """
    moved = dict(versions)
    taken = set(keys)
    verdicts: list[Verdict] = []
    for append in appends:
        if append.keyed and append.keyed.key[:2] in taken:
            # Judged before versions: a repeat always finds its streams moved, by itself.
            verdicts.append(KeyTaken(append.keyed.key.key))
            continue
        conflict = next(_conflicts(append, moved), None)
        if conflict is not None:
            verdicts.append(conflict)
            continue
        for event in append.events:
            moved[str(event.originator_id)] = event.originator_version
        if append.keyed:
            taken.add(append.keyed.key[:2])
        verdicts.append(range(position + 1, position + 1 + len(append.events)))
        position += len(append.events)
    return verdicts


def _conflicts(append: Append, versions: Mapping[str, int]) -> Iterator[VersionConflict]:
    for promised in (append.expected, append.guards):
        for stream, version in promised.items():
            if versions.get(stream, 0) != version:
                yield VersionConflict(stream, expected=version, got=versions.get(stream, 0))
    written: dict[str, int] = {}
    for event in append.events:
        stream = str(event.originator_id)
        last = written.get(stream, versions.get(stream, -1))
        if event.originator_version <= last:
            yield VersionConflict(stream, expected=event.originator_version - 1, got=last)
        written[stream] = event.originator_version
