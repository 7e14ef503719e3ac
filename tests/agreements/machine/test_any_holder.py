"""Whatever holders do in whatever order: being from outside makes no difference, and nothing is ever stuck."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.commands import Representative
from services.agreements.consent.holders import holders_ever
from services.agreements.contracts.model import AGREEMENT
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.holding import holders_of
from services.agreements.inventions.model import INVENTION, InventionStatus
from services.agreements.licences.model import LICENCE, LicenceStatus
from services.agreements.ownership.account import holdings_on
from services.agreements.transfers.model import TRANSFER, TransferStatus
from shared.errors import DomainError
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount
from shared.ids import is_person
from tests.agreements import desk as at
from tests.agreements import lives, outside, owners
from tests.agreements.controls import ATRC, CONSENT, EGU, HUT, TODAY, period, scope, terms
from tests.agreements.desk import Desk
from tests.agreements.machine import acts, beside
from tests.agreements.machine.outside import ACTS, NLN

# What takes several to get anywhere, so that outsiders get there, too.
_CHAINS: tuple[tuple[str, ...], ...] = (
    ("EGU offers XFR to NLN", "HUT consents to XFR", "EGU executes XFR"),
    ("HUT offers OTHER to NLN", "EGU consents to OTHER", "NLN takes a part over", "HUT executes OTHER"),
    ("EGU drafts a licence", "HUT consents to a licence", "NLN consents to a licence", "EGU grants a licence"),
    (
        "EGU disputes",
        "NLN files a position",
        "HUT proposes a settlement",
        "ATRC confirms",
        "NLN confirms",
        "EGU confirms",
    ),
    ("HUT offers XFR to ATRC", "EGU takes a part over", "EGU refuses"),
    ("HUT proposes to give up", "EGU agrees to give up", "NLN opposes giving up"),
)
_steps = st.one_of(st.sampled_from(sorted(ACTS)).map(lambda name: (name,)), st.sampled_from(_CHAINS))
_histories = st.lists(_steps, min_size=3, max_size=12).map(lambda steps: [name for step in steps for name in step])
# How holders of an agreement may be asked, an act alike for all.
_RULES = st.sampled_from(
    (
        ConsentRule(rule="UNANIMOUS"),
        ConsentRule(rule="NOTICE", days=30),
        ConsentRule(rule="LEAD_DEEMED", days=10),
        ConsentRule(rule="MAJORITY_SHARE"),
        ConsentRule(rule="SUPERMAJORITY", ratio="3/4"),
        ConsentRule(rule="NONE"),
    )
)


@settings(max_examples=150)
@given(_RULES, _histories)
def test_a_holder_from_outside_may_do_what_one_from_the_agreement_may(rule: ConsentRule, names: list[str]) -> None:
    """The same history of a party that is in the agreement is the model: every act has the same outcome."""
    asyncio.run(_compared(rule, names))


async def _compared(rule: ConsentRule, names: list[str]) -> None:
    real, model = await _begun(rule, joining=()), await _begun(rule, joining=("EGU", "NLN"))
    for name in names:
        actor = name.partition(" ")[0]
        if actor not in {"HUT", "ATRC", *holders_of([await real.state(INVENTION, "INV")])}:
            continue
        told, expected = await _told(real, name), await _told(model, name)
        # Whoever holds nothing any more is refused all the same, though perhaps by another name.
        asset = await real.state(INVENTION, "INV")
        outcomes = {type(told), type(expected)} if actor in holders_ever([asset]) else {told is None, expected is None}
        assert len(outcomes) == 1, (name, told, expected)
    for aggregate, identifier in ((INVENTION, "INV"), (TRANSFER, "XFR"), (TRANSFER, "OTHER"), (LICENCE, "LIC")):
        assert await _state(model, aggregate, identifier) == await _state(real, aggregate, identifier)


async def _begun(rule: ConsentRule, *, joining: tuple[str, ...]) -> Desk:
    """Give a desk where HUT and EGU hold halves, and others are in the agreement or are not."""
    desk = await outside.a_holder_from_outside(terms=_by(rule))
    if joining:
        await desk.does(lives.amendment_proposed(effective_on=TODAY, acceding=joining, terms=_by(rule)))
        terms_hash = await lives.open_hash(desk)
        for by in (HUT, ATRC, EGU, NLN):
            await desk.does(lives.amendment_signed(terms_hash, by=by))
    return desk


def _by(rule: ConsentRule) -> Any:
    licensing = {"non_exclusive": rule, "sole": rule, "exclusive": rule}
    return terms(consent=msgspec.structs.replace(CONSENT, assign=rule, abandon=rule, **licensing))


async def _told(desk: Desk, name: str) -> DomainError | None:
    """Return what an act is refused, if it is."""
    try:
        await desk.does(await ACTS[name](desk))
    except DomainError as refusal:
        return refusal
    return None


async def _state(desk: Desk, aggregate: Any, identifier: str) -> Any:
    return (await desk.handler.load(aggregate, aggregate.stream(identifier))).state


# -- nothing is stuck -------------------------------------------------------------------------------------------------

_ANYTHING = {**ACTS, **{name: act for group in (*acts.GROUPS, *beside.GROUPS) for name, act in group.items()}}
# No goodwill helps against a law of exports, or where a holder is gone or lets nobody speak for it.
_AGAINST = ("deactivated", "represented", "sharing restricted")
_ENDING = {name for name in _ANYTHING if any(each in name for each in _AGAINST)}
_wild = st.lists(st.sampled_from(sorted({*_ANYTHING} - _ENDING)), min_size=3, max_size=30)


@settings(max_examples=100)
@given(_RULES, _wild)
def test_with_the_goodwill_of_its_holders_an_asset_is_never_stuck(rule: ConsentRule, names: list[str]) -> None:
    """While licences may be granted, it is unfrozen, licensed and passed on by nobody but those who hold it."""
    asyncio.run(_unstuck(rule, names))


async def _unstuck(rule: ConsentRule, names: list[str]) -> None:
    desk = await outside.a_holder_from_outside(terms=_by(rule))
    for name in names:
        try:
            await desk.does(await _ANYTHING[name](desk))
        except DomainError:
            continue
    asset = await desk.state(INVENTION, "INV")
    agreement = (await desk.state(AGREEMENT, "MOU")).status
    if asset.status is InventionStatus.RETIRED or asset.adopted is None or agreement != "ACTIVE":
        return
    await _unfrozen(desk)
    await _passed_by_persons(desk)
    await _licensed(desk)
    await _passed_on(desk)


async def _holders(desk: Desk) -> list[str]:
    return sorted(holdings_on((await desk.state(INVENTION, "INV")).account, TODAY))


def _of(party: str) -> Representative:
    return Representative(f"{party}-REP", party)


async def _unfrozen(desk: Desk) -> None:
    """End every dispute by what changes nobody's share: whoever holds one says so too, or time has passed."""
    asset = await desk.state(INVENTION, "INV")
    holders = [_of(each) for each in await _holders(desk) if not is_person(each)]
    as_it_is = partial(owners.resolution_proposed, by=holders[0], basis="COURT", outcome=asset.adopted.shares)
    for _ in asset.disputes:
        await desk.does(as_it_is())
        for by in holders:
            dispute = await desk.state(DISPUTE, "DSP")
            if by.party in {each.party for each in dispute.waiting_for}:
                await desk.does(owners.resolution_confirmed(dispute.resolution.resolution_hash, by=by))
        dispute = await desk.state(DISPUTE, "DSP")
        if dispute.is_open:
            # Whoever claims more, holds nothing and confirms nothing is outwaited.
            outcome = dispute.resolution
            await desk.does(owners.resolution_withdrawn(outcome.resolution_hash, by=holders[0]))
            desk.now = datetime.combine(outcome.claims_until, time(4), UTC)
            await desk.does(as_it_is(today=outcome.claims_until))
    assert not (await desk.state(INVENTION, "INV")).disputes


