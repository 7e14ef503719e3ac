"""What is proven of notice of one event, for whoever proves it."""

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
