"""Whatever is done by whomever in whatever order keeps to the diagrams, and the ledger's own reading bears it out."""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.affiliations.model import AFFILIATION, ALL, Affiliations, is_affiliate_on
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.model import LICENCE
from services.agreements.ownership.account import intervals_of
from services.ledger.check.replay import Replay
from services.ledger.rules.holdings import shares_on
from shared.events.background import AccessEnded, AccessGranted
from shared.events.invention import TransferRescinded
from shared.events.retirement import InventionRetired
from shared.events.terms import AttestationTerms, OwnershipTerms, Redetermination
from shared.log.envelope import decode
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import terms
from tests.agreements.desk import Desk
from tests.agreements.machine import acts, beside
from tests.agreements.machine.drawn import DRAWN, tried

Beginning = Callable[[], Awaitable[Desk]]


def _accruing(redetermination: Redetermination) -> OwnershipTerms:
    return OwnershipTerms(affiliate_accrual="PARENT", title_gap="HOLD_IN_PERSON", redetermination=redetermination)


_TO_PARENTS = {"terms": terms(ownership=_accruing("AB_INITIO"))}
_SILENCE = {"terms": terms(attestation=AttestationTerms(deemed_days=30))}
_FROM_THEN_ON = {"terms": terms(ownership=_accruing("PROSPECTIVE"))}


async def _a_silent_record() -> Desk:
    return (await at.a_record(**_SILENCE))[0]


_MOVING: tuple[Beginning, ...] = (
    partial(at.a_confirmation, **_TO_PARENTS),
    partial(at.a_determination, **_TO_PARENTS),
    partial(at.a_determination, **_FROM_THEN_ON),
)
# Where most of what there is to do can be done.
_BEGINNINGS: tuple[Beginning, ...] = (
    at.an_invention,
    at.a_confirmation,
    at.a_determination,
    owners.an_executed_transfer,
    owners.a_dispute,
    _a_silent_record,
    partial(at.a_determination, **_SILENCE),
    *_MOVING,
)
_ACTS = {name: act for group in (*acts.GROUPS, *beside.GROUPS) for name, act in group.items()}
_ALWAYS = ("ATRC's part counts", "determined anew")
_names = st.one_of(
    *(st.sampled_from(sorted(group)) for group in (*acts.GROUPS, *beside.GROUPS)),
    *[st.sampled_from(sorted(beside.CHAINS))] * 3,
    *[st.sampled_from(sorted(beside.AFFILIATIONS))] * 2,
)
# What moves shares where they accrue to parents.
_moves = st.one_of(st.sampled_from(sorted(beside.AFFILIATIONS)), st.sampled_from(sorted(beside.PEOPLE)))
# What is left to do with an invention that is somebody's, and what stands in its way.
_ends = st.sampled_from(
    (
        *("licence drafted", "licensed", "licensed exclusively", "licensed solely", "licensed, leaving room"),
        *("given up", "given up by time", "retirement proposed by HUT", "retirement opposed"),
        *("left to silence", "corrected", "attested", "contested", "disputed", "dispute withdrawn"),
        *("transferred", "half of it transferred", "transfer rescinded"),
    )
)
# A few kinds of acts, many of each: with all of them at once hardly anything would get far before something ended it.
_histories = st.lists(_names, min_size=3, max_size=12).flatmap(
    lambda some: st.lists(st.sampled_from((*some, *_ALWAYS)), min_size=5, max_size=25)
)


@settings(max_examples=80)
@given(st.sampled_from(_BEGINNINGS), _histories)
def test_any_history_is_whole_and_borne_out(beginning: Beginning, names: list[str]) -> None:
    """Shares sum to one on every day, nothing leads off the diagrams, and the ledger derives the same on its own."""
    asyncio.run(_history(beginning, [each for name in names for each in beside.CHAINS.get(name, (name,))]))


