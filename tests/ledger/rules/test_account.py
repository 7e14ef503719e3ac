"""What determinations and transfers make of holdings, on any day, however late and in whatever order they come."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.ownership import account as first
from services.agreements.ownership.errors import OwnershipReplayConflict as FirstConflict
from services.ledger.rules.account import Account, Determination, OwnershipReplayConflict, Transfer
from services.ledger.rules.holdings import rows_of, shares_on
from shared.events.transfer import Amount
from shared.ratio import format_ratio, format_shares
from tests.told import refuses

CONCEIVED = date(2024, 7, 8)


def of(**shares: str) -> dict[str, Fraction]:
    return {holder: Fraction(share) for holder, share in shares.items()}


class Told:
    """An account told step by step; each step takes the next position."""

    def __init__(self) -> None:
        self.account = Account(CONCEIVED, 1)
        self.position = 1

    def determined(self, counts_from: date | None = None, /, **shares: Any) -> "Told":
        self.position += 1
        self.account.determine(Determination(self.position, of(**shares), counts_from))
        return self

    def transferred(self, source: str, to: str, on: str, name: str = "X", **amount: str) -> "Told":
        self.position += 1
        fractions = {kind: Fraction(part) for kind, part in amount.items()}
        self.account.transfer(Transfer(self.position, name, source, to, date.fromisoformat(on), **fractions))
        return self

    def rescinded(self, name: str = "X") -> "Told":
        self.position += 1
        self.account.rescind(name)
        return self

    def on(self, *days: str) -> list[dict[str, str]]:
        timeline = self.account.timeline()
        assert rows_of("INV", timeline)  # checks that every period is a whole
        return [format_shares(dict(shares_on(timeline, date.fromisoformat(day)))) for day in days]


def test_a_fraction_of_the_holding_is_taken_again_after_a_new_determination():
    """What changed later is computed on what was so from the start: the deed is of a part of whatever was held."""
    told = Told().determined(HUT="35/72", ATRC="37/72").transferred("ATRC", "HUT", "2025-03-01", of_holding="1/4")
    assert [{"ATRC": "37/96", "HUT": "59/96"}] == told.on("2025-03-01")

    told.determined(HUT="13/24", ATRC="11/24")

    assert [{"ATRC": "11/24", "HUT": "13/24"}, {"ATRC": "11/32", "HUT": "21/32"}] == told.on("2025-02-28", "2025-03-01")


def test_a_fraction_of_the_whole_stays_what_it_was():
    """A twelfth of the invention is that, whoever turns out to have held how much."""
    told = Told().determined(A="1/2", B="1/2").transferred("A", "B", "2025-03-01", of_whole="1/12")
    told.determined(A="1/3", B="2/3")

    assert [{"A": "1/4", "B": "3/4"}] == told.on("2025-03-01")


def test_a_transfer_out_of_reach_is_named_with_what_is_lacking():
    """A new determination under which somebody passed on more than they had is no ownership at all."""
    told = Told().determined(A="1/4", B="3/4").transferred("B", "A", "2024-09-01", of_whole="1/2")
    proposed = Determination(9, of(A="3/5", B="2/5"))

    with refuses(OwnershipReplayConflict) as refused:
        told.account.timeline(proposed=proposed)
    assert {"transfer": "X", "date": "2024-09-01", "holder": "B", "shortfall": "1/10"} == refused.value.details
    assert [{"A": "3/4", "B": "1/4"}] == told.on("2024-09-01")


def test_a_prospective_determination_leaves_the_days_before():
    """From its day on holdings are what the replay gives; the past keeps what it was."""
    told = Told().determined(A="3/5", B="2/5").transferred("B", "A", "2024-08-01", of_holding="1/2")
    told.determined(date(2024, 9, 1), A="1/2", B="1/2")

    assert [{"A": "4/5", "B": "1/5"}, {"A": "3/4", "B": "1/4"}] == told.on("2024-08-31", "2024-09-01")


def test_a_first_determination_counts_from_conception_whatever_it_says():
    """There is nothing before it to leave as it was."""
    assert [{"A": "1/1"}] == Told().determined(date(2025, 1, 1), A="1/1").on("2024-07-08")


def test_what_is_recorded_before_anything_is_determined_waits():
    """A deed of what nobody holds yet moves it as soon as somebody does, from the deed's day on."""
    told = Told().transferred("person:VR", "HUT", "2024-12-02", of_holding="1/1")
    assert [{"UNALLOCATED": "1/1"}] == told.on("2024-12-02")

    told.determined(**{"ATRC": "5/6", "person:VR": "1/6"})

    assert [{"ATRC": "5/6", "person:VR": "1/6"}, {"ATRC": "5/6", "HUT": "1/6"}] == told.on("2024-12-01", "2024-12-02")


