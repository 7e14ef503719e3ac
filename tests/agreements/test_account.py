"""The account of an asset: what must hold for whatever was adopted and transferred, in whatever order."""

import contextlib
import random
from datetime import date

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
from tests.agreements.histories import UNHURRIED


@UNHURRIED
@given(accounts())
def test_shares_sum_to_one_and_none_is_negative_on_any_day(account: Account):
    """From conception on, once anything is adopted; before, the asset does not exist."""
    for day in DAYS:
        held = holdings_on(account, day)
        assert all(share > 0 for share in held.values())
        assert (1 if account.is_allocated and day >= START else 0) == sum(held.values())


@UNHURRIED
@given(accounts())
def test_what_is_read_back_gives_the_same(account: Account):
    """A replay of what was kept is the replay of what happened."""
    again = msgspec.json.decode(msgspec.json.encode(account), type=Account)

    assert again == account
    assert intervals_of(again) == intervals_of(account)


@UNHURRIED
@given(accounts())
def test_the_intervals_say_what_every_day_says(account: Account):
    """Between two changes nothing changes."""
    for day in DAYS:
        begun = [holdings for start, holdings in intervals_of(account) if start <= day]
        assert holdings_on(account, day) == (begun[-1] if begun else {})


@UNHURRIED
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


@UNHURRIED
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


@UNHURRIED
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
