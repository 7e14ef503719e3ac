"""Reading what an answer is compared with: the asset's own events up to the one that is answered, and no later."""

from services.agreements.acknowledgements import decisions
from services.agreements.acknowledgements.errors import NoSuchOwnershipEvent
from services.agreements.acknowledgements.model import ACKNOWLEDGEMENT, Answers
from services.agreements.commands import Representative
from services.agreements.contracts.handling import admit
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION
from shared.events.invention import DeterminationAdopted, OwnershipTransferred, TransferRescinded
from shared.log.handle import Change, Decided, Reader

_OF_OWNERSHIP = (DeterminationAdopted, OwnershipTransferred, TransferRescinded)


async def acknowledge(reader: Reader, command: decisions.Acknowledge) -> Decided:
    # By a reader of its own: what stood at a position stands for ever, so nothing that happens to the asset meanwhile
    # takes anything from an answer, and systems that answer keep nobody from deciding.
    sight = Reader(reader.handler, trusting=False)
    asset, _, agreement = await invention_of(sight, command.asset, command.by)
    await admit(sight, agreement, command)
    answered = await _answered(reader, command)
    state = await reader.find(ACKNOWLEDGEMENT, command.asset)
    events = decisions.acknowledge(state, asset, answered, command)
    return Decided(asset.agreement, (Change(ACKNOWLEDGEMENT, command.asset, events, command.today),))


async def answers_of(reader: Reader, asset: str, by: Representative) -> Answers:
    """Return what was answered about an asset that the representative's party may read as it is now."""
    await invention_of(reader, asset, by)
    if reader.past:
        # What is said of it now is no part of what whoever has left still sees.
        raise InventionNotFound(invention=asset)
    return await reader.find(ACKNOWLEDGEMENT, asset) or Answers(invention=asset, given={})


async def _answered(reader: Reader, command: decisions.Acknowledge) -> decisions.Answered:
    """Return the event that is answered; raises NoSuchOwnershipEvent."""
    stream = INVENTION.stream(command.asset)
    history = await reader.history(stream)
    version = next((each.version for each in history if each.id == command.event), None)
    event = history[version - 1] if version else None
    if version is None or event is None or not isinstance(event.data, _OF_OWNERSHIP):
        raise NoSuchOwnershipEvent(at="event", asset=command.asset)
    [entry] = await reader.handler.store.read_entries(stream, after_version=version - 1, limit=1)
    if entry.id != command.position:
        raise NoSuchOwnershipEvent(at="position", got=command.position, asset=command.asset)
    state = INVENTION.fold(None, (each.data for each in history[:version]))
    assert state is not None, "an event of ownership is not an asset's first"
    return decisions.Answered(effective_on=event.effective_on, account=state.account)
