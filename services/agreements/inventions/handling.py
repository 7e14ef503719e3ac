"""Reading what commands on inventions need; a determination reads everything it is computed from."""

from collections.abc import Container, Iterable, Mapping, Sequence

import msgspec

from services.agreements.affiliations.model import (
    AFFILIATION,
    ALL,
    affiliations_on,
    by_operators,
    under_common_control,
)
from services.agreements.attestation import Asked, asked
from services.agreements.commands import Command, Representative
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.sight import seen
from services.agreements.contracts.standing import present
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.voices import VOICE, Word, word_on
from services.agreements.inventions import decisions, determinations
from services.agreements.inventions.determine import determine
from services.agreements.inventions.errors import AssetsOfSeveralAgreements, HolderUnknown
from services.agreements.inventions.holding import concerned_by
from services.agreements.inventions.interest import interest_in, with_parents
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.notices.handling import Reads, silence_of, time_of
from services.agreements.notices.periods import may_speak_until
from services.agreements.ownership.account import holdings_on, intervals_of
from services.agreements.participants.model import PARTICIPANT, participant_id
from services.agreements.projects.handling import on_the_day, project_of
from services.agreements.projects.model import PROJECT, Project
from shared.events.invention import (
    Contributor,
    CountedContribution,
    DeterminationAdopted,
    DeterminationInputs,
    DeterminationProposed,
)
from shared.events.questions import AN_ASSET
from shared.events.registry import Event
from shared.events.retirement import RetirementProposed
from shared.events.terms import CalendarTerms
from shared.ids import is_person
from shared.log.handle import Change, Decided, Reader


async def disclose(reader: Reader, command: decisions.DiscloseInvention) -> Decided:
    project, agreement = await project_of(reader, command.project, command.by)
    await admit(reader, agreement, command)
    events = decisions.disclose_invention(
        await reader.new(INVENTION, command.invention),
        on_the_day(project, agreement, command.conceived_on),
        command,
        escalate_after_days=agreement.standing.terms.ownership.escalate_after_days,
    )
    return Decided(project.agreement, (Change(INVENTION, command.invention, events, command.conceived_on),))


async def define_elements(reader: Reader, invention: str, command: decisions.DefineElements) -> Decided:
    state, project, agreement = await invention_of(reader, invention, command.by)
    await admit(reader, agreement, command)
    return _decided(state, decisions.define_elements(state, project, command), command)


async def propose(reader: Reader, invention: str, command: determinations.ProposeDetermination) -> Decided:
    state, project, agreement = await invention_of(reader, invention, command.by)
    await admit(reader, agreement, command)
    await check_holders(reader, state, agreement, command.shares or {})
    inputs = await inputs_of(reader, state, agreement, agreed=command.shares)
    ownership = agreement.standing.terms.ownership
    events = determinations.propose_determination(
        state,
        project,
        inputs,
        command,
        mode=ownership.redetermination,
        asked=await _asked(reader, state, agreement, inputs, command),
        escalates_on=decisions.escalation_after(ownership.escalate_after_days, command.today),
        affiliates=await _acting_itself(reader, state, agreement, command),
        unheard=await _unheard(reader, agreement, inputs),
    )
    return _effective(state, events)


async def attest(reader: Reader, invention: str, command: determinations.AttestDetermination) -> Decided:
    state, project, agreement = await invention_of(reader, invention, command.by)
    await admit(reader, agreement, command)
    four_eyes = agreement.standing.terms.attestation.four_eyes
    events = determinations.attest_determination(state, project, four_eyes=four_eyes, command=command)
    return _decided(state, events, command)


async def reject(reader: Reader, invention: str, command: determinations.RejectDetermination) -> Decided:
    state, project, agreement = await invention_of(reader, invention, command.by)
    await admit(reader, agreement, command)
    affiliates = await _acting_itself(reader, state, agreement, command)
    events = determinations.reject_determination(state, project, command, affiliates=affiliates)
    return _decided(state, events, command)


async def adopt(reader: Reader, invention: str, command: determinations.AdoptDetermination) -> Decided:
    state, project, agreement = await invention_of(reader, invention, command.by)
    await admit(reader, agreement, command)
    inputs = await inputs_of(reader, state, agreement, agreed=state.open.shares if state.open else None)
    affiliates = await _acting_itself(reader, state, agreement, command)
    unheard = await _unheard(reader, agreement, inputs)
    events = determinations.adopt_determination(state, project, inputs, command, affiliates=affiliates, unheard=unheard)
    return _effective(state, events)


