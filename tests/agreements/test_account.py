"""The account of an asset: what must hold for whatever was adopted and transferred, in whatever order."""

import contextlib
import random
from datetime import date, timedelta
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.ownership.account import (
    Account,
    Movement,
    Regime,
    adopted,
    holdings_on,
    intervals_of,
    rescinded,
    transferred,
)
from services.agreements.ownership.errors import InsufficientHolding, OwnershipReplayConflict
from shared.events.transfer import Amount
from tests.agreements.accounts import DAYS, HOLDERS, START, accounts, days_after, vectors
from tests.told import refuses

ALL, QUARTER = Fraction(1), Fraction(1, 4)
NOTHING_YET = Account(conceived_on=START)


@given(accounts())
def test_shares_sum_to_one_and_none_is_negative_on_any_day(account: Account):
    """From conception on, once anything is adopted; before, the asset does not exist."""
    for day in DAYS:
        held = holdings_on(account, day)
        assert all(share > 0 for share in held.values())
        assert (1 if account.is_allocated and day >= START else 0) == sum(held.values())


@given(accounts())
def test_what_is_read_back_gives_the_same(account: Account):
    """A replay of what was kept is the replay of what happened."""
    again = msgspec.json.decode(msgspec.json.encode(account), type=Account)

    assert again == account
    assert intervals_of(again) == intervals_of(account)


@given(accounts())
def test_the_intervals_say_what_every_day_says(account: Account):
    """Between two changes nothing changes."""
    for day in DAYS:
        begun = [holdings for start, holdings in intervals_of(account) if start <= day]
        assert holdings_on(account, day) == (begun[-1] if begun else {})


@given(accounts(), vectors(), days_after)
def test_a_prospective_determination_leaves_the_days_before_it(account: Account, shares: dict[str, str], day: date):
    """Past dates keep what they had."""
    if not account.is_allocated or day == START:
        return
    try:
        after = adopted(account, Regime(determination="NEW", start=day, shares=shares))
    except OwnershipReplayConflict:
        return

    before = [each for each in DAYS if each < day]
    assert [holdings_on(account, each) for each in before] == [holdings_on(after, each) for each in before]


@given(accounts(), vectors())
def test_a_new_determination_from_conception_forgets_the_old_ones(account: Account, shares: dict[str, str]):
    """Only the transfers remain, and they are replayed."""
    new = Regime(determination="NEW", start=START, shares=shares)
    fresh = Account(conceived_on=START, movements=account.movements)
    try:
        after = adopted(account, new)
    except OwnershipReplayConflict:
        return

    assert adopted(fresh, new) == after


@given(accounts(), st.randoms(use_true_random=False))
def test_a_refusal_changes_nothing(account: Account, chance: random.Random):
    """Whoever is refused finds everything as it was."""
    before = intervals_of(account)
    source, to = chance.sample(HOLDERS, 2)
    whole = Movement(transfer="ALL", source=source, to=to, amount=Amount(of_whole="1/1"), effective_on=START)
    with contextlib.suppress(InsufficientHolding, OwnershipReplayConflict):
        transferred(account, whole)

    assert before == intervals_of(account)


def test_a_rescinded_transfer_was_never_made():
    """From its own day on."""
    account = adopted(Account(conceived_on=START), Regime(determination="D", start=START, shares={"A": "1/1"}))
    moved = Movement(transfer="T", source="A", to="B", amount=Amount(of_holding="1/2"), effective_on=DAYS[4])

    assert intervals_of(account) == intervals_of(rescinded(transferred(account, moved), "T"))


# -- several on one day -----------------------------------------------------------------------------------------


def of_a_day(
    name: str, source: str, to: str, part: str = "1/1", *, whole: bool = False, on: date = DAYS[4]
) -> Movement:
    amount = Amount(of_whole=part) if whole else Amount(of_holding=part)
    return Movement(transfer=name, source=source, to=to, amount=amount, effective_on=on)


