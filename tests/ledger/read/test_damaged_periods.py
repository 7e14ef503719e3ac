"""Periods that are not what their entries decided are refused by what is wrong with them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.ledger.check.balance import HoldingRow
from services.ledger.errors import LedgerDamaged
from services.ledger.read.periods import StoredCause, StoredHolding, period_of, periods_of
from shared.log.chain import leaf_hash
from tests.ledger.read.test_periods import ASSET, Books, stored
from tests.ledger.story import sample
from tests.told import refuses

Holdings = list[StoredHolding]
Causes = dict[int, StoredCause]
LATER = date(2030, 1, 1)


def known() -> tuple[Holdings, Causes]:
    """Return the holdings of two periods, the second after a transfer, and what is stored of their entries."""
    story, books = sample(), Books()
    story.transfer("HUT", "ATRC", "2025-03-01", "XFR", of_holding="1/2")
    books.follow(story)
    rows = [HoldingRow._make(each.record()) for each in books.replay.holdings.every()]
    current = [stored(row) for row in rows if row.known_to is None and row.asset == ASSET]
    return sorted(current, key=lambda each: (each.effective_from, each.holder)), books.causes


def each_of(changed: Callable[[StoredHolding], dict[str, Any]]) -> Callable[[Holdings, Causes], None]:
    def change(holdings: Holdings, _causes: Causes) -> None:
        holdings[:] = [each._replace(**changed(each)) for each in holdings]

    return change


def cause_of(changed: Callable[[StoredCause], StoredCause]) -> Callable[[Holdings, Causes], None]:
    def change(holdings: Holdings, causes: Causes) -> None:
        position = holdings[0].caused_by[0]
        causes[position] = changed(causes[position])

    return change


def of_one_day(holdings: Holdings, _causes: Causes) -> None:
    """Tell of two ends of one period."""
    holdings[0] = holdings[0]._replace(effective_to=LATER)


def first_alone(holdings: Holdings, _causes: Causes) -> None:
    del holdings[1:]


def ended(holdings: Holdings, _causes: Causes) -> None:
    del holdings[2:]


DAMAGE: dict[str, Callable[[Holdings, Causes], None]] = {
    "no holdings": lambda holdings, _: holdings.clear(),
    "a share is changed": each_of(lambda each: {"share": "3/4"}),
    "another holder": each_of(lambda each: {"holder": each.holder.replace("HUT", "EGU")}),
    "shares are exchanged": each_of(lambda each: {"holder": {"HUT": "ATRC"}.get(each.holder, "HUT")}),
    "another cause": each_of(lambda each: {"caused_by": (1,)}),
    "two ends": of_one_day,
    "a holder is missing": first_alone,
    "the last period is missing": ended,
    "an entry is missing": cause_of(lambda cause: cause._replace(body=None)),
    "an entry is changed": cause_of(lambda cause: cause._replace(body=b"{}")),
    "an entry is no event": cause_of(lambda cause: cause._replace(body=b"{}", leaf=leaf_hash(b"{}"))),
    "reasons are missing": cause_of(lambda cause: cause._replace(reasons=None)),
    "reasons name another": cause_of(lambda cause: cause._replace(reasons=(cause.reasons or "").replace("HUT", "EGU"))),
}


def test_what_was_decided_is_told():
    """Each period with its holders, from the day it begins."""
    holdings, causes = known()

    first, second = periods_of(ASSET, holdings, causes)

    assert {"ATRC": "11/24", "HUT": "13/24"} == first.holders
    assert {"ATRC": "35/48", "HUT": "13/48"} == second.holders
    assert (date(2025, 3, 1), None) == (second.start, second.end)
    assert first.end == second.start


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_whatever_is_changed_is_told_as_damaged(damage: Callable[[Holdings, Causes], None]):
    """With what was expected instead."""
    holdings, causes = known()
    damage(holdings, causes)

    with refuses(LedgerDamaged):
        periods_of(ASSET, holdings, causes)


def test_one_period_is_asked_for_alone():
    """Holdings of two are none of one."""
    holdings, causes = known()

    assert {"ATRC", "HUT"} == period_of(ASSET, holdings[:2], causes).holders.keys()
    with refuses(LedgerDamaged):
        period_of(ASSET, holdings, causes)
