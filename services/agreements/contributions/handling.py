"""Reading what commands on contributions need, and telling the invention what counts for it."""

from collections.abc import Container, Mapping
from datetime import date

import msgspec

from services.agreements.attestation import asked
from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.sight import seen
from services.agreements.contributions import decisions, voices
from services.agreements.contributions.decisions import Circumstances
from services.agreements.contributions.errors import ContributorsNotAsked
from services.agreements.contributions.model import CONTRIBUTION, Contribution
from services.agreements.inventions.counting import count_contribution, drop_contribution
from services.agreements.inventions.holding import concerned_by
from services.agreements.inventions.interest import interest_in, stake_of, with_parents
from services.agreements.inventions.model import INVENTION, Invention, InventionStatus
from services.agreements.notices.handling import Reads, silence_of
from services.agreements.participants.errors import ParticipantNotFound
from services.agreements.participants.model import PARTICIPANT, participant_id
from services.agreements.projects.handling import on_the_day, project_of
from services.agreements.projects.model import PROJECT, Project
from shared.errors import Conflict
from shared.events.contribution import ContributionCorrected, ContributionRecorded
from shared.events.questions import A_CONTRIBUTION
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Handler, Reader


async def record(reader: Reader, command: decisions.RecordContribution) -> Decided:
    project, agreement = await project_of(reader, command.project, command.by)
    await admit(reader, agreement, command)
    project = on_the_day(project, agreement, command.particulars.conceived_on)
    facts = await _circumstances(reader, project, command.invention, command.particulars)
    facts = await _with_asked(reader, facts, agreement, command, command.by.party)
    state = await reader.new(CONTRIBUTION, command.contribution)
    events = decisions.record_contribution(state, facts, command)
    change = Change(CONTRIBUTION, command.contribution, events, command.particulars.conceived_on)
    return Decided(project.agreement, (change,))


async def correct(reader: Reader, contribution: str, command: decisions.CorrectContribution) -> Decided:
    state, project, agreement = await contribution_of(reader, contribution, command.by)
    await admit(reader, agreement, command)
    project = on_the_day(project, agreement, command.particulars.conceived_on)
    facts = await _circumstances(reader, project, state.content.invention, command.particulars)
    facts = await _with_asked(reader, facts, agreement, command, state.recorded_by_party)
    events = decisions.correct_contribution(state, facts, command)
    changes = [Change(CONTRIBUTION, contribution, events, command.particulars.conceived_on)]
    if events:
        changes += await _dropped(reader, state, command)
    return Decided(state.agreement, tuple(changes))


async def attest(reader: Reader, contribution: str, command: decisions.AttestContribution) -> Decided:
    state, _, agreement = await contribution_of(reader, contribution, command.by)
    await admit(reader, agreement, command)
    four_eyes = agreement.standing.terms.attestation.four_eyes
    events = decisions.attest_contribution(state, four_eyes=four_eyes, command=command)
    changes = [Change(CONTRIBUTION, contribution, events, command.today)]
    after = CONTRIBUTION.fold(state, events)
    if events and after and after.counts and state.content.invention is not None:
        # In the same append, so that what an invention counts and what is confirmed never differ.
        invention = await reader(INVENTION, state.content.invention)
        counted = count_contribution(invention, state)
        changes.append(Change(INVENTION, invention.invention, counted, command.today))
    return Decided(state.agreement, tuple(changes))


async def contest(reader: Reader, contribution: str, command: decisions.ContestContribution) -> Decided:
    state, project, agreement = await contribution_of(reader, contribution, command.by)
    await admit(reader, agreement, command)
    events = decisions.contest_contribution(state, project, command)
    return Decided(state.agreement, (Change(CONTRIBUTION, contribution, events, command.today),))


async def withdraw(reader: Reader, contribution: str, command: decisions.WithdrawContribution) -> Decided:
    state, _, agreement = await contribution_of(reader, contribution, command.by)
    await admit(reader, agreement, command)
    events = decisions.withdraw_contribution(state, command)
    changes = [Change(CONTRIBUTION, contribution, events, command.today)]
    if events:
        changes += await _dropped(reader, state, command)
    return Decided(state.agreement, tuple(changes))


async def confirm_as_contributor(reader: Reader, contribution: str, command: voices.ConfirmAsContributor) -> Decided:
    state, voice = await _asked_of(reader, contribution, command)
    events = voices.confirm_as_contributor(voice, state, command)
    return Decided(state.agreement, (Change(voices.VOICE, contribution, events, command.today),))


async def contest_as_contributor(reader: Reader, contribution: str, command: voices.ContestAsContributor) -> Decided:
    state, voice = await _asked_of(reader, contribution, command)
    events = voices.contest_as_contributor(voice, state, command)
    return Decided(state.agreement, (Change(voices.VOICE, contribution, events, command.today),))


async def _asked_of(reader: Reader, contribution: str, command: Command) -> tuple[Contribution, voices.Voice | None]:
    # No party's sight is asked: whoever is named in it may speak, wherever their party stands by now.
    state = await reader(CONTRIBUTION, contribution)
    agreement = await reader(AGREEMENT, state.agreement)
    await admit(reader, agreement, command)
    check_asked(agreement, contribution)
    return state, await reader.find(voices.VOICE, contribution)


def check_asked(agreement: Agreement, contribution: str) -> None:
    """Raise ContributorsNotAsked where the terms leave the people out who are named."""
    if agreement.standing.terms.attestation.contributors == "NONE":
        raise ContributorsNotAsked(contribution=contribution)


