"""Whatever is said in a dispute by whomever, and whatever changes meanwhile: nobody's share falls without its word.

Nor is anybody's claim denied without it. Whoever had notice of what one side laid down, and did not object in time, has
said so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.affiliations.model import AFFILIATION, ALL, Affiliations, is_affiliate_on
from services.agreements.contracts.model import AGREEMENT
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.account import Account, holdings_on
from services.agreements.scheduler.registry import ADVANCING
from services.ledger.check.replay import Replay
from shared.errors import DomainError
from shared.events.dispute import (
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionConfirmed,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolved,
)
from shared.events.invention import DeterminationAdopted
from shared.events.terms import DisputeTerms, LicenceTerms, Rung
from shared.events.transfer import Amount
from shared.log.envelope import decode
from shared.ratio import parse_shares
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import ATRC, DIGEST, EGU, HUT, NLN, OTHER_DIGEST, TODAY, terms
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act, knowing, known, time_passes

# A dispute freezes no transfer, so that holdings change while an outcome is pending.
_AGREED = terms(
    dispute=DisputeTerms(ladder=(Rung(step="NEGOTIATE", days=30), Rung(step="EXPERT", days=30)), registrar="NLN"),
    licence=LicenceTerms(freeze_on_dispute=("EXCLUSIVE",)),
)
_OUTCOMES: dict[str, dict[str, str]] = {
    "all to HUT": {"HUT": "1/1"},
    "all to ATRC": {"ATRC": "1/1"},
    "a third to ATRC": owners.OUTCOME,
    "half to a person": {"HUT": "1/2", "person:VR": "1/2"},
    "half to EGU": {"ATRC": "1/2", "EGU": "1/2"},
}


def _about(work: Callable[..., Any], **changed: Any) -> Act:
    return knowing(
        DISPUTE, "DSP", lambda state: state.resolution and state.resolution.resolution_hash, partial(work, **changed)
    )


def _passed_on(to: str, transfer: str) -> tuple[Any, Any]:
    amount = Amount(of_holding="1/2")
    proposed = owners.transfer_proposed(transfer=transfer, to=to, amount=amount, effective_on=TODAY)
    return known(proposed), known(owners.transfer_executed(transfer))


_SPEAK = {
    **{
        f"{by.party} lays down {name} by {basis}": known(
            owners.resolution_proposed(by=by, basis=basis, outcome=outcome, document_hash=document)
        )
        for by, document in ((HUT, DIGEST), (ATRC, OTHER_DIGEST))
        for name, outcome in _OUTCOMES.items()
        for basis in ("COURT", "SETTLEMENT")
    },
    **{f"{by.party} confirms": _about(owners.resolution_confirmed, by=by) for by in (HUT, ATRC, EGU, NLN)},
    **{f"{by.party} objects": _about(owners.resolution_objected, by=by) for by in (HUT, ATRC, EGU)},
    **{f"{by.party} takes it back": _about(owners.resolution_withdrawn, by=by) for by in (HUT, ATRC)},
    "NLN declines": _about(owners.resolution_declined),
    **{
        f"{by.party} says {name}": known(owners.position_filed(outcome, by=by))
        for by in (HUT, ATRC)
        for name, outcome in _OUTCOMES.items()
    },
}
_BESIDE = {
    **dict(zip(("half goes to EGU, proposed", "half goes to EGU"), _passed_on("EGU", "XFR-E"), strict=True)),
    **dict(zip(("half goes to ATRC, proposed", "half goes to ATRC"), _passed_on("ATRC", "XFR-A"), strict=True)),
    "HUT takes EGU over": known(owners.affiliated("HUT", "EGU")),
    "HUT lets EGU go": known(owners.no_longer_affiliated("HUT", "EGU", TODAY)),
    "ATRC takes NLN over": known(owners.affiliated("ATRC", "NLN")),
    **{
        f"time passes, {days} days": time_passes(each, "DSP", TODAY.replace(month=7 + days // 31))
        for each in ADVANCING
        if each.aggregate is DISPUTE
        for days in (1, 31)
    },
}
_ACTS = {**_SPEAK, **_BESIDE}
_LAYING_DOWN = sorted(name for name in _SPEAK if " lays down " in name)
_CONFIRMING = sorted(name for name in _SPEAK if name.endswith(" confirms"))
_ANSWERS = sorted(name for name in _SPEAK if " lays down " not in name and " says " not in name)
_CHAINS = {
    f"half goes to {to}, at once": (f"half goes to {to}, proposed", f"half goes to {to}") for to in ("EGU", "ATRC")
}


async def _one_of_three(**agreed: Any) -> Desk:
    """Give a desk at which EGU, which nobody controls, has half of what is determined."""
    desk = await at.a_determination(**agreed)
    for name in ("HUT takes EGU over", *_CHAINS["half goes to EGU, at once"], "HUT lets EGU go"):
        await desk.does(await _ACTS[name](desk))
    return desk


_BEGINNINGS: tuple[Callable[..., Awaitable[Desk]], ...] = (at.a_determination, at.a_confirmation, _one_of_three)
_some = st.sampled_from(sorted({*_SPEAK, *_BESIDE, *_CHAINS}))
# What is laid down is answered, with anything else in between.
_episodes = st.builds(
    lambda before, laid_down, between, answers: [*before, laid_down, *between, *answers],
    st.lists(_some, max_size=1),
    st.sampled_from(_LAYING_DOWN),
    st.lists(st.sampled_from(sorted(_CHAINS)) | st.sampled_from(sorted(_BESIDE)), max_size=1),
    st.lists(st.sampled_from(_ANSWERS) | st.sampled_from(_CONFIRMING), min_size=3, max_size=8),
)
_histories = st.lists(_episodes, min_size=2, max_size=5).map(lambda parts: [name for part in parts for name in part])


@settings(max_examples=200)
@given(st.sampled_from(_BEGINNINGS), _histories)
def test_nobodys_share_falls_and_no_claim_is_denied_without_its_word(
    beginning: Callable[..., Awaitable[Desk]], names: list[str]
) -> None:
    """It confirmed it, or who controls it laid it down, or the registrar said so; and the ledger finds the same."""
    asyncio.run(_history(beginning, [each for name in names for each in _CHAINS.get(name, (name,))]))


async def _history(beginning: Callable[..., Awaitable[Desk]], names: list[str]) -> None:
    desk = await beginning(terms=_AGREED)
    await desk.does(owners.disputed())
    for name in names:
        before, position = await _account(desk), (await desk.store.head()).position
        try:
            await desk.does(await _ACTS[name](desk))
        except DomainError:
            continue
        events = [decode(entry.state).data for entry in await desk.store.read_log(after=position, limit=100)]
        if any(isinstance(event, DisputeResolved) for event in events):
            await _check_claims(desk, name)
        if any(isinstance(event, DeterminationAdopted) for event in events):
            await _check_word(desk, _fallen(before, await _account(desk)), name)
    await _check_borne_out(desk)


async def _account(desk: Desk) -> Account:
    account: Account = (await desk.state(INVENTION, "INV")).account
    return account


def _fallen(before: Account, after: Account) -> set[str]:
    held, now = holdings_on(before, TODAY), holdings_on(after, TODAY)
    return {holder for holder, share in held.items() if now.get(holder, Fraction(0)) < share}


async def _check_word(desk: Desk, fallen: set[str], name: str) -> None:
    """Look at what was said of the outcome that now binds, event by event."""
    said = [decode(event.state).data for event in await desk.store.read_stream("dispute:DSP")]
    laid_down = next(each for each in reversed(said) if isinstance(each, DisputeResolutionProposed))
    since = said[said.index(laid_down) :]
    confirming = {each.party for each in since if isinstance(each, DisputeResolutionConfirmed)} | _silent(since)
    declared = (await desk.handler.load(AFFILIATION, AFFILIATION.stream(ALL))).state
    registry = declared if isinstance(declared, Affiliations) else None
    one_hand = {holder for holder in fallen if _in_one_hand(registry, laid_down.party, holder)}
    agreed = laid_down.basis == "SETTLEMENT"
    by_registrar = (
        {each for each in fallen if not agreed or each.startswith("person:")} if "NLN" in confirming else set()
    )

    assert fallen <= confirming | one_hand | by_registrar, (name, laid_down, confirming)
    assert not agreed or {"HUT", "ATRC"} <= {laid_down.party, *confirming}
    if "NLN" in confirming:
        parties = (await desk.state(AGREEMENT, "MOU")).parties
        assert not any(_in_one_hand(registry, "NLN", party) for party in parties), name


def _silent(since: list[Any]) -> set[str]:
    """Return by whose silence an outcome binds: nobody had objected to it."""
    unopposed = [each for each in since if isinstance(each, DisputeResolutionUnopposed)]
    assert not unopposed or not any(isinstance(each, DisputeResolutionObjected) for each in since)
    return {party for each in unopposed for party in each.unopposed_by}


async def _check_claims(desk: Desk, name: str) -> None:
    """Look at who claimed more than the outcome that has just ended the dispute gives it, event by event."""
    said = [decode(event.state).data for event in await desk.store.read_stream("dispute:DSP")]
    laid_down = next(each for each in reversed(said) if isinstance(each, DisputeResolutionProposed))
    since = said[said.index(laid_down) :]
    confirming = {each.party for each in since if isinstance(each, DisputeResolutionConfirmed)} | _silent(since)
    if "NLN" in confirming and laid_down.basis != "SETTLEMENT":
        return
    given = parse_shares(laid_down.outcome)
    claimed = {
        (each.opened_by if isinstance(each, DisputeOpened) else each.party): parse_shares(each.position)
        for each in said
        if isinstance(each, DisputeOpened | DisputePositionFiled)
    }
    declared = (await desk.handler.load(AFFILIATION, AFFILIATION.stream(ALL))).state
    registry = declared if isinstance(declared, Affiliations) else None
    denied = {
        party
        for party, position in claimed.items()
        if given.get(party, 0) < position.get(party, 0) and not _in_one_hand(registry, laid_down.party, party)
    }
    assert denied <= confirming, (name, laid_down, confirming)


def _in_one_hand(registry: Affiliations | None, one: str, other: str) -> bool:
    return one == other or is_affiliate_on(registry, one, other, TODAY) or is_affiliate_on(registry, other, one, TODAY)


async def _check_borne_out(desk: Desk) -> None:
    ledger = Replay()
    for entry in await desk.store.read_log(after=0, limit=10_000):
        ledger.enter(entry.state)
