"""What is proven of notice of one event, for whoever proves it."""

from collections.abc import Mapping
from datetime import date

import msgspec

from services.agreements.notices.model import Notice


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    """The `id` of the event that there is notice of."""
    position: int
    """The position of that event."""
    delivered: tuple[str, ...]
    """The parties to which notice of it is proven to have been delivered."""
    acknowledged: tuple[str, ...]
    """The parties that are proven to have taken note of it."""
    version: int


def view_of(state: Notice, version: int) -> NoticeView:
    return NoticeView(
        event=state.event,
        position=state.position,
        delivered=tuple(sorted(party for party, given in state.given.items() if given.delivered)),
        acknowledged=tuple(sorted(party for party, given in state.given.items() if given.acknowledged_on)),
        version=version,
    )


def told(silent_until: Mapping[str, date]) -> tuple[str, ...]:
    """Return what a thing's representation says of notice, which changes without its version."""
    return tuple(f"{party} {last}" for party, last in sorted(silent_until.items()))