async def confirm_elsewhere(
    reader: Reader, state: Contribution, events: tuple[Event, ...], today: date
) -> tuple[Change, ...] | None:
    """Return what silence that confirms a contribution means for its invention; None if it must not confirm it.

    Nobody is taken to agree about an invention that is disputed, and what could not be attested is not by silence.
    """
    after = CONTRIBUTION.fold(state, events)
    if after is None or state.content.kind == "NON_INVENTIVE" or state.content.invention is None:
        return ()
    invention = await reader(INVENTION, state.content.invention)
    if invention.disputes:
        return None
    if not after.counts:
        return ()
    try:
        counted = count_contribution(invention, state)
    except Conflict:
        return None
    return (Change(INVENTION, invention.invention, counted, today),)


async def unheard(reads: Reads, state: Contribution) -> voices.Unheard | None:
    """Return what is missing of the word of the person named in what counts, while shares wait for it by the terms."""
    if not state.counts or state.content.invention is None:
        return None
    agreement = await reads.find(AGREEMENT, state.agreement)
    if agreement is None or agreement.standing.terms.attestation.contributors != "REQUIRED":
        return None
    spoken = voices.word_on(await reads.find(voices.VOICE, state.content.contribution), state)
    if spoken is not None and spoken.word is voices.Word.CONFIRMED:
        return None
    invention = await reads.find(INVENTION, state.content.invention)
    if invention is None or invention.adopted is not None or invention.status is InventionStatus.RETIRED:
        return None
    return "SILENT" if spoken is None else "CONTESTED"


async def on_notice(reads: Reads, state: Contribution) -> Contribution:
    """Return a contribution with until when silence about it counts for nothing yet, by the notice that there is."""
    days = state.deemed_after
    if days is None or not state.silent:
        return state
    stream = CONTRIBUTION.stream(state.content.contribution)
    silence = await silence_of(reads, stream, _is_content, state.silent, days=days, method=state.notice_method)
    return msgspec.structs.replace(state, silence=silence)


def _is_content(event: Event) -> bool:
    return isinstance(event, ContributionRecorded | ContributionCorrected)


async def shown_to(reader: Reader, contribution: str, by: Representative) -> tuple[Contribution, Project, Agreement]:
    """Return what `contribution_of` does, with until when silence about it counts for nothing yet."""
    state, project, agreement = await contribution_of(reader, contribution, by)
    return await on_notice(reader, state), project, agreement


async def contribution_of(
    reader: Reader, contribution: str, by: Representative
) -> tuple[Contribution, Project, Agreement]:
    """Return a contribution as far as the representative's party sees it, its project and its agreement."""

    async def others(state: Contribution, agreement: Agreement) -> Mapping[str, Container[str]]:
        name = state.content.invention
        inventions = [await reader(INVENTION, name)] if name is not None else []
        asked = {state.recorded_by_party, *state.attesting_parties}
        return {"invention": concerned_by(inventions, agreement), "contribution": asked}

    state, agreement = await seen(reader, CONTRIBUTION, contribution, by, question=A_CONTRIBUTION, others=others)
    return state, await reader(PROJECT, state.content.project), agreement


async def queue_of(handler: Handler, contribution: str) -> str:
    """Return the stream at which a command on a contribution queues up.

    Confirming writes to the invention too, so those who confirm contributions to one invention wait in one queue
    instead of making one another conflict.
    """
    state = await Reader(handler, trusting=True).find(CONTRIBUTION, contribution)
    if state is None or state.content.invention is None:
        return CONTRIBUTION.stream(contribution)
    return INVENTION.stream(state.content.invention)


async def _circumstances(
    reader: Reader, project: Project, invention: str | None, particulars: decisions.Particulars
) -> Circumstances:
    contributor = await reader.find(PARTICIPANT, participant_id(project.project, particulars.contributor))
    if contributor is None:
        raise ParticipantNotFound(project=project.project, person=particulars.contributor)
    found = await _invention(reader, project, invention) if invention is not None else None
    return Circumstances(project, found, contributor)


async def _with_asked(
    reader: Reader,
    facts: Circumstances,
    agreement: Agreement,
    command: decisions.RecordContribution | decisions.CorrectContribution,
    own: str,
) -> Circumstances:
    """Return the circumstances with whose attestation the terms ask for besides that of the recording party."""
    terms = agreement.standing.terms
    interested: set[str] = set()
    if terms.attestation.required == "INTERESTED_PARTIES":
        interested |= stake_of(facts.contributor, command.particulars.conceived_on)
        if facts.invention is not None and command.particulars.kind == "INVENTIVE":
            interested |= await interest_in(reader, facts.invention, command.today)
        interested = await with_parents(reader, interested, facts.project.parties, command.today)
    parties = facts.project.parties
    whom = asked(terms, parties, own, interested=interested)
    return msgspec.structs.replace(facts, asked=whom)


async def _invention(reader: Reader, project: Project, invention: str) -> Invention:
    # Not guarded: confirming checks the element again, and an invention whose contributions are being confirmed one
    # after the other must not hold up the recording of the next.
    found = await reader.peek(INVENTION, invention)
    if found.agreement != project.agreement:
        # Another agreement's invention must look exactly like one that does not exist.
        raise INVENTION.absent(invention=invention)
    return found


async def _dropped(reader: Reader, state: Contribution, command: Command) -> list[Change]:
    if not state.counts or state.content.invention is None:
        return []
    invention = await reader(INVENTION, state.content.invention)
    events = drop_contribution(invention, state.content.contribution)
    return [Change(INVENTION, invention.invention, events, command.today)]
