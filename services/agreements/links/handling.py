"""Issuing links, opening them, and recording what is answered by them."""

import contextlib
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from services.agreements.commands import Representative
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.errors import (
    ContentHashMismatch,
    ContributionIsWithdrawn,
    ContributorHasAnswered,
)
from services.agreements.contributions.handling import check_asked, contribution_of
from services.agreements.contributions.model import CONTRIBUTION, Contribution, ContributionStatus
from services.agreements.contributions.voices import VOICE, word_on
from services.agreements.inventions.model import INVENTION
from services.agreements.links.bodies import IssueLinkBody
from services.agreements.links.model import Link, OwnPart, Page, Shown, own_part, token_hash
from services.agreements.links.store import LinkStore
from services.agreements.links.views import LinkView, VoiceView
from services.agreements.participants.model import PARTICIPANT, participant_id
from services.agreements.people.errors import PersonErased, PersonHasNoAddress, PersonNotFound
from services.agreements.people.register import People
from services.agreements.projects.model import PROJECT
from shared.canonical import sha256_text
from shared.events.invention import DeterminationProposed
from shared.log.handle import Handler, Reader

VALID_DAYS: Final = 30
_TOKEN_BYTES: Final = 32


async def issue(
    reader: Reader, people: People, links: LinkStore, asked: IssueLinkBody, now: datetime
) -> tuple[str, LinkView]:
    """Return a token that nobody else has, and to whom it goes; every earlier one opens nothing any more."""
    contribution = asked.contribution
    state = await reader(CONTRIBUTION, contribution)
    check_asked(await reader(AGREEMENT, state.agreement), contribution)
    if state.status is ContributionStatus.WITHDRAWN:
        raise ContributionIsWithdrawn(contribution=contribution)
    if asked.content_hash is not None and asked.content_hash != state.content_hash:
        raise ContentHashMismatch(expected=state.content_hash, got=asked.content_hash, contribution=contribution)
    spoken = word_on(await reader.find(VOICE, contribution), state)
    if spoken is not None:
        raise ContributorHasAnswered(got=spoken.word, contribution=contribution)
    person = state.content.contributor
    party = await _home_of(reader, state)
    known = await people.show(party, person)
    if known.secrets is None:
        raise PersonErased(person=person)
    data = known.secrets.data
    if asked.letter is not None and data.email is None:
        # Nor does an earlier link lose anything by it, which somebody may have handed on otherwise.
        raise PersonHasNoAddress(person=person)
    token, form_key = await _drawn(people, party, person, state, asked)
    link = Link(
        contribution=contribution,
        party=party,
        person=person,
        content_hash=state.content_hash,
        language=asked.language or data.language,
        expires_at=now + timedelta(days=VALID_DAYS),
        form_key=form_key,
    )
    expires_at = await links.issue(link, token_hash(token), now)
    return token, LinkView(
        link="",
        contribution=contribution,
        party=party,
        person=person,
        name=data.name,
        email=data.email,
        language=link.language,
        expires_at=expires_at,
    )


async def _drawn(
    people: People, party: str, person: str, state: Contribution, asked: IssueLinkBody
) -> tuple[str, bytes]:
    """Return a token and the key of its form: of a letter always the same two, which nobody has to keep for that.

    Whoever sends a letter a second time, not knowing whether it went out, would otherwise end the link of the first;
    and a mail program shows but the first of two with one Message-ID.
    """
    if asked.letter is None:
        return secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_bytes(_TOKEN_BYTES)
    about = f"{asked.contribution}/{state.content_hash}/{asked.letter}"
    token = await people.secret(party, person, f"contributor-link/{about}")
    form_key = await people.secret(party, person, f"contributor-form/{about}")
    return urlsafe_b64encode(token).rstrip(b"=").decode(), form_key


async def opened(handler: Handler, links: LinkStore, token: str, now: datetime) -> Page | None:
    """Return what a token opens now; of what was corrected or withdrawn since it was issued, nothing.

    Raises ContributorsNotAsked where the terms have come to leave people out.
    """
    link = await links.find(token_hash(token), now)
    if link is None:
        return None
    reader = Reader(handler, trusting=False)
    state = await reader(CONTRIBUTION, link.contribution)
    if state.content_hash != link.content_hash or state.status is ContributionStatus.WITHDRAWN:
        return None
    check_asked(await reader(AGREEMENT, state.agreement), link.contribution)
    shown = await _shown(reader, state)
    spoken = word_on(await reader.find(VOICE, link.contribution), state)
    return Page(link=link, contribution=state, shown=shown, spoken=spoken)


def hash_of(statement: str | None) -> str | None:
    """Return what the log has of what a person wrote."""
    return sha256_text(statement.encode()) if statement is not None else None


async def keep_statement(people: People, links: LinkStore, link: Link, statement: str) -> None:
    """Keep what a person wrote where an erasure reaches it."""
    stated = sha256_text(statement.encode())
    sealed = await people.seal_words(link.party, link.person, statement, _about(link.contribution, stated))
    await links.keep(link, stated, sealed)


async def voice_of(
    reader: Reader, people: People, links: LinkStore, contribution: str, by: Representative
) -> VoiceView:
    """Return what the person named says of a contribution that the representative's party may see."""
    state, _, _ = await contribution_of(reader, contribution, by)
    # What is said of it now is no part of what whoever has left still sees.
    voice = None if reader.past else await reader.find(VOICE, contribution)
    spoken = word_on(voice, state)
    stated = spoken.statement_hash if spoken else None
    statement = None
    if stated is not None:
        party, person = await _home_of(reader, state), state.content.contributor
        sealed = await links.statement(party, person, contribution, stated)
        with contextlib.suppress(PersonErased, PersonNotFound):
            if sealed is not None:
                statement = await people.open_words(party, person, sealed, _about(contribution, stated))
    return VoiceView(
        contribution=contribution,
        contributor=state.content.contributor,
        content_hash=state.content_hash,
        word=spoken.word if spoken else None,
        ground=spoken.ground if spoken else None,
        proposed_points=spoken.proposed_points if spoken else None,
        proposed_conceived_on=spoken.proposed_conceived_on if spoken else None,
        statement_hash=stated,
        statement=statement,
    )


async def _home_of(reader: Reader, state: Contribution) -> str:
    named = participant_id(state.content.project, state.content.contributor)
    return (await reader(PARTICIPANT, named)).home_party


async def _shown(reader: Reader, state: Contribution) -> Shown:
    content = state.content
    project = await reader(PROJECT, content.project)
    invention = await reader(INVENTION, content.invention) if content.invention is not None else None
    part = None
    if invention is not None and (stands := invention.open or invention.adopted):
        part = await _part(reader, invention.invention, stands.determination, content.contributor)
    return Shown(
        content=content,
        project_title=project.title,
        invention_title=invention.title if invention is not None else None,
        part=part,
    )


async def _part(reader: Reader, invention: str, determination: str, person: str) -> OwnPart | None:
    """Return what the person has in the shares that are proposed, or else in those that were adopted."""
    history = await reader.history(INVENTION.stream(invention))
    proposed = (each.data for each in reversed(history) if isinstance(each.data, DeterminationProposed))
    found = next((each for each in proposed if each.determination == determination), None)
    return own_part(person, determination, found.derivation) if found is not None else None


def _about(contribution: str, statement_hash: str) -> str:
    return f"{contribution}/{statement_hash}"
