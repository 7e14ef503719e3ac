"""Two accounts of the same asset, kept apart: the service's, which decides, and the ledger's, which follows."""

from hypothesis import given
from hypothesis import strategies as st

from services.agreements.ownership.account import Account, Regime, adopted, holdings_on
from services.agreements.ownership.errors import OwnershipReplayConflict
from services.ledger.rules import account as ledger
from services.ledger.rules.holdings import shares_on
from shared.ratio import parse_ratio, parse_shares
from tests.agreements.accounts import DAYS, START, accounts, days_after, vectors


@given(accounts())
def test_the_ledger_holds_what_the_service_holds(account: Account):
    """On every day, whatever was adopted, transferred and rescinded."""
    if not account.is_allocated:
        return
    timeline = followed(account).timeline()

    for day in DAYS:
        if day >= START:
            assert shares_on(timeline, day) == holdings_on(account, day)


@given(accounts(), vectors(), days_after | st.just(START))
def test_both_refuse_the_same_determination(account: Account, shares: dict[str, str], day):
    """For the same transfer, the same holder, on the same day, by the same shortfall."""
    regime = Regime(determination="NEW", start=day, shares=shares)
    proposed = ledger.Determination(99, parse_shares(shares), day if account.is_allocated else None)

    assert refusal_of(lambda: adopted(account, regime)) == refusal_of(
        lambda: followed(account).timeline(proposed=proposed)
    )


def refusal_of(try_it):
    try:
        try_it()
    except OwnershipReplayConflict as conflict:
        return conflict.ids
    except ledger.OwnershipReplayConflict as conflict:
        return conflict.details
    return None


def followed(account: Account) -> ledger.Account:
    """Give the ledger's account after the same events."""
    theirs = ledger.Account(START, 1)
    for position, regime in enumerate(account.regimes, start=2):
        start = regime.start if regime.start > START else None
        theirs.determine(ledger.Determination(position, parse_shares(regime.shares), start))
    for position, each in enumerate(account.movements, start=50):
        theirs.transfer(
            ledger.Transfer(
                position,
                each.transfer,
                each.source,
                each.to,
                each.effective_on,
                of_holding=parse_ratio(each.amount.of_holding) if each.amount.of_holding else None,
                of_whole=parse_ratio(each.amount.of_whole) if each.amount.of_whole else None,
            )
        )
    return theirs
