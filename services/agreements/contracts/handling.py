"""Reading what commands on agreements need, and hiding agreements from those who are not in them."""

from collections.abc import Callable
from typing import TypeVar

from services.agreements.commands import Command
from services.agreements.contracts import decisions
from services.agreements.contracts.errors import AgreementNotActive, AgreementNotFound
from services.agreements.contracts.model import AGREEMENT, Agreement, AgreementStatus
from services.agreements.parties.model import PARTY
from shared.errors import NotFound
from shared.log.events import Event
from shared.log.handle import Change, Decided, Reader

C = TypeVar("C", bound=Command)


async def draft(reader: Reader, command: decisions.DraftAgreement) -> Decided:
    for party in dict.fromkeys(command.parties):
        await reader(PARTY, party)
    if command.parent is not None:
        await agreement_of(reader, command.parent, command)
    events = decisions.draft_agreement(await reader.new(AGREEMENT, command.agreement), command)
    return Decided(command.agreement, (Change(AGREEMENT, command.agreement, events, command.today),))


async def change(
    reader: Reader, agreement: str, command: C, decide: Callable[[Agreement, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command on an agreement that needs to know nothing else."""
    state = await agreement_of(reader, agreement, command)
    events = decide(state, command)
    # Taking effect is a fact of the period's first day, whenever it is recorded.
    taking_effect = isinstance(command, decisions.ActivateAgreement)
    effective_on = state.standing.period.start if taking_effect else command.today
    return Decided(agreement, (Change(AGREEMENT, agreement, events, effective_on),))


async def agreement_of(reader: Reader, agreement: str, command: Command, hidden: NotFound | None = None) -> Agreement:
    """Return an agreement of the commanding party; to others nothing in it exists, by the refusal `hidden`."""
    state = await reader(AGREEMENT, agreement)
    if command.by.party not in state.parties:
        raise hidden or AgreementNotFound(agreement=agreement)
    return state


def check_active(agreement: Agreement) -> None:
    if agreement.status is not AgreementStatus.ACTIVE:
        raise AgreementNotActive(got=agreement.status, agreement=agreement.agreement)