def test_a_rescinded_transfer_never_was():
    """It goes with everything that it moved, from its own day on."""
    told = Told().determined(A="1/1").transferred("A", "B", "2025-01-01", of_holding="1/2").rescinded()

    assert [{"A": "1/1"}] == told.on("2025-06-01")


def test_transfers_are_replayed_by_day_not_by_when_they_were_recorded():
    """A transfer recorded late counts on its day, and what came after it is computed on it."""
    told = Told().determined(A="1/1").transferred("A", "B", "2025-06-01", "LATER", of_holding="1/2")
    told.transferred("A", "C", "2025-01-01", "EARLIER", of_holding="1/2")

    assert [{"A": "1/2", "C": "1/2"}, {"A": "1/4", "B": "1/4", "C": "1/2"}] == told.on("2025-01-01", "2025-06-01")


def test_nobody_passes_on_what_is_not_there_yet():
    """Before its conception there is no invention, nor a part of it."""
    with refuses(OwnershipReplayConflict):
        Told().determined(A="1/1").transferred("A", "B", "2024-07-07", of_holding="1/2").on("2024-07-08")


def test_a_holding_names_everything_that_decided_it():
    """A determination and each transfer since: together they say why."""
    told = Told().determined(A="1/1").transferred("A", "B", "2025-01-01", of_holding="1/2")

    assert [(2,), (2, 3)] == [period.caused_by for period in told.account.timeline()]


# -- several on one day -----------------------------------------------------------------------------------------------

DAY, NEXT = "2025-03-01", date(2025, 3, 1)


def periods(told: Told) -> list[tuple[str, tuple[int, ...]]]:
    """Return the first day of each period, and the positions of what decided it."""
    return [(each.start.isoformat(), each.caused_by) for each in told.account.timeline()]


def test_transfers_of_one_day_begin_one_period():
    """Each is computed on those recorded before it; between them nothing is held for no time at all."""
    told = Told().determined(A="1/1").transferred("A", "B", DAY, "ONE", of_holding="1/2")
    told.transferred("A", "C", DAY, "TWO", of_holding="1/2")

    assert [{"A": "1/1"}, {"A": "1/4", "B": "1/2", "C": "1/4"}] == told.on("2025-02-28", DAY)
    assert [("2024-07-08", (2,)), (DAY, (2, 3, 4))] == periods(told)


def test_what_is_received_may_be_passed_on_the_same_day():
    """In the order of recording: whoever passes on first what they get later had nothing to pass on."""
    told = Told().determined(A="1/1").transferred("A", "B", DAY, of_whole="1/1")
    assert [{"C": "1/1"}] == told.transferred("B", "C", DAY, of_whole="1/1").on(DAY)

    early = Told().determined(A="1/1").transferred("B", "C", DAY, of_whole="1/1")
    with refuses(OwnershipReplayConflict):
        early.transferred("A", "B", DAY, of_whole="1/1").on(DAY)


def test_a_transfer_on_the_day_of_conception_begins_no_period_of_its_own():
    """What was so from the start and changed at once is one period, from conception on."""
    told = Told().determined(A="1/1").transferred("A", "B", "2024-07-08", of_holding="1/3")

    assert [{"A": "2/3", "B": "1/3"}] == told.on("2024-07-08")
    assert [("2024-07-08", (2, 3))] == periods(told)


def test_of_two_transfers_of_a_day_one_may_be_rescinded():
    """The other is computed anew, as if it had been the only one."""
    told = Told().determined(A="1/1").transferred("A", "B", DAY, "ONE", of_holding="1/2")
    told.transferred("A", "C", DAY, "TWO", of_holding="1/2").rescinded("ONE")

    assert [{"A": "1/2", "C": "1/2"}] == told.on(DAY)
    assert [("2024-07-08", (2,)), (DAY, (2, 4))] == periods(told)
    assert [("2024-07-08", (2,))] == periods(told.rescinded("TWO"))


