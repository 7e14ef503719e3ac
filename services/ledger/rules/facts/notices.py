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
    """The notice that entries prove; which day that was is worked out from when they were recorded.

    Of an event that is entered before, and asks somebody for an answer: notice of what had not happened yet is none.
    """

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        # By the id of the event: in which stream it was entered, and of which agreement.
        self._asking: dict[str, tuple[str, str]] = {}
        self._since: dict[tuple[str, str, NoticeMethod], date] = {}

    def read(self, envelope: Envelope) -> None:
        """Take in what an entry proves; of what was proven before, the first proof counts."""
        data = envelope.data
        if getattr(data, "notice_method", None) is not None:
            self._asking.setdefault(envelope.id, (envelope.stream, envelope.agreement))
        if not isinstance(data, NoticeDelivered | NoticeAcknowledged):
            return
        said = data.subject, envelope.agreement
        if envelope.stream == f"{NOTICES}{data.event}" and self._asking.get(data.event) == said:
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
