"""A party's feed as it is mirrored: what its stream and its subjects are called, and what is said beside an event.

Ids are what names of streams and tokens of subjects may be (shared/ids.py), so each party has another stream than every
other, and whoever may reach one by name reaches no other.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.log.chain import LOG
from shared.log.envelope import SUBJECT_ROOT, traceparent_of

# What partners know JetStream's API as: the streams are in another account than theirs (shared/embedded/nats.py).
PARTNER_API: Final = "MOIETY.API"
# The number counts for the party alone; this is the event's number in the log, of which there may be several one day.
POSITION_HEADER: Final = "Moiety-Position"
LOG_HEADER: Final = "Moiety-Log"
# `main` and what the party has made for itself.
MOST_CONSUMERS: Final = 10
MAIN: Final = "main"

_STREAM_PREFIX: Final = "PARTY_"
_ROOT: Final = "moiety.party"


class FeedEntry(NamedTuple):
    """An event in a party's feed: its number there (`id`), its position in the log, and the feed's chain there."""

    id: int
    position: int
    subject: str
    state: bytes
    chain: bytes

    @property
    def traceparent(self) -> str | None:
        return traceparent_of(self.state)

    @property
    def beside(self) -> Mapping[str, str]:
        return {POSITION_HEADER: str(self.position), LOG_HEADER: LOG}


def stream_of(party: str) -> str:
    """Return the name of a party's stream."""
    return f"{_STREAM_PREFIX}{party}"


def subjects_of(party: str) -> str:
    """Return the subjects of everything on a party's stream."""
    return f"{_ROOT}.{party}.>"


def subject_for(party: str, subject: str) -> str:
    """Return the subject of an event on a party's stream: `moiety.party.<id>.<agreement>.<entity>.<Event>`."""
    return f"{_ROOT}.{party}{subject.removeprefix(SUBJECT_ROOT)}"


def acknowledging(party: str) -> str:
    """Return the subject on which a party's system answers what it got."""
    return f"moiety.acknowledge.{party}"


def subject_filter(party: str, agreement: str | None, entity: str | None, event: str | None) -> str:
    """Return the filter for a party's events of an agreement, an entity and a name, each of which may be any."""
    return ".".join([_ROOT, party, agreement or "*", entity or "*", event or "*"])