@settings(max_examples=80)
@given(st.sampled_from(_MOVING), st.lists(_moves, min_size=2, max_size=12))
def test_shares_follow_people_and_affiliates(beginning: Beginning, names: list[str]) -> None:
    """Whoever comes under whom, leaves or assigns, the ledger finds the same holders whenever shares are adopted."""
    together = ["ATRC's part counts", *(each for name in names for each in (name, "determined anew"))]
    asyncio.run(_history(beginning, [each for name in together for each in beside.CHAINS.get(name, (name,))]))


@settings(max_examples=80)
@given(st.sampled_from(_BEGINNINGS), st.lists(_ends, min_size=2, max_size=12))
def test_licences_silence_and_retirement_hold_together(beginning: Beginning, names: list[str]) -> None:
    """Whatever is licensed, given up or left to silence, and in whatever order."""
    asyncio.run(_history(beginning, [each for name in names for each in beside.CHAINS.get(name, (name,))]))


async def _history(beginning: Beginning, names: list[str]) -> None:
    desk = await beginning()
    for name in names:
        assert await tried(desk, _ACTS[name]) <= DRAWN, name
    await _check_whole(desk)
    await _check_borne_out(desk)
    await _check_affiliations(desk)
    await _check_access(desk)
    await _check_licences(desk)
    await _check_rest(desk)


async def _check_whole(desk: Desk) -> None:
    account = (await desk.state(INVENTION, "INV")).account
    for _, holdings in intervals_of(account):
        assert sum(holdings.values()) == Fraction(1)
        assert min(holdings.values()) > 0


async def _check_borne_out(desk: Desk) -> None:
    """Enter the history in a ledger, in memory; it raises where it reads the facts otherwise."""
    ledger = Replay()
    for entry in await desk.store.read_log(after=0, limit=10_000):
        ledger.enter(entry.state)
    timeline = ledger.holdings.timeline("INV")
    for day, holdings in intervals_of((await desk.state(INVENTION, "INV")).account):
        assert dict(shares_on(timeline, day)) == holdings


async def _check_affiliations(desk: Desk) -> None:
    """On no day is anybody under their own control, or are their shares due to two."""
    state = (await desk.handler.load(AFFILIATION, AFFILIATION.stream(ALL))).state
    if not isinstance(state, Affiliations):
        return
    for day in {each.period.start for each in state.declared}:
        holding = [each for each in state.declared if each.period.covers(day)]
        accruing = [each.child for each in holding if each.accrual]
        assert len(accruing) == len(set(accruing))
        assert not [each for each in holding if is_affiliate_on(state, each.parent, each.parent, day)]


async def _check_access(desk: Desk) -> None:
    """Withdrawing background cuts nothing that was granted to implement a project."""
    purposes: dict[tuple[str, str], str] = {}
    for entry in await desk.store.read_log(after=0, limit=10_000):
        match decode(entry.state).data:
            case AccessGranted(item=item, request=request, purpose=purpose):
                purposes[item, request] = purpose
            case AccessEnded(item=item, request=request, cause="WITHDRAWN"):
                assert "EXPLOIT" == purposes[item, request]


async def _check_licences(desk: Desk) -> None:
    """Of two licences of the same, none excludes others, unless the later one does and yields to the earlier."""
    granted = list((await desk.state(INVENTION, "INV")).licences)
    for later, name in enumerate(granted):
        licence = await desk.state(LICENCE, name)
        for earlier in granted[:later]:
            before = await desk.state(LICENCE, earlier)
            yields = licence.kind == "NON_EXCLUSIVE" or earlier in licence.subject_to
            assert before.kind == "NON_EXCLUSIVE", (earlier, name)
            assert yields, (earlier, name)


async def _check_rest(desk: Desk) -> None:
    """Nothing more happens to what was given up, but that a transfer of before is undone."""
    events = [decode(entry.state).data for entry in await desk.store.read_stream("invention:INV")]
    after = next((no for no, event in enumerate(events, 1) if isinstance(event, InventionRetired)), len(events))
    assert {type(event) for event in events[after:]} <= {TransferRescinded}