def determined(day: date = START, account: Account = NOTHING_YET, **shares: str) -> Account:
    return adopted(account, Regime(determination=f"D-{day}", start=day, shares=shares))


def test_transfers_of_one_day_are_computed_in_the_order_of_their_recording():
    """There is no time between them, and each finds what those before it left."""
    account = transferred(determined(A="1/1"), of_a_day("ONE", "A", "B", "1/2"), of_a_day("TWO", "A", "C", "1/2"))

    assert [(START, {"A": ALL}), (DAYS[4], {"A": QUARTER, "B": 2 * QUARTER, "C": QUARTER})] == intervals_of(account)


def test_what_is_received_may_be_passed_on_the_same_day():
    """Whoever passes on first what they get later has nothing to pass on."""
    account = transferred(determined(A="1/1"), of_a_day("ONE", "A", "B"), of_a_day("TWO", "B", "C"))
    assert {"C": ALL} == holdings_on(account, DAYS[4])

    with refuses(InsufficientHolding):
        transferred(determined(A="1/1"), of_a_day("TWO", "B", "C"))


def test_a_transfer_on_the_day_of_conception_leaves_no_day_before_it():
    """What was so from the start and changed at once is so from the start."""
    account = transferred(determined(A="1/1"), of_a_day("T", "A", "B", "1/4", on=START))

    assert [(START, {"A": 3 * QUARTER, "B": QUARTER})] == intervals_of(account)


def test_of_two_transfers_of_a_day_one_may_be_rescinded():
    """The other is computed anew, as if it had been the only one."""
    account = transferred(determined(A="1/1"), of_a_day("ONE", "A", "B", "1/2"), of_a_day("TWO", "A", "C", "1/2"))

    assert {"A": 2 * QUARTER, "C": 2 * QUARTER} == holdings_on(rescinded(account, "ONE"), DAYS[4])
    assert [(START, {"A": ALL})] == intervals_of(rescinded(rescinded(account, "ONE"), "TWO"))


def test_shares_that_count_from_the_day_of_a_transfer_are_those_it_is_taken_from():
    """The shares before them end with the day before, so nothing of that day need have been possible under them."""
    account = determined(DAYS[4], determined(A="1/4", B="3/4"), A="1/1")
    account = transferred(account, of_a_day("T", "A", "B", "1/2", whole=True))

    assert {"A": QUARTER, "B": 3 * QUARTER} == holdings_on(account, DAYS[3])
    assert {"A": 2 * QUARTER, "B": 2 * QUARTER} == holdings_on(account, DAYS[4])


def test_of_two_determinations_from_one_day_the_later_counts():
    """The one before it counts on no day, and stands in the way of nothing."""
    between = determined(DAYS[4], determined(A="1/1"), B="1/1")
    assert [(START, {"A": ALL}), (DAYS[4], {"C": ALL})] == intervals_of(determined(DAYS[4], between, C="1/1"))

    impossible_between = of_a_day("T", "A", "C", "1/2", whole=True, on=DAYS[3])
    account = transferred(determined(DAYS[4], between, A="1/1"), impossible_between)
    assert {"A": 2 * QUARTER, "C": 2 * QUARTER} == holdings_on(account, DAYS[4])


def test_nobody_passes_on_what_does_not_exist_yet():
    """Before conception nobody has anything, not even a part of nothing."""
    account = adopted(NOTHING_YET, Regime(determination="D", start=START, shares={"A": "1/1"}))
    for amount in (Amount(of_whole="1/2"), Amount(of_holding="1/2")):
        early = Movement(transfer="T", source="A", to="B", amount=amount, effective_on=START - timedelta(days=1))
        with refuses(InsufficientHolding):
            transferred(account, early)
        # What waited for the shares is refused with them.
        with refuses(OwnershipReplayConflict) as refused:
            adopted(transferred(NOTHING_YET, early), Regime(determination="D", start=START, shares={"A": "1/1"}))
        assert "1/2" == refused.value.ids["shortfall"]
