"""What the people named in contributions say of them: the word of a person, which no party gives for them."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

import msgspec

from services.agreements.commands import Command
from services.agreements.contributions.decisions import check_proposed_points, check_standing
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionNotFound,
    ContributorHasAnswered,
)
from services.agreements.contributions.model import Contribution
from services.agreements.errors import DayNotReached
from services.agreements.gates import Gate, Standing
from shared.events.contribution import ContestGround, ContributorConfirmed, ContributorContested
from shared.events.registry import Event
from shared.log.aggregate import Aggregate

Events = tuple[Event, ...]


class Word(StrEnum):
    CONFIRMED = "CONFIRMED"
    CONTESTED = "CONTESTED"


# What there is where a confirmation is waited for.
Unheard = Literal["SILENT", "CONTESTED"]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of one version of what was recorded."""

    word: Word
    contributor: str
    shown_hash: str
    ground: ContestGround | None = None
    proposed_points: str | None = None
    proposed_conceived_on: date | None = None
    statement_hash: str | None = None


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of a contribution by whom it names, and the last of it."""

    agreement: str
    contribution: str
    # By the hash of the content: what was corrected is asked anew.
    spoken: dict[str, Spoken]
    status: Word


def evolve(state: Voice | None, event: Event) -> Voice:
    assert isinstance(event, ContributorConfirmed | ContributorContested)
    said = _spoken(event)
    earlier = state.spoken if state else {}
    return Voice(
        agreement=event.agreement,
        contribution=event.contribution,
        spoken={**earlier, event.content_hash: said},
        status=said.word,
    )


VOICE = Aggregate("voice", Voice, evolve, ContributionNotFound)


class ConfirmAsContributor(Command, frozen=True, kw_only=True):
    # A person speaks for themselves, by no party's power, and what arose under an agreement outlives it.
    gate = Gate(power=None, standing=Standing.TOOK_EFFECT)

    content_hash: str
    shown_hash: str


class ContestAsContributor(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.TOOK_EFFECT)

    content_hash: str
    shown_hash: str
    ground: ContestGround
    proposed_points: str | None = None
    proposed_conceived_on: date | None = None
    statement_hash: str | None = None


def confirm_as_contributor(state: Voice | None, contribution: Contribution, command: ConfirmAsContributor) -> Events:
    """Confirm exactly this content as what the person did."""
    confirmed = ContributorConfirmed(**_of(contribution), shown_hash=command.shown_hash)
    return _said_once(state, contribution, command, confirmed)


def contest_as_contributor(state: Voice | None, contribution: Contribution, command: ContestAsContributor) -> Events:
    """Deny exactly this content, and say what would be right."""
    contested = ContributorContested(
        **_of(contribution),
        shown_hash=command.shown_hash,
        ground=command.ground,
        proposed_points=command.proposed_points,
        proposed_conceived_on=command.proposed_conceived_on,
        statement_hash=command.statement_hash,
    )
    events = _said_once(state, contribution, command, contested)
    if events:
        check_proposed_points(contribution.content, command.proposed_points)
        if command.proposed_conceived_on is not None and command.proposed_conceived_on > command.today:
            raise DayNotReached(expected=f"at most {command.today}", got=command.proposed_conceived_on)
    return events


def word_on(state: Voice | None, contribution: Contribution) -> Spoken | None:
    """Return what the person named said of what stands recorded; None while they have said nothing of that."""
    # The hash binds the person too: a correction that names another asks that one.
    return state.spoken.get(contribution.content_hash) if state else None


def _of(contribution: Contribution) -> dict[str, Any]:
    """Return of which content something is said, in the words of either event."""
    content = contribution.content
    return {
        "agreement": contribution.agreement,
        "contribution": content.contribution,
        "project": content.project,
        "invention": content.invention,
        "parties": contribution.parties,
        "contributor": content.contributor,
        "content_hash": contribution.content_hash,
    }


def _said_once(
    state: Voice | None,
    contribution: Contribution,
    command: ConfirmAsContributor | ContestAsContributor,
    event: ContributorConfirmed | ContributorContested,
) -> Events:
    name = contribution.content.contribution
    if command.by.person != contribution.content.contributor:
        # To whoever else tries there is none, as there is nothing else that they are not part of.
        raise ContributionNotFound(contribution=name)
    check_standing(contribution)
    if command.content_hash != contribution.content_hash:
        raise ContentHashMismatch(expected=contribution.content_hash, got=command.content_hash, contribution=name)
    known = word_on(state, contribution)
    if known is None:
        return (event,)
    if known == _spoken(event):
        return ()
    raise ContributorHasAnswered(expected=known.word, got=_spoken(event).word, contribution=name)


def _spoken(event: ContributorConfirmed | ContributorContested) -> Spoken:
    if isinstance(event, ContributorConfirmed):
        return Spoken(word=Word.CONFIRMED, contributor=event.contributor, shown_hash=event.shown_hash)
    return Spoken(
        word=Word.CONTESTED,
        contributor=event.contributor,
        shown_hash=event.shown_hash,
        ground=event.ground,
        proposed_points=event.proposed_points,
        proposed_conceived_on=event.proposed_conceived_on,
        statement_hash=event.statement_hash,
    )
