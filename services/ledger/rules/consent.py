"""What holders must have said before something is done with what they hold: the ledger's own reading of consent (R16).

It shares no code with the service that asks them, on purpose, as `history.py` does not.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from shared.calendar import business_days_after, days_after
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule
from shared.ids import UNALLOCATED, is_person
from shared.ratio import format_ratio, parse_ratio, told

_HALF: Final = Fraction(1, 2)
_TWO_THIRDS: Final = Fraction(2, 3)

Shares = Mapping[str, Fraction]


class Asked(NamedTuple):
    """What was asked of the holders: by which rule, since when, and by the calendar of which terms.

    `noticed` says since when a holder is on notice of it, None before that is proven; what was asked before notice was
    proven says nothing of it (None), and all have had their time since it was asked.
    """

    rule: ConsentRule
    since: date
    calendar: CalendarTerms
    noticed: Callable[[str], date | None] | None = None

    def is_silence_over(self, holder: str, day: date) -> bool:
        """Tell whether a holder's time to refuse is over on a day, where the rule takes silence for consent."""
        since = self._since(holder)
        if self.rule.rule != "LEAD_DEEMED" or since is None:
            return False
        last = business_days_after(since, self.rule.days or 0, self.calendar.weekend, self.calendar.holiday_dates)
        return last is not None and day > last

    def is_notice_over(self, holder: str, day: date) -> bool:
        """Tell whether what a holder has notice of may take place on a day, as far as that holder goes."""
        since = self._since(holder)
        over_on = None if since is None else days_after(since, self.rule.days or 0)
        return self.rule.rule in NOTICE_RULES and over_on is not None and day >= over_on

    def _since(self, holder: str) -> date | None:
        # Nobody can give notice to a person, who has no inbox.
        return self.since if self.noticed is None or is_person(holder) else self.noticed(holder)


def having_a_say(held: Shares, parties: Collection[str]) -> Shares:
    """Return who has how large a say: by shares, or the parties of the project alike while nobody holds any."""
    holding = {holder: share for holder, share in held.items() if holder != UNALLOCATED}
    return holding or {party: Fraction(1, len(parties)) for party in parties}


def lacking(asked: Asked, shares: Shares, said: Collection[str], *, earliest: date, decided_on: date) -> str | None:
    """Return what the rule still lacks by these shares, None if nothing; no notice ends later than on `earliest`."""
    silent = set(shares) - set(said)
    missing = sorted(
        each for each in silent if not (asked.is_silence_over(each, decided_on) or asked.is_notice_over(each, earliest))
    )
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
