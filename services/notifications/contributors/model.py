"""Who is to be asked about what: what a contribution says of one person, each time that it is recorded."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal, NamedTuple

import msgspec

from services.notifications.mail.attempts import Attempt
from shared.events.contribution import ContributionCorrected, ContributionRecorded
from shared.languages import Language
from shared.log.envelope import Envelope

Unasked = Literal["NOT_ASKED", "NO_ADDRESS"]
"""There is nothing to ask any more, or at all; nowhere to send it."""
Outcome = Literal["SENT", "BOUNCED", "GIVEN_UP", "UNWRITABLE", "NOT_ASKED", "NO_ADDRESS"]

# Why agreements issue no link, as far as they never will: whether somebody is asked, about what and by which terms is
# their rule, and what they refuse is not asked.
REFUSALS: Final[dict[str, Unasked]] = {
    "CONTENT_HASH_MISMATCH": "NOT_ASKED",
    "CONTRIBUTION_IS_WITHDRAWN": "NOT_ASKED",
    "CONTRIBUTION_NOT_FOUND": "NOT_ASKED",
    "CONTRIBUTORS_NOT_ASKED": "NOT_ASKED",
    "CONTRIBUTOR_HAS_ANSWERED": "NOT_ASKED",
    "PARTICIPANT_NOT_FOUND": "NO_ADDRESS",
    "PERSON_ERASED": "NO_ADDRESS",
    "PERSON_HAS_NO_ADDRESS": "NO_ADDRESS",
    "PERSON_NOT_FOUND": "NO_ADDRESS",
}
# One person's alone, as far as anybody knows: whoever else is to be asked does not wait for it.
OF_ONE: Final = "PERSON_UNREADABLE"
# About one content: nobody is pressed.
MOST_LETTERS: Final = 10
# Between two letters: where one went out, and where there was nothing to send, or nowhere.
_A_DAY: Final = timedelta(days=1)
_A_MINUTE: Final = timedelta(minutes=1)


class Asking(NamedTuple):
    """That a person is to be asked about exactly this content: a pseudonym, and nothing of what is recorded."""

    event_id: str
    agreement: str
    contribution: str
    content_hash: str
    recorded_by_party: str
    person: str
    corrected: bool
    recorded_at: datetime


class Due(NamedTuple):
    """A letter that is to be sent now, and how often that failed before."""

    asking: Asking
    letter: str
    noted_at: datetime
    attempts: int


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A link as agreements tell it, and to whom it goes: for the one letter, and kept nowhere."""

    link: str
    name: str
    email: str
    language: Language
    expires_at: datetime

    def __repr__(self) -> str:
        return "Issued(...)"  # representations end up in logs and tracebacks


class Made(NamedTuple):
    """An attempt that was made, what came of it for good, if so, and else in how many seconds there is another."""

    due: Due
    attempt: Attempt
    outcome: Outcome | None
    retry_seconds: float = 0.0


def asking_of(envelopes: Iterable[Envelope]) -> list[Asking]:
    """Return who is to be asked because of events: whoever is named in what they record."""
    found = []
    for envelope in envelopes:
        match envelope.data:
            case ContributionRecorded() | ContributionCorrected() as said:
                corrected = isinstance(said, ContributionCorrected)
                found.append(
                    Asking(
                        event_id=envelope.id,
                        agreement=said.agreement,
                        contribution=said.contribution,
                        content_hash=said.content_hash,
                        recorded_by_party=said.recorded_by_party,
                        person=said.contributor,
                        corrected=corrected,
                        recorded_at=envelope.time,
                    )
                )
    return found


def seconds_to_wait(outcome: str, settled_at: datetime, now: datetime) -> int:
    """Return how long it is until somebody may be written to again; 0 for not at all."""
    apart = _A_DAY if outcome in {"SENT", "BOUNCED", "GIVEN_UP"} else _A_MINUTE
    return max(ceil((settled_at + apart - now).total_seconds()), 0)
