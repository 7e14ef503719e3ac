"""Reading what commands on licences need: title is read with the grant, and guards it."""

from collections.abc import Container, Mapping
from datetime import date

import msgspec

from services.agreements.affiliations.handling import check_speaks_for, speaking_for
from services.agreements.commands import Representative
from services.agreements.contracts.handling import admit
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.sight import seen, staying
from services.agreements.inventions.handling import inventions_of
from services.agreements.inventions.holding import concerned_by
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.inventions.naming import naming_what_is_read, told
from services.agreements.licences import decisions
from services.agreements.licences.check import Circumstances, notice_rule_of, refusals
from services.agreements.licences.errors import LicenceIsGranted, LicenceNotFound
from services.agreements.licences.model import LICENCE, Licence, LicenceStatus
from services.agreements.notices.handling import Reads, time_of
from services.agreements.notices.periods import may_speak_until
from services.agreements.parties.decisions import check_not_inactive
from services.agreements.parties.model import PARTY
from services.agreements.progress.model import PROGRESS
from shared.errors import DomainError
from shared.events.licence import LicenceDrafted
from shared.events.questions import A_LICENCE
from shared.events.terms import CalendarTerms
from shared.log.handle import Change, Decided, Reader


async def draft(reader: Reader, command: decisions.DraftLicence) -> Decided:
    assets, agreement = await inventions_of(reader, command.scope.assets, command.by)
    await admit(reader, agreement, command)
    licensee = await reader(PARTY, command.licensee)
    for other in command.subject_to:
        if (await reader.peek(LICENCE, other)).agreement != agreement.agreement:
            # Another agreement's licence must look exactly like one that does not exist.
            raise LicenceNotFound(licence=other)
    events = decisions.draft_licence(await reader.new(LICENCE, command.licence), agreement, assets, command)
    if events:
        check_not_inactive(licensee)
    return Decided(agreement.agreement, (Change(LICENCE, command.licence, events, command.today),))


async def consent(reader: Reader, licence: str, command: decisions.ConsentToLicence) -> Decided:
    holder = await speaking_for(reader, command, command.holder)
    state, agreement = await licence_of(reader, licence, command.by, holder=holder)
    await admit(reader, agreement, command)
    await check_speaks_for(reader, command, command.holder, command.today)
    events = decisions.consent_to_licence(state, await _assets(reader, state), command)
    return Decided(state.agreement, (Change(LICENCE, licence, events, command.today),))


async def grant(reader: Reader, licence: str, command: decisions.GrantLicence) -> Decided:
    state, agreement = await licence_of(reader, licence, command.by)
    await admit(reader, agreement, command)
    state = await on_notice(reader, state)
    facts = await _circumstances(reader, state, agreement)
    with naming_what_is_read(facts.assets, agreement, command.by.party, own=_own(state)):
        events = decisions.grant_licence(state, facts, command)
    day = state.scope.period.start
    changes = [Change(LICENCE, licence, events, day)]
    if events:
        # In the same append, on the assets' own streams: of two licences that exclude one another only one gets there.
        posted = ((asset.invention, decisions.license_asset(state, asset)) for asset in facts.assets)
        changes += [Change(INVENTION, asset, (licensed,), day) for asset, licensed in posted]
    return Decided(state.agreement, tuple(changes))


async def check(reader: Reader, licence: str, by: Representative, today: date) -> tuple[Licence, list[DomainError]]:
    """Return a licence and everything that this party's grant of it would be refused for on this day."""
    state, agreement = await licence_of(reader, licence, by)
    if reader.past:
        # It is decided by what stands now, which whoever has left does not see.
        raise LicenceNotFound(licence=licence)
    if state.status is LicenceStatus.GRANTED:
        return state, [LicenceIsGranted(licence=licence)]
    state = await on_notice(reader, state)
    facts = await _circumstances(reader, state, agreement)
    found = refusals(state, facts, today, granting=by.party)
    return state, [told(each, facts.assets, agreement, by.party, own=_own(state)) for each in found]


def _own(state: Licence) -> set[str]:
    """Return the names that whoever reads a licence reads in it."""
    return {state.licence, state.licensee, *state.licensors, *state.scope.assets, *state.subject_to}


async def _circumstances(reader: Reader, state: Licence, agreement: Agreement) -> Circumstances:
    assets = await _assets(reader, state)
    projects = dict.fromkeys(asset.project for asset in assets)
    progress = {project: await reader.find(PROGRESS, project) for project in projects}
    return Circumstances(agreement, assets, progress, await reader(PARTY, state.licensee))


async def _assets(reader: Reader, state: Licence) -> list[Invention]:
    return [await reader(INVENTION, asset) for asset in dict.fromkeys(state.scope.assets)]


async def on_notice(reads: Reads, state: Licence) -> Licence:
    """Return a draft with until when those have time that are on notice of it, where the terms in force give some."""
    agreement = await reads.find(AGREEMENT, state.agreement)
    if state.notice_method is None or state.status is not LicenceStatus.DRAFT or agreement is None:
        return state
    rule = notice_rule_of(state.kind, agreement.standing.terms)
    if rule is None:
        return state
    silence = await time_of(
        reads,
        LICENCE.stream(state.licence),
        lambda event: isinstance(event, LicenceDrafted),
        method=state.notice_method,
        last_day=lambda day: may_speak_until(rule, day, CalendarTerms()),
        since={},
    )
    return msgspec.structs.replace(state, silence=silence)


async def shown_to(reader: Reader, licence: str, by: Representative) -> tuple[Licence, Agreement]:
    """Return what `licence_of` does, with until when those have time that are on notice of it."""
    state, agreement = await licence_of(reader, licence, by)
    return await on_notice(reader, state), agreement


async def licence_of(
    reader: Reader, licence: str, by: Representative, *, holder: str | None = None
) -> tuple[Licence, Agreement]:
    """Return a licence that the representative's party may read, and its agreement."""

    async def others(state: Licence, agreement: Agreement) -> Mapping[str, Container[str]]:
        assets = await _assets(reader, state)
        return {
            "invention": concerned_by(assets, agreement),
            "licence": state.named | staying(state.parties, agreement),
        }

    return await seen(reader, LICENCE, licence, by, question=A_LICENCE, others=others, holder=holder)
