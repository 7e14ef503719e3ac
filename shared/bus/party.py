"""A party's feed as a stream of its own."""

from typing import Final

from shared.bus.stream import Stream
from shared.log.chain import Head, feed_seed
from shared.log.parties import MOST_CONSUMERS, stream_of, subjects_of

# The server counts a consumer that is made anew while the one before it is still going.
_SPARE_CONSUMERS: Final = 6


def party_stream(party: str) -> Stream:
    """Return what mirrors a party's feed."""
    return Stream(
        stream_of(party),
        subjects_of(party),
        f"What concerns {party}, number by number: sequence = number in its feed.",
        Head(0, feed_seed(party)),
        MOST_CONSUMERS + _SPARE_CONSUMERS,
    )
