"""Reading what commands in disputes need; what freezes an asset conflicts with whatever moves or licenses it."""

from collections.abc import Callable, Container, Mapping
from datetime import date
from typing import Any

import msgspec

from services.agreements.acknowledgements.model import ACKNOWLEDGEMENT, ContestNotFound
from services.agreements.affiliations.handling import check_speaks_for, speaking_for
from services.agreements.affiliations.model import AFFILIATION, ALL, by_operators, under_common_control
from services.agreements.commands import Command, HoldersCommand, Representative
from services.agreements.consent.holders import holders_ever
from services.agreements.contracts.handling import admit, is_neutral
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contracts.sight import seen
from services.agreements.disputes import decisions, resolving
from services.agreements.disputes.binding import Applicable, binds_as, bound_by_silence
from services.agreements.disputes.errors import PositionOrContest
from services.agreements.disputes.model import DISPUTE, Dispute, may_lapse
from services.agreements.inventions.handling import check_holders, invention_of
from services.agreements.inventions.holding import concerned_by, parties_now
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.notices.handling import Reads, silence_of
from shared.events.dispute import DisputeLapsed, DisputeResolutionProposed, DisputeResolved
from shared.events.invention import DeterminationAdopted
from shared.events.questions import A_DISPUTE
from shared.events.registry import Event
from shared.log.handle import Change, Decided, Reader

Resolving = Callable[[Dispute, Invention, Applicable, Any], decisions.Both]


async def open_dispute(reader: Reader, command: decisions.OpenDispute, *, contest: str | None = None) -> Decided:
    """Open a dispute with a position, or with that which the party has answered to an event that it contests."""
    asset, _, agreement = await invention_of(reader, command.asset, command.by)
    if bool(command.position) == (contest is not None):
        raise PositionOrContest(expected="position or contest", asset=command.asset)
    if contest is not None:
        answers = await reader.find(ACKNOWLEDGEMENT, command.asset)
        if answers is None:
            raise ContestNotFound(asset=command.asset)
        position = answers.contest(command.by.party, contest).holdings
        command = msgspec.structs.replace(command, position=position)
    await admit(reader, agreement, command)
    await check_holders(reader, asset, agreement, command.position)
    state = await reader.new(DISPUTE, command.dispute)
    asset = msgspec.structs.replace(asset, parties=parties_now(asset, agreement, command.today))
    own, posted = decisions.open_dispute(state, asset, agreement.standing.terms, command)
    changes = [Change(DISPUTE, command.dispute, own, command.today)]
    if posted:
        changes.append(Change(INVENTION, asset.invention, posted, command.today))
    return Decided(asset.agreement, tuple(changes))


async def file_position(reader: Reader, dispute: str, command: decisions.FilePosition) -> Decided:
    state, agreement = await _for_a_holder(reader, dispute, command)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    await check_holders(reader, asset, agreement, command.position)
    return _decided(state, decisions.file_position(state, asset, command), command)


async def file_evidence(reader: Reader, dispute: str, command: decisions.FileEvidence) -> Decided:
    state, agreement = await _for_a_holder(reader, dispute, command)
    await admit(reader, agreement, command)
    return _decided(state, decisions.file_evidence(state, await reader(INVENTION, state.asset), command), command)


async def withdraw(reader: Reader, dispute: str, command: decisions.WithdrawDispute) -> Decided:
    state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    return _both(state, decisions.withdraw_dispute(state, asset, command), command.today)


async def resolve(
    reader: Reader,
    dispute: str,
    command: Command,
    decide: Resolving,
) -> Decided:
    """Decide what somebody says about an outcome, for which everything counts by which shares hold."""
    if isinstance(command, HoldersCommand):
        state, agreement = await _for_a_holder(reader, dispute, command)
    else:
        state, agreement = await dispute_of(reader, dispute, command.by)
    await admit(reader, agreement, command)
    asset = await reader(INVENTION, state.asset)
    if isinstance(command, resolving.ProposeResolution):
        await check_holders(reader, asset, agreement, command.outcome)
    if isinstance(command, resolving.ObjectToResolution):
        state = await on_notice(reader, state)
    terms = await _applicable(reader, state, asset, agreement, command)
    return _both(state, decide(state, asset, terms, command), command.today)


async def ended_elsewhere(
    reader: Reader, state: Dispute, events: tuple[Event, ...], today: date
) -> tuple[Change, ...] | None:
    """Return what a dispute that time ends leaves on its asset; None where an outcome cannot bind by silence."""
    if not any(isinstance(event, DisputeLapsed | DisputeResolved) for event in events):
        return ()
    asset = await reader(INVENTION, state.asset)
    if any(isinstance(event, DisputeLapsed) for event in events):
        return (Change(INVENTION, asset.invention, decisions.unfreeze(asset, state), today),)
    agreement = await reader(AGREEMENT, state.agreement)
    assert state.resolution is not None, "an outcome binds"
    terms = await _terms_of(reader, state, asset, agreement, state.resolution.laid_down_by, today)
    posted = bound_by_silence(state, asset, terms, today)
    return None if posted is None else _posted(state, posted, today)


