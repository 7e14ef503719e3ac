"""What a feed is made of."""

from typing import NamedTuple


class FeedItem(NamedTuple):
    """An event in a party's feed: its number there, its position in the log, and the feed's chain up to it."""

    number: int
    position: int
    subject: str
    body: bytes
    chain: bytes