async def _passed_by_persons(desk: Desk) -> None:
    """A person's goodwill is its deed."""
    for number, person in enumerate(each for each in await _holders(desk) if is_person(each)):
        deed = {"kind": "DEED", "source": person, "to": "HUT", "amount": Amount(of_holding="1/1")}
        await desk.does(owners.transfer_proposed(transfer=f"DEED-{number}", effective_on=TODAY, **deed))
        await desk.does(owners.transfer_executed(f"DEED-{number}"))


async def _licensed(desk: Desk) -> None:
    """Grant a licence of what no other reaches, with everybody's consent."""
    first, *others = map(_of, await _holders(desk))
    where = scope(territories=("BR",), period=period(TODAY + timedelta(days=1)))
    holders_then = sorted(holdings_on((await desk.state(INVENTION, "INV")).account, TODAY + timedelta(days=1)))
    by = _of(holders_then[0])
    drafted = at.licence_drafted(licence="GOOD", licensee="KPD", by=by, licensors=(by.party,), scope=where)
    await desk.does(drafted)
    for holder in {first, *others} - {by}:
        await desk.does(at.licence_consented(await outside.licence_hash(desk, "GOOD"), licence="GOOD", by=holder))
    await desk.does(at.licence_granted("GOOD", by=by))
    assert LicenceStatus.GRANTED is (await desk.state(LICENCE, "GOOD")).status


async def _passed_on(desk: Desk) -> None:
    """Pass a share to somebody new, with everybody's consent."""
    first, *others = map(_of, await _holders(desk))
    passing = {"by": first, "source": first.party, "to": "KPD", "amount": Amount(of_holding="1/2")}
    await desk.does(owners.transfer_proposed(transfer="GOOD", effective_on=TODAY, **passing))
    for holder in others:
        await desk.does(await outside.consented(desk, "GOOD", holder))
    await desk.does(owners.transfer_executed("GOOD", by=first))
    assert TransferStatus.EXECUTED is (await desk.state(TRANSFER, "GOOD")).status
