"""What holders must have said before something is done with what they hold: the ledger's own reading of consent (R16).

It shares no code with the service that asks them, on purpose, as `history.py` does not.
"""

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from shared.calendar import business_days_after, days_after
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule
from shared.ids import UNALLOCATED
from shared.ratio import format_ratio, parse_ratio, told

_HALF: Final = Fraction(1, 2)
_TWO_THIRDS: Final = Fraction(2, 3)

Shares = Mapping[str, Fraction]


class Asked(NamedTuple):
    """What was asked of the holders: by which rule, since when, and by the calendar of which terms."""

    rule: ConsentRule
    since: date
    calendar: CalendarTerms

    def is_silence_over(self, day: date) -> bool:
        """Tell whether the time to refuse is over on a day, where the rule takes silence for consent."""
        if self.rule.rule != "LEAD_DEEMED":
            return False
        last = business_days_after(self.since, self.rule.days or 0, self.calendar.weekend, self.calendar.holiday_dates)
        return last is not None and day > last

    def is_notice_over(self, day: date) -> bool:
        """Tell whether what the holders have notice of may take place on a day."""
        over_on = days_after(self.since, self.rule.days or 0)
        return self.rule.rule in NOTICE_RULES and over_on is not None and day >= over_on


def having_a_say(held: Shares, parties: Collection[str]) -> Shares:
    """Return who has how large a say: by shares, or the parties of the project alike while nobody holds any."""
    holding = {holder: share for holder, share in held.items() if holder != UNALLOCATED}
    return holding or {party: Fraction(1, len(parties)) for party in parties}


def lacking(asked: Asked, shares: Shares, said: Collection[str], *, earliest: date, decided_on: date) -> str | None:
    """Return what the rule still lacks by these shares, None if nothing; no notice ends later than on `earliest`."""
    if asked.is_silence_over(decided_on) or asked.is_notice_over(earliest):
        return None
    missing = sorted(set(shares) - set(said))
    held = sum((share for holder, share in shares.items() if holder in said), start=Fraction(0))
    match asked.rule.rule:
        case "NONE":
            return None
        case "MAJORITY_SHARE":
            wanted = f"more than {format_ratio(_HALF)}" if held <= _HALF else None
        case "SUPERMAJORITY":
            needed = parse_ratio(asked.rule.ratio) if asked.rule.ratio else _TWO_THIRDS
            wanted = f"at least {format_ratio(needed)}" if held < needed else None
        case _:
            # Before the time to refuse or a notice is over, silence says nothing: then all must have spoken.
            return f"consents of {', '.join(missing)}" if missing else None
    return f"consents of those who hold {wanted} instead of {told(held)}" if wanted else None
