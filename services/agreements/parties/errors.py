"""What is refused about parties."""

from shared.errors import NotFound


class PartyNotFound(NotFound):
    """There is no such party."""
