"""Reading what proof of notice is compared with: the event itself, as it was recorded, and the terms in force."""

from services.agreements.contracts.model import AGREEMENT
from services.agreements.notices import decisions
from services.agreements.notices.errors import NoticedEventNotFound
from services.agreements.notices.model import NOTICE
from shared.canonical import sha256_text
from shared.events.terms import Terms
from shared.log.envelope import NO_AGREEMENT, decode
from shared.log.handle import Change, Decided, Reader


async def record(reader: Reader, command: decisions.RecordNotice) -> Decided:
    noticed = await _noticed(reader, command)
    state = await reader.find(NOTICE, command.event)
    events = decisions.record_notice(state, noticed, command)
    day = decisions.effective_on(noticed.terms, command.today)
    return Decided(noticed.agreement, (Change(NOTICE, command.event, events, day),))


async def _noticed(reader: Reader, command: decisions.RecordNotice) -> decisions.Noticed:
    """Return the event of which there is notice, and the terms in force; raises NoticedEventNotFound."""
    found = await reader.handler.store.read_log(after=command.position - 1, limit=1)
    envelope = decode(found[0].state) if found else None
    if envelope is None or envelope.id != command.event:
        raise NoticedEventNotFound(at="event", got=command.event, position=command.position)
    if (stands := sha256_text(found[0].state)) != command.event_hash:
        raise NoticedEventNotFound(at="event_hash", expected=stands, got=command.event_hash, position=command.position)
    # Not guarded: which terms are in force when it is proven is what counts, and whoever delivers much at a time must
    # keep nobody from amending them.
    agreement = None if envelope.agreement == NO_AGREEMENT else await reader.peek(AGREEMENT, envelope.agreement)
    terms = agreement.standing.terms if agreement else Terms()
    return decisions.Noticed(agreement=envelope.agreement, subject=envelope.stream, terms=terms)
