"""Accounts of assets, drawn at random: whatever may be adopted, transferred and rescinded, in whatever order."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from services.agreements.ownership.account import Account, Movement, Regime, adopted, rescinded, transferred
from services.agreements.ownership.errors import InsufficientHolding, OwnershipReplayConflict
from shared.events.transfer import Amount
from shared.ratio import format_shares

START = date(2024, 1, 1)
HOLDERS = ("A", "B", "C", "person:V")
DAYS = tuple(START + timedelta(days=days) for days in range(-2, 12))

days_after = st.integers(0, 9).map(lambda days: START + timedelta(days=days))
_ratios = st.builds(lambda n, d: f"{Fraction(n, max(n, d))}", st.integers(1, 6), st.integers(1, 6))
_amounts = st.builds(lambda text: text if "/" in text else f"{text}/1", _ratios)


@st.composite
def vectors(draw: st.DrawFn) -> dict[str, str]:
    points = {holder: draw(st.integers(0, 5)) for holder in HOLDERS}
    total = sum(points.values())
    if not total:
        return {"A": "1/1"}
    return format_shares({holder: Fraction(part, total) for holder, part in points.items() if part})


@st.composite
def movements(draw: st.DrawFn, name: str) -> Movement:
    source, to = draw(st.permutations(HOLDERS))[:2]
    ratio = draw(_amounts)
    amount = Amount(of_holding=ratio) if draw(st.booleans()) else Amount(of_whole=ratio)
    return Movement(transfer=name, source=source, to=to, amount=amount, effective_on=draw(days_after))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Give an account to which anything happened that was not refused."""
    account = Account(conceived_on=START)
    for number in range(draw(st.integers(1, 8))):
        try:
            choice = draw(st.integers(0, 3))
            if choice > 1:
                account = transferred(account, draw(movements(f"T{number}")))
            elif account.movements and choice:
                account = rescinded(account, draw(st.sampled_from(account.movements)).transfer)
            else:
                start = draw(st.just(START) | days_after)
                account = adopted(account, Regime(determination=f"D{number}", start=start, shares=draw(vectors())))
        except (InsufficientHolding, OwnershipReplayConflict):
            continue
    return account
