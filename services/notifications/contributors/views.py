"""What became of a letter to a contributor, as the party that recorded the contribution sees it."""

from datetime import datetime

import msgspec


class ContributorLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the letter that asks whoever is named in a contribution about what stands recorded last."""

    contribution: str
    content_hash: str
    """Of what the person is asked."""
    person: str
    """The person, under their pseudonym."""
    number: int
    """Which letter it is about that: a further one for each time that your party asked again."""
    outcome: str | None
    """`SENT`, `BOUNCED`, `GIVEN_UP`, `NO_ADDRESS`, `UNWRITABLE` or `NOT_ASKED`; null while it is still to be sent."""
    attempts: int
    """How many attempts failed."""
    status: int | None
    """What the mail server answered last, as its number; null for no answer."""
    enhanced_status: str | None
    """The same as it says it in more detail (RFC 3463), if it does."""
    noted_at: datetime
    """When it was noted to be sent."""
    settled_at: datetime | None
    """When that was decided; null while it is still to be sent."""
