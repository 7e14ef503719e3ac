"""Where representatives are written to, asked of agreements when something is sent: nothing of it is kept here."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import httpx
import msgspec

from services.notifications.mail.errors import AddressesUnavailable
from shared.bus.answered import check_answered
from shared.languages import Language

# As many as agreements answer at once.
MOST_AT_ONCE: Final = 100
ANSWER_SECONDS: Final = 10.0

Person = tuple[str, str]
"""A party, and its pseudonym for somebody."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where and in which language somebody is written to."""

    party: str
    person: str
    name: str
    email: str
    language: Language

    def __repr__(self) -> str:
        return "Address(...)"  # representations end up in logs and tracebacks


class _Answer(msgspec.Struct, frozen=True):
    addresses: tuple[Address, ...]


FindAddresses = Callable[[Sequence[Person]], Awaitable[dict[Person, Address]]]
"""Given at most 100 people, returns where those are written to of whom that is known; raises AddressesUnavailable."""


def addresses_from(http: httpx.AsyncClient, agreements_url: str, token: str) -> FindAddresses:
    """Return what asks agreements, by a token with the role `notifier`."""

    async def find(people: Sequence[Person]) -> dict[Person, Address]:
        asked = {"representatives": [{"party": party, "person": person} for party, person in dict.fromkeys(people)]}
        try:
            answer = await http.post(
                f"{agreements_url}/v1/addresses",
                json=asked,
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_SECONDS,
            )
            check_answered(answer)
        except (httpx.HTTPError, ValueError) as error:
            raise AddressesUnavailable(reason=str(error) or type(error).__name__) from error
        try:
            found = msgspec.json.decode(answer.content, type=_Answer)
        except ValueError:
            # Not its words: they may quote the answer.
            raise AddressesUnavailable(reason="not the answer of a release that this one knows") from None
        return {(each.party, each.person): each for each in found.addresses}

    return find