def test_shares_that_count_from_the_day_of_a_transfer_are_those_it_is_taken_from():
    """The shares before them end with the day before, so nothing of that day need have been possible under them."""
    told = Told().determined(A="1/4", B="3/4").determined(NEXT, A="1/1")
    told.transferred("A", "B", DAY, of_whole="1/2")

    assert [{"A": "1/4", "B": "3/4"}, {"A": "1/2", "B": "1/2"}] == told.on("2025-02-28", DAY)
    assert [("2024-07-08", (2,)), (DAY, (3, 4))] == periods(told)


def test_of_two_determinations_from_one_day_the_later_counts():
    """The one before it counts on no day, and stands in the way of nothing."""
    told = Told().determined(A="1/1").determined(NEXT, B="1/1").determined(NEXT, C="1/1")

    assert [{"A": "1/1"}, {"C": "1/1"}] == told.on("2025-02-28", DAY)
    assert [("2024-07-08", (2,)), (DAY, (4,))] == periods(told)

    told = Told().determined(A="1/1").determined(NEXT, B="1/1").determined(NEXT, A="1/1")
    impossible_between = told.transferred("A", "C", "2024-09-01", of_whole="1/2")
    assert [{"A": "1/2", "C": "1/2"}] == impossible_between.on(DAY)


# -- two readings -----------------------------------------------------------------------------------------------------

HOLDERS = ("A", "B", "C")
DAYS = st.integers(-2, 30).map(lambda days: CONCEIVED + timedelta(days=days))
PARTS = st.fractions(min_value=Fraction(1, 9), max_value=1, max_denominator=9)
VECTORS = (
    st.lists(st.integers(0, 5), min_size=3, max_size=3)
    .filter(any)
    .map(
        lambda parts: {holder: Fraction(part, sum(parts)) for holder, part in zip(HOLDERS, parts, strict=True) if part}
    )
)
KINDS = st.sampled_from(["of_holding", "of_holding", "of_whole"])
RESCISSIONS = st.tuples(st.just("rescind"), st.integers(0, 12))


def acts(days, most):
    """Draw what may be posted on some days."""
    determinations = st.tuples(st.just("determine"), VECTORS, st.none() | days)
    transfers = st.tuples(st.just("transfer"), st.permutations(HOLDERS), days, KINDS, PARTS)
    return st.lists(determinations | transfers | transfers | RESCISSIONS, max_size=most)


FEW_DAYS = st.integers(0, 2).map(lambda days: CONCEIVED + timedelta(days=days))


@given(acts(DAYS, 9) | acts(FEW_DAYS, 12))
def test_both_readings_hold_the_same_on_every_day(steps):
    """The service's account and the ledger's were written apart; by chance they would not agree on all of this."""
    one, other = first.Account(conceived_on=CONCEIVED), Account(CONCEIVED, 1)
    for position, step in enumerate(steps, start=2):
        one, other = _both(one, other, step, position)
    conflict = _conflict_of(one)
    if conflict:
        with pytest.raises(OwnershipReplayConflict) as refused:
            other.timeline()
        assert conflict.items() <= refused.value.details.items()
        return
    timeline = other.timeline()
    for days in range(-3, 40):
        day = CONCEIVED + timedelta(days=days)
        holdings = dict(shares_on(timeline, day))
        assert first.holdings_on(one, day) == (holdings if "UNALLOCATED" not in holdings else {})
    starts = [period.start for period in timeline]
    assert [CONCEIVED, *sorted({*starts[1:]} - {CONCEIVED})] == starts
    changes = [starts[0], *(other.start for this, other in pairwise(timeline) if this.shares != other.shares)]
    assert changes == ([day for day, _ in first.intervals_of(one)] or [CONCEIVED])


def _conflict_of(account):
    try:
        first.check(account)
    except FirstConflict as conflict:
        return dict(conflict.ids)
    return {}


def _both(one, other, step, position):
    match step:
        case ("determine", shares, counts_from):
            regime = first.Regime(
                determination=f"D{position}", start=counts_from or CONCEIVED, shares=format_shares(shares)
            )
            one = first.with_regime(one, regime)
            other.determine(Determination(position, shares, counts_from))
        case ("transfer", (source, to, _), day, kind, part):
            name = f"T{position}"
            amount = Amount(**{kind: format_ratio(part)})
            moved = first.Movement(transfer=name, source=source, to=to, amount=amount, effective_on=day)
            one = first.Account(conceived_on=CONCEIVED, regimes=one.regimes, movements=(*one.movements, moved))
            other.transfer(Transfer(position, name, source, to, day, **{kind: part}))
        case ("rescind", which):
            one = first.without(one, f"T{which}")
            other.rescind(f"T{which}")
    return one, other