async def on_notice(reads: Reads, state: Dispute) -> Dispute:
    """Return a dispute with until when one may object to what one side laid down, by the notice that there is."""
    pending = may_lapse(state)
    if pending is None or pending.notice_method is None or pending.objection_days is None:
        return state
    silence = await silence_of(
        reads,
        DISPUTE.stream(state.dispute),
        _is_outcome,
        pending.missing,
        days=pending.objection_days,
        method=pending.notice_method,
        # Whoever took note has notice, whatever became of the letter.
        or_acknowledged=True,
    )
    asset = await reads.find(INVENTION, state.asset)
    assert asset is not None, "a dispute is about an asset"
    # No dice: what time does is recorded once, whoever does it.
    determination = f"det-{silence.event.replace('-', '')}"
    return msgspec.structs.replace(state, silence=silence, binds_as=binds_as(asset, pending, determination))


def _is_outcome(event: Event) -> bool:
    return isinstance(event, DisputeResolutionProposed)


async def shown_to(reader: Reader, dispute: str, by: Representative) -> tuple[Dispute, Agreement]:
    """Return what `dispute_of` does, with until when one may object to what one side laid down."""
    state, agreement = await dispute_of(reader, dispute, by)
    return await on_notice(reader, state), agreement


async def dispute_of(
    reader: Reader, dispute: str, by: Representative, *, holder: str | None = None
) -> tuple[Dispute, Agreement]:
    """Return a dispute that the representative's party may read, also as its registrar, and its agreement."""
    state = await reader(DISPUTE, dispute)
    agreement = await reader(AGREEMENT, state.agreement)
    if is_registrar(by, state, agreement):
        return state, agreement

    async def others(state: Dispute, agreement: Agreement) -> Mapping[str, Container[str]]:
        asset = await reader(INVENTION, state.asset)
        return {"invention": concerned_by([asset], agreement), "dispute": state.taking_part}

    return await seen(reader, DISPUTE, dispute, by, question=A_DISPUTE, others=others, holder=holder)


def is_registrar(by: Representative, state: Dispute, agreement: Agreement) -> bool:
    """Tell whether a dispute is the representative's party's to decide or to note: by the terms, or as it was asked."""
    return by.party in {agreement.standing.terms.dispute.registrar, state.resolution and state.resolution.registrar}


async def _for_a_holder(reader: Reader, dispute: str, command: HoldersCommand) -> tuple[Dispute, Agreement]:
    """Return the same, with the eyes of the holder as well, where the representative may speak for it."""
    holder = await speaking_for(reader, command, command.holder)
    found = await dispute_of(reader, dispute, command.by, holder=holder)
    await check_speaks_for(reader, command, command.holder, command.today)
    return found


async def _applicable(
    reader: Reader, state: Dispute, asset: Invention, agreement: Agreement, command: Command
) -> Applicable:
    one = resolving.laid_down_by(state, command)
    terms = await _terms_of(reader, state, asset, agreement, one, command.today)
    registrar = agreement.standing.terms.dispute.registrar
    if state.resolution and not isinstance(command, resolving.ProposeResolution):
        registrar = state.resolution.registrar
    if registrar and not await is_neutral(reader, registrar, agreement.parties, command.today):
        registrar = None
    return terms._replace(registrar=registrar)


async def _terms_of(  # noqa: PLR0913, PLR0917  # by what an outcome is judged
    reader: Reader, state: Dispute, asset: Invention, agreement: Agreement, one: str, today: date
) -> Applicable:
    """Return what the terms say about an outcome that one party lays down, but for the registrar."""
    # Who is on one side with whoever lays it down is not asked, and may not know all who have declared the same parent.
    registry = by_operators(await reader.find(AFFILIATION, ALL))
    others = {*state.taking_part, *holders_ever([asset])}
    terms = agreement.standing.terms
    return Applicable(
        mode=terms.ownership.redetermination,
        one_side=frozenset(each for each in others if under_common_control(registry, one, each, today)),
        registrar=None,
        objection_days=terms.dispute.one_sided_objection_days,
        # What lies in an inbox alone takes nothing from anybody.
        notice_method="ACKNOWLEDGED" if terms.notice.method == "ACKNOWLEDGED" else "EMAIL",
    )


def _decided(state: Dispute, events: tuple[Event, ...], command: Command) -> Decided:
    return Decided(state.agreement, (Change(DISPUTE, state.dispute, events, command.today),))


def _both(state: Dispute, happened: decisions.Both, today: date) -> Decided:
    own, posted = happened
    return Decided(state.agreement, (Change(DISPUTE, state.dispute, own, today), *_posted(state, posted, today)))


def _posted(state: Dispute, posted: tuple[Event, ...], today: date) -> tuple[Change, ...]:
    """Return what happens to the asset: shares hold from their own day; that acts are free again is a fact of today."""
    days = [event.effective_on if isinstance(event, DeterminationAdopted) else today for event in posted]
    return tuple(Change(INVENTION, state.asset, (event,), day) for event, day in zip(posted, days, strict=True))
