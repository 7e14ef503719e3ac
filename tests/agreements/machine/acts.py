"""Everything that can be done at a desk, by either party and by time, whatever stands there at the moment."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from services.agreements.commands import Representative
from services.agreements.contracts import ending
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions import decisions as contributions
from services.agreements.contributions import handling as contributions_handling
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.model import LICENCE
from services.agreements.projects import decisions as projects
from services.agreements.scheduler.registry import ADVANCING, Advancing
from services.agreements.transfers.model import TRANSFER
from shared.events.transfer import Amount
from shared.log.aggregate import Aggregate
from shared.log.handle import Change, Decided, Reader, Work
from tests.agreements import desk as at
from tests.agreements import lives, notice, owners, waits
from tests.agreements.controls import ATRC, CONCEIVED, DIGEST, HUT, TODAY, said
from tests.agreements.desk import Desk

Act = Callable[[Desk], Awaitable[Work]]
# What time may change here, by its name, and how far ahead of the day of all other acts.
LATER = (timedelta(days=40), timedelta(days=4_000), timedelta(days=9_000))


def known(work: Work) -> Act:
    """Give an act that needs to know nothing of what stands there."""

    async def act(_desk: Desk) -> Work:
        return work

    return act


def knowing(
    aggregate: Aggregate[Any], name: str, read: Callable[[Any], str | None], work: Callable[[str], Work]
) -> Act:
    """Give an act that names what it is about by a hash, as the actor sees it."""

    async def act(desk: Desk) -> Work:
        state = (await desk.handler.load(aggregate, aggregate.stream(name))).state
        return work((read(state) if state else None) or DIGEST)

    return act


def time_passes(advancing: Advancing, name: str, day: date) -> Act:
    """Give what the scheduler does about one thing by a day, one transition at a time."""

    async def work(reader: Reader) -> Decided:
        state = await advancing.on_notice(reader, await reader(advancing.aggregate, name))
        due = advancing.next_due(state)
        events = advancing.advance(state, due) if due is not None and due <= day else ()
        beside: tuple[Change, ...] | None = ()
        if events and advancing.elsewhere is not None:
            beside = await advancing.elsewhere(reader, state, events, due or day)
        if beside is None:
            events, beside = (), ()
        own = Change(advancing.aggregate, name, events, due or day)
        return Decided(advancing.agreement_of(state), (own, *beside))

    async def act(desk: Desk) -> Work:
        if advancing.noticed is not None:
            await notice.given_of(desk, advancing, name)
        # The ledger takes nobody for silent while there was time to speak.
        desk.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        return work

    return act


def contested(content_hash: str, **changed: Any) -> Work:
    fields = {"content_hash": content_hash, "reason": "less than that", "proposed_points": None}
    command = contributions.ContestContribution(**said({"by": ATRC, **changed}, **fields))
    return partial(contributions_handling.contest, contribution="C1", command=command)


def _terms_hash(state: Any) -> str | None:
    return str(state.standing.terms_hash)


def amendment_signed(by: Representative) -> Act:
    """Give the signing of whatever amendment is open."""
    return knowing(AGREEMENT, "MOU", _amendment_hash, partial(lives.amendment_signed, by=by))


def _amendment_hash(state: Any) -> str | None:
    pending = state.open_amendment
    return str(pending.version.in_force.terms_hash) if pending else None


def _det_hash(state: Any) -> str | None:
    return str(state.open.det_hash) if state.open else None


def _resolution_hash(state: Any) -> str | None:
    return str(state.resolution.resolution_hash) if state.resolution else None


def _about(work: Callable[..., Work], **changed: Any) -> Act:
    return knowing(DISPUTE, "DSP", _resolution_hash, partial(work, **changed))


def _by_each(name: str, act: Callable[..., Act]) -> dict[str, Act]:
    return {f"{name} by {by.party}": act(by) for by in (HUT, ATRC)}


_AGREEMENT: dict[str, Act] = {
    "terms set": known(at.terms_set()),
    "proposed": known(at.proposed()),
    **_by_each("signed", lambda by: knowing(AGREEMENT, "MOU", _terms_hash, partial(at.signed, by=by))),
    "activated": known(at.activated()),
    "given up": known(lives.given_up()),
    "amendment proposed": known(lives.amendment_proposed()),
    **_by_each(
        "amendment signed",
        amendment_signed,
    ),
    "amendment retracted": known(lives.amendment_retracted()),
    "suspended": known(lives.suspended()),
    "agreement resumed": known(at.in_agreement("MOU", ending.resume_agreement, lives.resuming())),
    "ended": known(lives.ended()),
    "left": known(lives.left()),
    **_by_each("renewed", lambda by: known(lives.renewed(by=by))),
}
_PROJECT: dict[str, Act] = {
    "created": known(at.created()),
    **_by_each("approved", lambda by: known(at.approved(by=by))),
    "started": known(at.started()),
    "paused": known(lives.stopped(projects.pause_project, lives.pausing())),
    "resumed": known(lives.resumed()),
    "completed": known(lives.stopped(projects.complete_project, lives.completing())),
    "cancelled": known(lives.stopped(projects.cancel_project, lives.cancelling())),
    "engaged": known(at.engaged(by=HUT, person="HUT-SE", home_party="HUT")),
    "instrument recorded": known(at.instrument_recorded("HUT-SE", by=HUT, assignee_party="HUT")),
}
_INVENTION: dict[str, Act] = {
    "disclosed": known(at.disclosed()),
    "described": known(at.described()),
    "recorded": known(at.recorded()),
    "corrected": known(at.corrected()),
    "corrected otherwise": known(at.corrected(points="9/1")),
    "attested": knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, at.attested),
    "contested": knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, contested),
    "withdrawn": known(at.withdrawn()),
    "shares proposed": known(at.shares_proposed()),
    "other shares proposed": known(at.shares_proposed(determination="DET-2")),
    "shares attested": knowing(INVENTION, "INV", _det_hash, at.shares_attested),
    "other shares attested": knowing(INVENTION, "INV", _det_hash, partial(at.shares_attested, determination="DET-2")),
    "shares rejected": known(at.shares_rejected()),
    "shares adopted": known(at.shares_adopted()),
    "other shares adopted": known(at.shares_adopted(determination="DET-2")),
}
_OWNERSHIP: dict[str, Act] = {
    "transfer proposed": known(owners.transfer_proposed()),
    "half of it proposed": known(
        owners.transfer_proposed(transfer="XFR-2", amount=Amount(of_holding="1/2"), effective_on=CONCEIVED)
    ),
    "transfer consented": knowing(
        TRANSFER, "XFR", lambda state: state.transfer_hash, partial(owners.transfer_consented, by=ATRC, holder="ATRC")
    ),
    "transfer refused": known(owners.transfer_refused()),
    "transfer executed": known(owners.transfer_executed()),
    "half of it executed": known(owners.transfer_executed("XFR-2")),
    "transfer rescinded": known(owners.transfer_rescinded()),
    "recordal filed": known(owners.recordal_filed()),
    "recordal confirmed": known(owners.recordal_confirmed()),
    "disputed": known(owners.disputed()),
    "position filed": known(owners.position_filed(owners.OUTCOME)),
    "evidence filed": known(owners.evidence_filed()),
    "dispute withdrawn": known(owners.dispute_withdrawn()),
    "resolution proposed": known(owners.resolution_proposed()),
    **_by_each("resolution confirmed", lambda by: _about(owners.resolution_confirmed, by=by)),
    **_by_each("decided elsewhere", lambda by: known(owners.decided(by=by))),
    **_by_each("resolution objected to", lambda by: _about(owners.resolution_objected, by=by)),
    **_by_each("resolution taken back", lambda by: _about(owners.resolution_withdrawn, by=by)),
    **_by_each("retirement proposed", lambda by: known(waits.retirement_proposed(by=by, holder=by.party))),
    "retirement consented": known(waits.retirement_consented()),
    "retirement opposed": known(waits.retirement_opposed()),
}


def _licence_acts(name: str, licence: str, **changed: Any) -> dict[str, Act]:
    consented = partial(at.licence_consented, licence=licence, by=ATRC)
    return {
        f"{name} drafted": known(at.licence_drafted(licence=licence, **changed)),
        f"{name} consented": knowing(LICENCE, licence, lambda state: state.terms_hash, consented),
        f"{name} granted": known(at.licence_granted(licence)),
    }


# All of the same, so that which of them comes first decides which others can be granted.
_LICENCES: dict[str, Act] = {
    **_licence_acts("licence", "LIC"),
    **_licence_acts("exclusive licence", "LIC-X", kind="EXCLUSIVE", licensee="EGU"),
    **_licence_acts("sole licence", "LIC-S", kind="SOLE"),
    **_licence_acts("licence subject to another", "LIC-Y", kind="EXCLUSIVE", licensee="EGU", subject_to=("LIC",)),
}
_NAMES = {"agreement": "MOU", "dispute": "DSP", "project": "PRJ", "contribution": "C1", "invention": "INV"}
_TIME: dict[str, Act] = {
    f"{later.days} days pass for the {advancing.aggregate.name}": time_passes(
        advancing, _NAMES[advancing.aggregate.name], TODAY + later
    )
    for advancing in ADVANCING
    if advancing.aggregate.name in _NAMES
    for later in LATER
}

# By what they are about, and all of them.
GROUPS = (_AGREEMENT, _PROJECT, _INVENTION, _OWNERSHIP, _LICENCES, _TIME)
ACTS: dict[str, Act] = {name: act for group in GROUPS for name, act in group.items()}