async def _acting_itself(reader: Reader, state: Invention, agreement: Agreement, command: Command) -> tuple[str, ...]:
    """Return whoever commands, if it is an affiliate of a party that holds a share today, where the terms let it.

    Elsewhere an affiliate says of the shares what its party says.
    """
    party = command.by.party
    if agreement.standing.terms.affiliates != "ALSO_THEMSELVES" or party in state.parties:
        return ()
    if party not in holdings_on(state.account, command.today):
        return ()
    # One more voice among all parties: of whom two alone say so would prop up what one of them proposes.
    registry = by_operators(await reader.find(AFFILIATION, ALL))
    members = present(agreement)
    affiliated = any(under_common_control(registry, party, each, command.today) for each in members)
    return (party,) if affiliated else ()


async def invention_of(
    reader: Reader, invention: str, by: Representative, *, holder: str | None = None
) -> tuple[Invention, Project, Agreement]:
    """Return an invention as far as the representative's party sees it, its project and its agreement."""
    state, agreement = await seen(reader, INVENTION, invention, by, question=AN_ASSET, others=_holders, holder=holder)
    return state, await reader(PROJECT, state.project), agreement


async def on_notice(reads: Reads, state: Invention) -> Invention:
    """Return an invention with until when silence about it counts for nothing yet, by what notice there is."""
    return await _giving_up_on_notice(reads, await _shares_on_notice(reads, state))


async def _giving_up_on_notice(reads: Reads, state: Invention) -> Invention:
    """Return an invention with until when those may oppose that it is given up who are on notice of that."""
    waiting = state.retirement
    if waiting is None or waiting.notice_method is None:
        return state
    rule, calendar = waiting.rule, waiting.calendar or CalendarTerms()
    silence = await time_of(
        reads,
        INVENTION.stream(state.invention),
        lambda event: isinstance(event, RetirementProposed),
        method=waiting.notice_method,
        last_day=lambda day: may_speak_until(rule, day, calendar),
        # A person has no inbox, so nobody can give them notice.
        since={holder: waiting.noticed_on for holder in waiting.notice_to if is_person(holder)},
    )
    return msgspec.structs.replace(state, retirement=msgspec.structs.replace(waiting, silence=silence))


async def _shares_on_notice(reads: Reads, state: Invention) -> Invention:
    """Return an invention with until when silence about its shares counts for nothing yet, by what notice there is."""
    proposal = state.open
    if proposal is None or proposal.deemed_after is None or not proposal.silent:
        return state

    def proposes(event: Event) -> bool:
        return isinstance(event, DeterminationProposed) and event.determination == proposal.determination

    days, method = proposal.deemed_after, proposal.notice_method
    stream = INVENTION.stream(state.invention)
    silence = await silence_of(reads, stream, proposes, proposal.silent, days=days, method=method)
    return msgspec.structs.replace(state, open=msgspec.structs.replace(proposal, silence=silence))


async def shown_to(reader: Reader, invention: str, by: Representative) -> tuple[Invention, Project, Agreement]:
    """Return what `invention_of` does, with until when silence about it counts for nothing yet."""
    state, project, agreement = await invention_of(reader, invention, by)
    return await on_notice(reader, state), project, agreement


async def _holders(state: Invention, agreement: Agreement) -> Mapping[str, Container[str]]:
    return {"invention": concerned_by([state], agreement)}


async def inventions_of(
    reader: Reader, inventions: Sequence[str], by: Representative, *, holder: str | None = None
) -> tuple[list[Invention], Agreement]:
    """Return inventions of one agreement that the representative's party may read, and that agreement."""
    found = [await invention_of(reader, invention, by, holder=holder) for invention in inventions]
    agreement = found[0][2]
    if others := {invention.agreement for invention, _, _ in found} - {agreement.agreement}:
        raise AssetsOfSeveralAgreements(expected=agreement.agreement, got=sorted(others))
    return [invention for invention, _, _ in found], agreement


