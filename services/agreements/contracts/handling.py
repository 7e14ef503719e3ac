"""Reading what commands on agreements need, and hiding agreements from those who are not in them."""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date
from itertools import groupby, takewhile
from typing import TypeVar

import msgspec

from services.agreements.affiliations.model import AFFILIATION, ALL, under_common_control
from services.agreements.commands import Command, Representative
from services.agreements.contracts import amendments, decisions
from services.agreements.contracts.errors import TermInvalid, TermsNotYetInForce
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.resolved import resolved
from services.agreements.contracts.sight import Horizon, seen
from services.agreements.contracts.standing import hindrances
from services.agreements.contracts.views import TermsAsOf, as_drafted, as_of
from services.agreements.errors import PartyHasLeft
from services.agreements.parties.handling import empowered
from services.agreements.parties.model import PARTY, PartyStatus
from shared.events.agreement import (
    AgreementActivated,
    AmendmentProposed,
    AmendmentSigned,
    TerminationNoticeGiven,
)
from shared.events.background import AccessPurpose
from shared.events.questions import AN_AGREEMENT
from shared.events.registry import Event
from shared.events.terms import Terms
from shared.known import AsKnown
from shared.log.envelope import Envelope, decode
from shared.log.handle import Change, Decided, Reader
from shared.log.store import EventStore

C = TypeVar("C", bound=Command)
_SCAN = 500


async def admit(
    reader: Reader, agreement: Agreement, command: Command, *, purpose: AccessPurpose | None = None
) -> None:
    """Raise what stands in a command's way: that its agreement does not stand as it has to, or that its giver may not.

    The party read guards the append: of an act and the revocation of its power at the same moment, one comes first.
    """
    if reader.behind:
        # Who no longer sees what has become of something does nothing with it.
        raise PartyHasLeft(got=command.by.party, agreement=agreement.agreement, party=command.by.party)
    gate = command.gate
    party = await reader(PARTY, command.by.party) if gate.power is not None else None
    asked = None if gate.late else agreement
    for refusal in hindrances(gate, command.asking(purpose), agreement=asked, party=party):
        raise refusal


async def draft(reader: Reader, command: decisions.DraftAgreement) -> Decided:
    await empowered(reader, command)
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
    await admit(reader, state, command)
    return _decided(state, decide(state, command), command.today)


async def bind(
    reader: Reader, agreement: str, command: C, decide: Callable[[Agreement, C], tuple[Event, ...]]
) -> Decided:
    """Decide a command by which the terms come to bind; whom they name as neutral has to be that by then."""
    decided = await change(reader, agreement, command, decide)
    state = await reader(AGREEMENT, agreement)
    if decided.changes[0].events:
        await check_registrar(reader, state.standing.terms, state.parties, command.today)
    return decided


async def check_registrar(reader: Reader, terms: Terms, parties: Iterable[str], today: date) -> None:
    """Raise TermInvalid for a registrar that is not registered, or has to do with one of the parties."""
    registrar = terms.dispute.registrar
    if registrar is not None and not await is_neutral(reader, registrar, parties, today):
        raise TermInvalid(
            expected="a registered party that is in the agreement neither itself nor through an affiliate",
            got=registrar,
            key="dispute.registrar",
        )


async def is_neutral(reader: Reader, party: str, parties: Iterable[str], today: date) -> bool:
    """Tell whether a party is registered, and under common control with none of these on a day."""
    known = await reader.find(PARTY, party)
    if known is None or known.status is PartyStatus.INACTIVE:
        return False
    # Also by what two alone declare: whoever says so of itself, or of whom it controls, only gives up being neutral.
    registry = await reader.find(AFFILIATION, ALL)
    return not any(under_common_control(registry, party, each, today) for each in parties)


async def propose_amendment(reader: Reader, agreement: str, command: amendments.ProposeAmendment) -> Decided:
    state = await agreement_of(reader, agreement, command.by)
    await admit(reader, state, command)
    for party in dict.fromkeys(command.acceding):
        await reader(PARTY, party)
    parties = (*state.parties, *command.acceding)
    await check_registrar(reader, command.terms or state.standing.terms, parties, command.today)
    return _decided(state, amendments.propose_amendment(state, command), command.today)


