"""Who may read a thing: which kinds of circles around it count (docs/decisions/0019-whom-an-event-concerns.md)."""

from collections.abc import Container
from typing import Final, NamedTuple


class Question(NamedTuple):
    """Who may read something: whoever is in one of the circles around it that count, or ever was.

    Of an agreement only those count that are in it, or were when what is to be read was recorded (`members_at`).
    A circle is anything that knows who is in it: one of the fold's, or what an aggregate or a table holds of it.
    """

    kinds: frozenset[str]

    def admits(self, party: str, **circles: Container[str]) -> bool:
        """Tell whether a party may read it, given every circle that counts by its kind."""
        assert circles.keys() == self.kinds, "a circle that counts and is not looked at hides what may be read"
        return any(party in circle for circle in circles.values())


# In agreements: an agreement is read by whom an open amendment asks to join it, too; what belongs to it is not.
AN_AGREEMENT: Final = Question(frozenset({"agreement", "amendment"}))
WITHIN_AN_AGREEMENT: Final = Question(frozenset({"agreement"}))
A_CONTRIBUTION: Final = Question(frozenset({"agreement", "invention", "contribution"}))
A_PARTICIPANT: Final = Question(frozenset({"agreement", "participant"}))
AN_ITEM: Final = Question(frozenset({"agreement", "background"}))
AN_OPPORTUNITY: Final = Question(frozenset({"opportunity"}))
# Of what is held, and of what becomes of it: whoever holds a share need not be in the agreement that it came from.
AN_ASSET: Final = Question(frozenset({"agreement", "invention"}))
A_TRANSFER: Final = Question(frozenset({"agreement", "invention", "transfer"}))
A_LICENCE: Final = Question(frozenset({"agreement", "invention", "licence"}))
A_DISPUTE: Final = Question(frozenset({"agreement", "invention", "dispute"}))
