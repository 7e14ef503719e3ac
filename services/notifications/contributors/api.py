"""Letters to contributors over HTTP: what became of them, for the party that recorded the contribution."""

from datetime import UTC, datetime
from typing import Annotated, Final

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from services.notifications.contributors.errors import (
    ContributorAskedLately,
    ContributorAskedOften,
    ContributorLetterNotFound,
)
from services.notifications.contributors.model import MOST_LETTERS, seconds_to_wait
from services.notifications.contributors.store import ContributorLetters
from services.notifications.contributors.views import ContributorLetter
from services.notifications.errors import InboxUnavailable
from shared.ids import ID_PATTERN, is_id
from shared.web.auth import Caller, requires
from shared.web.refusals import IdempotencyKeyNotTaken, RoleMissing, refusals

ContributionName = Annotated[str, PathParameter(schema_extra={"pattern": ID_PATTERN})]


@get(
    "/v1/contributor-letters/{contribution:str}",
    guards=[requires("representative")],
    responses=refusals(RoleMissing, ContributorLetterNotFound, InboxUnavailable),
)
async def read_contributor_letter(
    contribution: ContributionName,
    caller: NamedDependency[Caller],
    contributor_letters: NamedDependency[ContributorLetters],
) -> ContributorLetter:
    """Show whether whoever is named in a contribution that your party recorded was written to, and asked."""
    return await _last(contributor_letters, contribution, caller)


@post(
    "/v1/contributor-letters/{contribution:str}/repeat",
    status_code=200,
    guards=[requires("representative")],
    responses=refusals(
        RoleMissing,
        ContributorLetterNotFound,
        ContributorAskedLately,
        ContributorAskedOften,
        InboxUnavailable,
        IdempotencyKeyNotTaken,
    ),
)
async def repeat_contributor_letter(
    contribution: ContributionName,
    caller: NamedDependency[Caller],
    contributor_letters: NamedDependency[ContributorLetters],
) -> ContributorLetter:
    """Have whoever is named in a contribution that your party recorded written to again, with a new link.

    The link of the letter before ends with that. While a letter is still to be sent, asking again changes nothing.
    """
    last = await _last(contributor_letters, contribution, caller)
    if last.outcome is None or last.settled_at is None:
        return last
    if seconds := seconds_to_wait(last.outcome, last.settled_at, datetime.now(UTC)):
        raise ContributorAskedLately(contribution=contribution, seconds=seconds)
    if last.number >= MOST_LETTERS:
        raise ContributorAskedOften(contribution=contribution)
    assert caller.party is not None, "asked above"
    await contributor_letters.repeat(last, caller.party)
    return await _last(contributor_letters, contribution, caller)


async def _last(letters: ContributorLetters, contribution: str, caller: Caller) -> ContributorLetter:
    assert caller.party is not None, "a representative's token names a party"
    found = await letters.of(contribution, caller.party) if is_id(contribution) else None
    if found is None:
        raise ContributorLetterNotFound(contribution=contribution)
    return found


ROUTES: Final = [
    Router("/", route_handlers=[read_contributor_letter, repeat_contributor_letter], tags=["mail"]),
]