async def sign_amendment(reader: Reader, agreement: str, command: amendments.SignAmendment) -> Decided:
    state = await seen_by(reader, agreement, command.by)
    await admit(reader, state, command)
    events = amendments.sign_amendment(state, command)
    if events:
        proposed = amendments.amendment_no(state, command.no)
        parties = (*state.parties, *proposed.acceding)
        await check_registrar(reader, proposed.version.in_force.terms, parties, command.today)
    return _decided(state, events, command.today)


def _decided(state: Agreement, events: tuple[Event, ...], today: date) -> Decided:
    """Return what was decided, each event on its legal day: one that takes effect on a day says which."""
    days = groupby(events, key=lambda event: _legal_day(event, today))
    changes = [Change(AGREEMENT, state.agreement, tuple(together), day) for day, together in days]
    return Decided(state.agreement, tuple(changes) or (Change(AGREEMENT, state.agreement, (), today),))


def _legal_day(event: Event, today: date) -> date:
    match event:
        # Taking effect is a fact of the period's first day, whenever it is recorded.
        case AgreementActivated(period=period):
            return period.start
        case TerminationNoticeGiven(notice_on=noticed_on):
            return noticed_on
        case AmendmentProposed():
            return today
    day: date = getattr(event, "effective_on", today)
    return day


async def seen_by(reader: Reader, agreement: str, by: Representative) -> Agreement:
    """Return an agreement of the representative's party, or one that an open amendment asks it to join.

    A party that has left it sees it as it was by then.
    """
    state, _ = await seen(reader, AGREEMENT, agreement, by, question=AN_AGREEMENT, others=_asked)
    return state


async def asking(reader: Reader, agreement: str, by: Representative) -> Callable[[Envelope], bool]:
    """Return which events of an agreement that a party sees ask it to join, where any do.

    Of the rest it is told what concerns it: any party of the agreement can ask it alone, and what happened between the
    others is no part of the question.
    """
    amendment = (await seen_by(reader, agreement, by)).open_amendment

    def asks(envelope: Envelope) -> bool:
        match envelope.data:
            case AmendmentProposed(no=no) | AmendmentSigned(no=no):
                return amendment is not None and by.party in amendment.acceding and no == amendment.no
        return False

    return asks


async def _asked(state: Agreement, _agreement: Agreement) -> Mapping[str, Container[str]]:
    return {"amendment": state.open_amendment.acceding if state.open_amendment else ()}


async def agreement_of(reader: Reader, agreement: str, by: Representative) -> Agreement:
    """Return an agreement of the representative's party, as far as that sees it; to others it does not exist."""
    state, _ = await seen(reader, AGREEMENT, agreement, by)
    return state


async def terms_as_of(  # noqa: PLR0913  # keyword-only; up to where whoever asks sees, and what is told
    store: EventStore,
    agreement: str,
    effective: date,
    known: AsKnown,
    *,
    horizon: Horizon | None = None,
    key_by_key: bool = False,
) -> TermsAsOf:
    """Return the terms that stand on a legal day by what had been recorded at another time, as far as somebody sees.

    With `key_by_key` what each key comes to as well, before all have signed too. Raises TermsNotYetInForce,
    KnownTimeNotOver.
    """
    if known.position is not None:
        known.check_reached((await store.head()).position)
    stream = AGREEMENT.stream(agreement)
    envelopes = [decode(event.state) for event in await store.read_stream(stream)]
    if known.position is not None:
        envelopes = envelopes[: await store.version_at(stream, known.position)]
    if known.instant is not None:
        envelopes = [envelope for envelope in envelopes if envelope.time <= known.instant]
    if horizon is not None:
        envelopes = [*takewhile(horizon.reaches, envelopes)]
    state = AGREEMENT.fold(None, [envelope.data for envelope in envelopes])
    version = state.terms_on(effective) if state else None
    if state is not None and key_by_key and not state.agreed:
        found = as_drafted(state, effective, known_version=len(envelopes))
    elif state is None or version is None:
        raise TermsNotYetInForce(got=effective, agreement=agreement)
    else:
        found = as_of(state, version, effective, known_version=len(envelopes))
    return msgspec.structs.replace(found, resolved=resolved(found.terms)) if key_by_key else found
