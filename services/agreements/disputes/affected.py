"""Whose confirmation an outcome takes: who would hold less by it than now, or gets less than it claims."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from services.agreements.disputes.model import Dispute
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Account, Regime, Shares, holdings_on, with_regime
from shared.calendar import days_after
from shared.events.dispute import DECIDED, DisputeBasis
from shared.ratio import parse_ratio, parse_shares

_NOTHING = Fraction(0)


def affected_by(state: Dispute, asset: Invention, regime: Regime, today: date) -> set[str]:
    """Return who would hold less if these shares held, today or on a later day, than is recorded now.

    While nothing is determined it is who claims more; whoever has not said what it claims may claim all there is.
    """
    if not asset.account.is_allocated:
        return _claiming_more(state, parse_shares(regime.shares))
    after = with_regime(asset.account, regime)
    days = {today, *(day for account in (asset.account, after) for day in _days(account) if day > today)}
    return {holder for day in days for holder in _less(holdings_on(asset.account, day), holdings_on(after, day))}


def denied_by(state: Dispute, outcome: Mapping[str, str]) -> set[str]:
    """Return who gets less by an outcome than it claims for itself in the dispute.

    Whoever opened it and claims nothing for itself gets less by anything else than what it said.
    """
    given = parse_shares(outcome)
    claimed = {party: parse_shares(position) for party, position in state.positions.items()}
    return {
        party
        for party, position in claimed.items()
        if given.get(party, _NOTHING) < position.get(party, _NOTHING)
        or (party == state.opened_by and party not in position and given != position)
    }


def claims_until(state: Dispute, basis: DisputeBasis, days_without_clock: int) -> date | None:
    """Return the day on which the ladder's days are over, counted from the opening, whatever stood still meanwhile.

    Until then a claim counts by itself, unless all sides have to agree anyway. A step that has no clock counts for as
    many days as one may object.
    """
    if basis not in DECIDED:
        return None
    days = (days_without_clock if rung.days is None else rung.days for rung in state.ladder)
    return days_after(state.opened_on, sum(days)) or date.max


def _claiming_more(state: Dispute, outcome: Shares) -> set[str]:
    return {party for party in state.parties if outcome.get(party, _NOTHING) < _claim(state.positions, party)}


def _claim(positions: Mapping[str, Mapping[str, str]], party: str) -> Fraction:
    position = positions.get(party)
    return Fraction(1) if position is None else parse_ratio(position.get(party, "0/1"))


def _less(before: Shares, after: Shares) -> set[str]:
    return {holder for holder, share in before.items() if after.get(holder, _NOTHING) < share}


def _days(account: Account) -> set[date]:
    """Return the days on which holdings may change."""
    return {regime.start for regime in account.regimes} | {each.effective_on for each in account.movements}
