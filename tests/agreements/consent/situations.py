"""What holders are asked about, as small as it can be: an asset is its account and its project's parties."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.agreements.consent.acts import USUAL
from services.agreements.consent.proposal import Proposal
from services.agreements.notices.periods import may_speak_until
from services.agreements.ownership.account import Account, Movement, Regime
from shared.events.terms import CalendarTerms, ConsentRule
from shared.events.transfer import Amount

CONCEIVED = date(2024, 9, 10)
# A Monday: ten business days later it is Monday the seventeenth.
NOTICED = date(2025, 3, 3)
LATER = date(2025, 7, 1)

NONE = ConsentRule(rule="NONE")
UNANIMOUS = ConsentRule(rule="UNANIMOUS")
MAJORITY = ConsentRule(rule="MAJORITY_SHARE")
TWO_THIRDS = ConsentRule(rule="SUPERMAJORITY")
NOTICE = ConsentRule(rule="NOTICE", days=30)
PAID_NOTICE = ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=30)
SILENCE = ConsentRule(rule="LEAD_DEEMED", days=10)
NOTICE_OVER, SILENCE_ENDS = date(2025, 4, 2), date(2025, 3, 17)

THIRDS = {"ATRC": "5/12", "HUT": "1/3", "HUT-RD": "1/4"}


class Piece(NamedTuple):
    """Something that is held."""

    parties: tuple[str, ...]
    account: Account


def held(
    shares: Mapping[str, str] | None = None, *movements: Movement, parties: tuple[str, ...] = ("ATRC", "HUT")
) -> Piece:
    """Give an asset held in these shares from conception, and passed on since; of nobody yet without shares."""
    regimes = (Regime(determination="DET", start=CONCEIVED, shares=dict(shares)),) if shares else ()
    return Piece(parties, Account(conceived_on=CONCEIVED, regimes=regimes, movements=movements))


def passed(source: str, to: str, of_holding: str = "1/1", effective_on: date = LATER) -> Movement:
    """Give a transfer of a part of what somebody holds."""
    amount = Amount(of_holding=of_holding)
    return Movement(transfer=f"{source}-{to}", source=source, to=to, amount=amount, effective_on=effective_on)


def proposed(rule: ConsentRule, **changed: Any) -> Proposal:
    """Give a proposal of which the others know since Monday, for that day, asked for in the usual way."""
    waiting = {"deemed_on": SILENCE_ENDS} if rule.rule == "LEAD_DEEMED" else {}
    fields = {"procedure": USUAL, "noticed_on": NOTICED, "first_day": NOTICED, **waiting, **changed}
    return Proposal(rule=rule, **fields)


def noticed_all(rule: ConsentRule, since: date = NOTICED) -> Callable[[str], date | None]:
    """Give the last day of each holder where all are on notice since one day."""
    return lambda _holder: may_speak_until(rule, since, CalendarTerms())


def days_from(day: date, days: int) -> date:
    return day + timedelta(days=days)
