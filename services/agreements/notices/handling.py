"""Reading what proof of notice is compared with: the event itself, as it was recorded, and the terms in force."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Protocol, TypeVar

import msgspec

from services.agreements.commands import Representative
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.standing import present
from services.agreements.notices import decisions
from services.agreements.notices.errors import NoticedEventNotFound, NoticeNotFound
from services.agreements.notices.model import NOTICE, Notice, Silence, effective_days, silence_after
from services.agreements.notices.views import EventNotice, shown
from shared.canonical import sha256_text
from shared.events.registry import Event
from shared.events.terms import NoticeMethod, Terms
from shared.log.aggregate import Aggregate
from shared.log.envelope import NO_AGREEMENT, Envelope, decode
from shared.log.handle import Change, Decided, Reader

S = TypeVar("S", bound=msgspec.Struct)


class Reads(Protocol):
    """What reads states and what led to them: for a command, or for whoever follows the log."""

    async def find(self, aggregate: Aggregate[S], identifier: str) -> S | None: ...
    async def history(self, stream: str) -> list[Envelope]: ...


async def silence_of(  # noqa: PLR0913  # keyword-only: how long, and by what
    reads: Reads,
    stream: str,
    said: Callable[[Event], bool],
    parties: Iterable[str],
    *,
    days: int,
    method: NoticeMethod,
    or_acknowledged: bool = False,
) -> Silence:
    """Return until when parties may speak about what was last said of a thing; what is decided by it is guarded."""
    event, notice = await notice_of(reads, stream, said)
    return silence_after(notice, event, parties, days=days, method=method, or_acknowledged=or_acknowledged)


async def time_of(  # noqa: PLR0913  # keyword-only: how long, by what, and who has no inbox
    reads: Reads,
    stream: str,
    said: Callable[[Event], bool],
    *,
    method: NoticeMethod,
    last_day: Callable[[date], date | None],
    since: Mapping[str, date],
) -> Silence:
    """Return until when each may speak that is on notice of what was last said of a thing; it is guarded.

    `last_day` is that of whoever is on notice since a day; of whom nobody can give notice, `since` says the day.
    """
    event, notice = await notice_of(reads, stream, said)
    last = {each: last_day(day) for each, day in {**since, **effective_days(notice, method)}.items()}
    return Silence(event=event, until={each: day for each, day in last.items() if day is not None})


async def notice_of(reads: Reads, stream: str, said: Callable[[Event], bool]) -> tuple[str, Notice | None]:
    """Return the event by which something was last said of a thing, and who has notice of it, which is guarded."""
    event = [each.id for each in await reads.history(stream) if said(each.data)][-1]
    return event, await reads.find(NOTICE, event)


async def record(reader: Reader, command: decisions.RecordNotice) -> Decided:
    noticed = await _noticed(reader, command)
    state = await reader.find(NOTICE, command.event)
    events = decisions.record_notice(state, noticed, command)
    day = decisions.effective_on(noticed.terms, command.today)
    return Decided(noticed.agreement, (Change(NOTICE, command.event, events, day),))


async def shown_to(reader: Reader, event: str, by: Representative) -> EventNotice:
    """Return what is proven of notice of an event that a representative's party may see; raises NoticeNotFound.

    Each party sees its own. Whoever recorded the event waits for the others of its agreement, and sees theirs; who else
    was told of it, such as a licensee, is nobody's to know.
    """
    state = await reader.find(NOTICE, event)
    found = shown(state, await _visible_to(reader, state, by)) if state is not None else None
    if found is None or not found.parties:
        raise NoticeNotFound(event=event)
    return found


async def _visible_to(reader: Reader, state: Notice, by: Representative) -> set[str]:
    # The proof was compared with it when it was recorded.
    [entry] = await reader.handler.store.read_log(after=state.position - 1, limit=1)
    envelope = decode(entry.state)
    if envelope.actor_party != by.party or envelope.agreement == NO_AGREEMENT:
        return {by.party}
    members = present(await reader.peek(AGREEMENT, envelope.agreement))
    return {by.party, *members} if by.party in members else {by.party}


async def _noticed(reader: Reader, command: decisions.RecordNotice) -> decisions.Noticed:
    """Return the event of which there is notice, and the terms in force; raises NoticedEventNotFound."""
    found = await reader.handler.store.read_log(after=command.position - 1, limit=1)
    envelope = decode(found[0].state) if found else None
    if envelope is None or envelope.id != command.event:
        raise NoticedEventNotFound(at="event", got=command.event, position=command.position)
    if (stands := sha256_text(found[0].state)) != command.event_hash:
        raise NoticedEventNotFound(at="event_hash", expected=stands, got=command.event_hash, position=command.position)
    # Guarded: the day counts by the terms in force where the proof is entered, as whoever reads the log works it out.
    # By others, remembered or just replaced, it would be a day that nobody can find again.
    agreement = None if envelope.agreement == NO_AGREEMENT else await reader(AGREEMENT, envelope.agreement)
    terms = agreement.standing.terms if agreement else Terms()
    return decisions.Noticed(
        agreement=envelope.agreement, subject=envelope.stream, terms=terms, recorded_at=envelope.time
    )
