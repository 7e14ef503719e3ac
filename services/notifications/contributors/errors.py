"""What can go wrong with asking contributors; every docstring is the message, and none repeats a link or an address."""

from shared.errors import Conflict, NotFound, TooMany, Unavailable


class ContributorLetterNotFound(NotFound):
    """Your party recorded no such contribution, or nobody was to be written to when it did."""


class ContributorAskedLately(TooMany):
    """They were written to less than a day ago, or a minute ago where nothing could be sent; ask again later."""

    def __init__(self, *, contribution: str, seconds: int) -> None:
        super().__init__(expected=f"in {seconds} s at the earliest", contribution=contribution)
        self.retry_after_seconds = seconds


class ContributorAskedOften(Conflict):
    """They were written to ten times about what is recorded: who does not answer that will answer no further letter."""


class LinksUnavailable(Unavailable):
    """Agreements do not answer by which link somebody is asked."""
