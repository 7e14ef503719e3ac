"""Two readings of what holders must say, written apart: the service that asks them, and the ledger that checks."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.consent.acts import ACTS
from services.agreements.consent.proposal import Proposal, is_met
from services.agreements.notices.periods import deemed_on, may_speak_until
from services.agreements.ownership.account import Account, Regime
from services.ledger.rules.consent import Asked, having_a_say, lacking
from shared.events.terms import CalendarTerms, ConsentRule
from shared.ratio import format_ratio
from tests.docs.made import made

NOTICED = date(2025, 3, 7)
HOLDERS = ("ATRC", "EGU", "HUT")
RULES = st.builds(
    ConsentRule,
    rule=st.sampled_from(
        (
            "NONE",
            "NOTICE",
            "NOTICE_AND_FAIR_COMPENSATION",
            "LEAD_DEEMED",
            "MAJORITY_SHARE",
            "SUPERMAJORITY",
            "UNANIMOUS",
        )
    ),
    days=st.sampled_from((None, 0, 3, 10)),
    ratio=st.sampled_from((None, "1/2", "3/4", "1/1")),
)
SHARES = st.dictionaries(st.sampled_from(HOLDERS), st.integers(1, 4), max_size=3).map(
    lambda parts: {holder: Fraction(part, sum(parts.values())) for holder, part in parts.items()}
)
DAYS = st.integers(-5, 15).map(lambda days: NOTICED + timedelta(days=days))
NOTICES = st.dictionaries(st.sampled_from(HOLDERS), DAYS)
CALENDARS = st.builds(
    CalendarTerms,
    weekend=st.sampled_from((("SAT", "SUN"), (), ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"))),
    holiday_dates=st.sampled_from(((), (NOTICED + timedelta(days=3),))),
)


class Held:
    """What is held in shares from one day on, and the parties that have a say while nobody holds anything."""

    parties = HOLDERS

    def __init__(self, shares: dict[str, Fraction]) -> None:
        told = {holder: format_ratio(share) for holder, share in shares.items()}
        regime = made(Regime, start=date.min, shares=told)
        self.account = Account(conceived_on=date.min, regimes=(regime,) if shares else ())


@settings(max_examples=500)
@given(RULES, SHARES, st.sets(st.sampled_from(HOLDERS)), CALENDARS, DAYS, DAYS)
def test_the_ledger_asks_for_what_holders_were_asked(
    rule: ConsentRule,
    shares: dict[str, Fraction],
    said: set[str],
    calendar: CalendarTerms,
    first_day: date,
    today: date,
):
    """Whatever was met when a transfer was executed, the ledger finds met; what it lacks was refused."""
    proposal = Proposal(ACTS["ASSIGN"], rule, NOTICED, first_day, deemed_on(rule, NOTICED, calendar))
    asked = Asked(rule, NOTICED, calendar)
    found = lacking(asked, having_a_say(shares, HOLDERS), said, earliest=min(first_day, today), decided_on=today)

    assert is_met(proposal, [Held(shares)], said, today) == (found is None), found


@settings(max_examples=500)
@given(RULES, SHARES, st.sets(st.sampled_from(HOLDERS)), CALENDARS, DAYS, DAYS, NOTICES)
def test_the_ledger_counts_the_days_of_each_from_its_own_notice(  # what may differ
    rule: ConsentRule,
    shares: dict[str, Fraction],
    said: set[str],
    calendar: CalendarTerms,
    first_day: date,
    today: date,
    noticed: dict[str, date],
):
    """Whatever was met by the notice that each has, the ledger finds met; of whom it is not proven, nobody does."""
    last = {holder: may_speak_until(rule, since, calendar) for holder, since in noticed.items()}
    last_days = {holder: day for holder, day in last.items() if day is not None}
    proposal = Proposal(ACTS["ASSIGN"], rule, NOTICED, first_day, last_days=last_days)
    asked = Asked(rule, NOTICED, calendar, noticed.get)
    found = lacking(asked, having_a_say(shares, HOLDERS), said, earliest=min(first_day, today), decided_on=today)

    assert is_met(proposal, [Held(shares)], said, today) == (found is None), found
