"""Who is on notice of which event, and since when: by what proves it, the day of the proof, and the terms."""

from datetime import date
from typing import Final

from services.ledger.rules.facts.standing import Standing
from shared.calendar import business_days_after, legal_day
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.terms import NoticeMethod, Terms
from shared.log.envelope import Envelope

# With what each of the streams begins in which notice of one event is proven.
NOTICES: Final = "notice:"


class Notices:
    """The notice that entries prove; which day that was is worked out from when they were recorded."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._since: dict[tuple[str, str, NoticeMethod], date] = {}

    def read(self, envelope: Envelope) -> None:
        """Take in what an entry proves; of what was proven before, the first proof counts."""
        data = envelope.data
        if isinstance(data, NoticeDelivered | NoticeAcknowledged) and envelope.stream == f"{NOTICES}{data.event}":
            method: NoticeMethod = data.channel if isinstance(data, NoticeDelivered) else "ACKNOWLEDGED"
            counts_from = _counts_from(self._standing.terms(envelope.agreement), legal_day(envelope.time))
            self._since.setdefault((data.event, data.party, method), counts_from)

    def since(self, event: str, party: str, method: NoticeMethod) -> date | None:
        """Return from which day on a party is on notice of an event, None before that is proven."""
        return self._since.get((event, party, method))


def _counts_from(terms: Terms, day: date) -> date:
    if terms.notice.effective == "SAME_DAY":
        return day
    return business_days_after(day, 1, terms.calendar.weekend, terms.calendar.holiday_dates) or date.max
