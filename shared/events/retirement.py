"""What happens when an invention is given up: proposed, agreed to or opposed, and then retired."""

from datetime import date

from shared.events.registry import Event, event
from shared.events.terms import CalendarTerms, ConsentRule, NoticeMethod


@event("agreements.RetirementProposed.v1", entity="invention")
class RetirementProposed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party proposed to give an invention up, which is its own consent and notice to the others.

    `rule` is what the terms ask for to abandon it. Where that is a time to object, each holder in `notice_to` has its
    own, since it is on notice of this by `notice_method`; business days are counted by `calendar`. Unless somebody
    opposes, the invention is retired when the time of each is over. Proposed before notice was proven, without a
    method, it is on `retires_on`. Otherwise it is once enough of them have consented.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    party: str
    person: str
    reason: str
    rule: ConsentRule
    noticed_on: date
    retires_on: date | None
    notice_method: NoticeMethod | None = None
    notice_to: tuple[str, ...] = ()
    calendar: CalendarTerms | None = None


@event("agreements.RetirementConsentGiven.v1", entity="invention")
class RetirementConsentGiven(Event, frozen=True, kw_only=True):
    """A party agrees to give the invention up."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    party: str
    person: str


@event("agreements.RetirementOpposed.v1", entity="invention")
class RetirementOpposed(Event, frozen=True, kw_only=True):
    """A party wants to keep the invention, or its proposer thought better of it: the proposal is void."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    party: str
    person: str
    reason: str


@event("agreements.InventionRetired.v1", entity="invention")
class InventionRetired(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The invention was given up: nothing is determined, transferred, disputed or licensed of it any more.

    Who held it up to then stays on record, and so does everything that was granted before. `notice` is the proposal,
    of which the others had notice; null where nobody had time to oppose, or the day was said.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    reason: str
    consents: tuple[str, ...]
    retired_on: date
    notice: str | None = None
