"""The private links by which contributors answer, asked of agreements when a letter is sent: none is kept here."""

from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import msgspec

from services.notifications.contributors.errors import LinksUnavailable
from services.notifications.contributors.model import OF_ONE, REFUSALS, Due, Issued
from services.notifications.mail.attempts import Attempt
from shared.bus.answered import check_answered
from shared.patience import answered_within

ANSWER_SECONDS: Final = 10.0

IssueLink = Callable[[Due], Awaitable[Issued | Attempt]]
"""Given a letter, returns its link and to whom it goes, or what the attempt to send it comes to without; raises
LinksUnavailable.
"""


class _Problem(msgspec.Struct, frozen=True):
    code: str


def links_from(http: httpx.AsyncClient, agreements_url: str, token: str) -> IssueLink:
    """Return what asks agreements, by a token with the role `notifier`."""

    async def issue(due: Due) -> Issued | Attempt:
        asking = due.asking
        # Under the name of the letter: sent again it has the same link, so no attempt ends the link of one before.
        body = {"contribution": asking.contribution, "content_hash": asking.content_hash, "letter": due.letter}
        try:
            with answered_within(ANSWER_SECONDS):
                answer = await http.post(
                    f"{agreements_url}/v1/contributor-links", json=body, headers={"Authorization": f"Bearer {token}"}
                )
            if (without := _without(answer)) is not None:
                return without
            check_answered(answer)
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise LinksUnavailable(reason=str(error) or type(error).__name__) from error
        try:
            return msgspec.json.decode(answer.content, type=Issued)
        except ValueError:
            # Not its words: they may quote the answer.
            raise LinksUnavailable(reason="not the answer of a release that this one knows") from None

    return issue


def _without(answer: httpx.Response) -> Attempt | None:
    """Return what an attempt comes to where no link is issued; None where that is nothing that one letter is about."""
    if answer.is_success:
        return None
    try:
        code = msgspec.json.decode(answer.content, type=_Problem).code
    except ValueError:
        return None
    if code == OF_ONE:
        return Attempt("UNREACHABLE")
    return Attempt(REFUSALS[code]) if code in REFUSALS else None