async def check_holders(reader: Reader, invention: Invention, agreement: Agreement, shares: Iterable[str]) -> None:
    """Raise HolderUnknown for shares of somebody who is neither in the agreement, nor an affiliate, nor a holder."""
    # Who may come to hold beside the others, without their consent to a transfer, is not for two to say.
    registry = by_operators(await reader.find(AFFILIATION, ALL))
    affiliates = {each.child for each in (registry.declared if registry else ()) if each.parent in agreement.parties}
    holders = {holder for _, holdings in intervals_of(invention.account) for holder in holdings}
    if strangers := set(shares) - {*agreement.parties, *affiliates, *holders}:
        raise HolderUnknown(got=sorted(strangers), invention=invention.invention)


async def inputs_of(
    reader: Reader, invention: Invention, agreement: Agreement, *, agreed: dict[str, str] | None = None
) -> DeterminationInputs:
    """Read everything the invention's shares are computed from, as it stands now.

    `agreed` are the shares that the parties gave, which only the method AGREED asks for.
    """
    counted: list[CountedContribution] = []
    for name in sorted(invention.counted):
        contribution = await reader(CONTRIBUTION, name)
        content = contribution.content
        assert content.element is not None
        assert content.points is not None
        counted.append(
            CountedContribution(
                contribution=name,
                version=reader.version(CONTRIBUTION, name),
                content_hash=contribution.content_hash,
                contributor=content.contributor,
                element=content.element,
                points=content.points,
            )
        )
    contributors: list[Contributor] = []
    for person in sorted({each.contributor for each in counted}):
        participant = await reader(PARTICIPANT, participant_id(invention.project, person))
        instruments = tuple(sorted(participant.instruments, key=lambda each: each.instrument))
        contributors.append(
            Contributor(person=person, instruments=instruments, appointment_split=participant.appointment_split)
        )
    terms = agreement.standing
    project = await reader(PROJECT, invention.project)
    method = project.method(terms.terms)
    accrual = terms.terms.ownership.affiliate_accrual
    # Where affiliates' shares stay with them, nobody has to wait for the registry.
    registry = await reader.find(AFFILIATION, ALL) if accrual == "PARENT" else None
    return DeterminationInputs(
        method=method,
        conceived_on=invention.conceived_on,
        terms_version=terms.terms_version,
        terms_hash=terms.terms_hash,
        title_gap=terms.terms.ownership.title_gap,
        affiliate_accrual=accrual,
        elements=invention.elements,
        contributions=tuple(counted),
        contributors=tuple(contributors),
        affiliations=affiliations_on(registry, invention.conceived_on, invention.parties),
        parties=invention.parties if method == "EQUAL_PARTIES" else (),
        agreed=agreed if method == "AGREED" else None,
    )


async def _unheard(reader: Reader, agreement: Agreement, inputs: DeterminationInputs) -> dict[str, str]:
    """Return who has not confirmed what counts of theirs, by contribution, where the terms ask for that first."""
    if agreement.standing.terms.attestation.contributors != "REQUIRED":
        return {}
    unheard = {}
    for counted in inputs.contributions:
        contribution = await reader(CONTRIBUTION, counted.contribution)
        spoken = word_on(await reader.find(VOICE, counted.contribution), contribution)
        if spoken is None or spoken.word is not Word.CONFIRMED:
            unheard[counted.contribution] = counted.contributor
    return unheard


async def _asked(
    reader: Reader,
    state: Invention,
    agreement: Agreement,
    inputs: DeterminationInputs,
    command: determinations.ProposeDetermination,
) -> Asked:
    """Return whose attestation of these shares the terms ask for besides the proposer's."""
    terms = agreement.standing.terms
    interested: set[str] = set()
    if terms.attestation.required == "INTERESTED_PARTIES":
        shares = command.shares if inputs.method == "AGREED" else determine(inputs).shares
        interested = await interest_in(reader, state, command.today, shares or ())
        interested = await with_parents(reader, interested, state.parties, command.today)
    return asked(terms, state.parties, command.by.party, interested=interested)


def _effective(state: Invention, events: tuple[Event, ...]) -> Decided:
    """Return what was decided about shares, on the day from which they hold."""
    days = (each.effective_on for each in events if isinstance(each, DeterminationProposed | DeterminationAdopted))
    effective_on = next(days, None) or state.conceived_on
    return Decided(state.agreement, (Change(INVENTION, state.invention, events, effective_on),))


def _decided(state: Invention, events: tuple[Event, ...], command: Command) -> Decided:
    return Decided(state.agreement, (Change(INVENTION, state.invention, events, command.today),))
