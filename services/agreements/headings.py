"""Under which headings things are found: the index of lists, as whoever lists names them."""

from typing import Final, NamedTuple

from shared.errors import Unavailable


class ListsBehind(Unavailable):
    """What can be found in lists is behind what is recorded; ask again in a moment."""


class Heading(NamedTuple):
    """Among whose things, and by which value of what; without either it is that of all of them."""

    scope: str
    name: str = ""
    value: str = ""


class Located(NamedTuple):
    """A thing, and the position of its first event."""

    position: int
    stream: str

    @property
    def identifier(self) -> str:
        return self.stream.partition(":")[2]


# As many as there are.
EVERY: Final = 2**31 - 1
# Among whose things one looks.
EVERYBODY: Final = "_"


def of_agreement(agreement: str) -> str:
    """Return the scope of what belongs to an agreement."""
    return f"agreement:{agreement}"


def of_party(party: str) -> str:
    """Return the scope of what a party may see though it may be in no agreement of it; of agreements, of its own."""
    return f"party:{party}"


def of_registrar(party: str) -> str:
    """Return the scope of the agreements whose disputes a party reads as their registrar."""
    return f"registrar:{party}"


MEMBER: Final = "member"
"""The heading of the agreements that a party is in, or was."""
UNANSWERED: Final = "unanswered"
"""The heading of the declarations that a party has made and nobody has answered."""
LEFT: Final = "left"
"""The heading of the agreements that a party leaves or has left: it sees them as they were."""
