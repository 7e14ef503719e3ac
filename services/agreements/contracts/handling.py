"""Reading what commands on agreements need, and hiding agreements from those who are not in them."""

from collections.abc import Callable
from typing import TypeVar

from services.agreements.commands import Command, Representative
from services.agreements.contracts import decisions
from services.agreements.contracts.errors import AgreementNotActive, AgreementNotFound
from services.agreements.contracts.model import AGREEMENT, Agreement, AgreementStatus
from services.agreements.parties.model import PARTY
from shared.contracts.agreement import AgreementDrafted
from shared.errors import NotFound
from shared.log.envelope import decode
from shared.log.events import Event
from shared.log.handle import Change, Decided, Reader
from shared.log.store import EventStore, LogEntry

C = TypeVar("C", bound=Command)
_SCAN = 500


async def draft(reader: Reader, command: decisions.DraftAgreement) -> Decided:
    for party in dict.fromkeys(command.parties):
        await reader(PARTY, party)
    if command.parent is not None:
        await agreement_of(reader, command.parent, command.by)
    events = decisions.draft_agreement(await reader.new(AGREEMENT, command.agreement), command)
    return Decided(command.agreement, (Change(AGREEMENT, command.agreement, events, command.today),))


async def change(
    reader: Reader, agreement: str, command: C, decide: Callable[[Agreement, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command on an agreement that needs to know nothing else."""
    state = await agreement_of(reader, agreement, command.by)
    events = decide(state, command)
    # Taking effect is a fact of the period's first day, whenever it is recorded.
    taking_effect = isinstance(command, decisions.ActivateAgreement)
    effective_on = state.standing.period.start if taking_effect else command.today
    return Decided(agreement, (Change(AGREEMENT, agreement, events, effective_on),))


async def agreement_of(reader: Reader, agreement: str, by: Representative, hidden: NotFound | None = None) -> Agreement:
    """Return an agreement of the representative's party; to others nothing in it exists, by the refusal `hidden`."""
    state = await reader(AGREEMENT, agreement)
    if by.party not in state.parties:
        raise hidden or AgreementNotFound(agreement=agreement)
    return state


async def agreements_of(store: EventStore, party: str, *, after: int, limit: int) -> list[LogEntry]:
    """Return the drafts of a party's agreements above a position, in order."""
    found: list[LogEntry] = []
    while len(found) < limit:
        drafts = await store.read_created(AGREEMENT.name, agreements=None, after=after, limit=_SCAN)
        found += [draft for draft in drafts if party in _parties(draft)]
        if len(drafts) < _SCAN:
            break
        after = drafts[-1].id
    return found[:limit]


def _parties(draft: LogEntry) -> tuple[str, ...]:
    event = decode(draft.state).data
    return event.parties if isinstance(event, AgreementDrafted) else ()


def check_active(agreement: Agreement) -> None:
    if agreement.status is not AgreementStatus.ACTIVE:
        raise AgreementNotActive(got=agreement.status, agreement=agreement.agreement)
