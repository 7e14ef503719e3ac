"""What an amendment would touch, before anybody proposes it."""

from collections.abc import AsyncIterator
from typing import Any, Final

from services.agreements.contracts.amendments import ProposeAmendment, amendment_of
from services.agreements.contracts.handling import check_registrar
from services.agreements.contracts.model import Agreement
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.model import LICENCE
from services.agreements.parties.model import PARTY
from services.agreements.preview.views import AmendmentPreview, Touched
from services.agreements.projects.model import ENDED_PROJECT, PROJECT, Project
from shared.events.agreement import AmendmentProposed
from shared.log.aggregate import Aggregate
from shared.log.handle import Handler, Reader

_INVENTION_SECTIONS: Final = frozenset({"ownership", "attestation", "dispute", "licence", "optout"})
_LICENCE_SECTIONS: Final = frozenset({"consent", "law_default", "revenue", "cost", "calendar"})
_SCAN: Final = 500


async def preview(handler: Handler, state: Agreement, command: ProposeAmendment) -> AmendmentPreview:
    """Return what proposing it would say and touch; raises what proposing it would."""
    reader = Reader(handler, trusting=False)
    for party in dict.fromkeys(command.acceding):
        await reader(PARTY, party)
    parties = (*state.parties, *command.acceding)
    await check_registrar(reader, command.terms or state.standing.terms, parties, command.today)
    proposal = amendment_of(state, command)
    keys = tuple(change.key for change in proposal.diff)
    return AmendmentPreview(
        agreement=state.agreement,
        base_terms=proposal.base_terms,
        effective_on=proposal.effective_on,
        signatories=proposal.signatories,
        diff=proposal.diff,
        projects=tuple(
            [
                Touched(id=project.project, status=project.status, keys=touching)
                async for project in _all(handler, PROJECT, state.agreement)
                if (touching := _touching_project(project, proposal, keys))
            ]
        ),
        inventions=tuple(
            [
                Touched(id=invention.invention, status=invention.status, keys=touching)
                async for invention in _all(handler, INVENTION, state.agreement)
                if (touching := _of_sections(keys, _INVENTION_SECTIONS))
            ]
        ),
        licences=tuple(
            [
                Touched(id=licence.licence, status=licence.status, keys=touching)
                async for licence in _all(handler, LICENCE, state.agreement)
                if (touching := _of_sections(keys, _LICENCE_SECTIONS))
            ]
        ),
    )


def _touching_project(project: Project, proposal: AmendmentProposed, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys that a running project is under: not those it overrides, the period where it ends too early."""
    if project.status in ENDED_PROJECT:
        return ()
    own = {"document_hash", "parties", *project.overridden}
    if project.period.within(proposal.period):
        own |= {"period.to"}
    return tuple(key for key in keys if key not in own)


def _of_sections(keys: tuple[str, ...], sections: frozenset[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key.partition(".")[0] in sections)


async def _all(handler: Handler, aggregate: Aggregate[Any], agreement: str) -> AsyncIterator[Any]:
    after = 0
    while entries := await handler.store.read_created(aggregate.name, agreements=[agreement], after=after, limit=_SCAN):
        for entry in entries:
            state, _ = await handler.read(aggregate, str(entry.originator_id).partition(":")[2])
            yield state
        after = entries[-1].id
