"""What waits for the holders: a proposal, what it still lacks on a day, and who may stop it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from services.agreements.consent.acts import EVERYBODY, FREE, Day, Procedure
from services.agreements.consent.counting import check_consent
from services.agreements.consent.errors import ConsentMissing, NoticeNotProven, NoVeto, RefusalTooLate
from services.agreements.consent.holders import Held, shares_from, shares_on
from services.agreements.notices.periods import may_speak_until
from services.agreements.ownership.account import Shares
from shared.errors import DomainError
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule
from shared.ids import is_person

_NAMES: Final[Mapping[Day, str]] = MappingProxyType(
    {"FIRST": "the first day of what it is about", "DECISION": "the day on which it is decided"}
)


class Proposal(NamedTuple):
    """An act that somebody wants to do: how it is asked for, by which rule, and since when the others know of it."""

    procedure: Procedure
    rule: ConsentRule
    noticed_on: date
    # None where the act holds from the day on which it is decided.
    first_day: date | None = None
    # Of what was proposed before notice was proven, where the rule takes silence for consent: the last day to refuse.
    deemed_on: date | None = None
    # The last day of each holder that is on notice; None of what was proposed before that was proven.
    last_days: Mapping[str, date] | None = None
    calendar: CalendarTerms = CalendarTerms()

    def last_day(self, holder: str) -> date | None:
        """Return the last day on which a holder may speak, where the rule gives time; None before it is on notice."""
        # A person has no inbox, so nobody can give them notice: their time begins when it is proposed.
        if self.last_days is not None and not is_person(holder):
            return self.last_days.get(holder)
        if self.last_days is None and self.rule.rule == "LEAD_DEEMED":
            return self.deemed_on or date.max
        return may_speak_until(self.rule, self.noticed_on, self.calendar)

    def consents_by_silence(self, holder: str, today: date) -> bool:
        """Tell whether a holder's time to refuse is over, where the rule takes that for its consent."""
        if self.procedure.silence != "CONSENTS" or self.rule.rule != "LEAD_DEEMED":
            return False
        last = self.last_day(holder)
        return last is not None and today > last


def check_met(proposal: Proposal, assets: Sequence[Held], consents: AbstractSet[str], today: date) -> None:
    """Raise what the rule still lacks: for the first asset of which it lacks something, by the shares that count."""
    days = _days(proposal, today)
    rule = _rule_of(proposal)
    # Whoever has notice may oppose until it ends, so a day far ahead does not make it end sooner.
    earliest = min(sorted(proposal.procedure.after_notice), key=lambda day: days[day])
    for asset in assets:
        for shares in _shares_that_count(proposal, asset, today):
            silent = {holder for holder in shares if proposal.consents_by_silence(holder, today)}
            _check_silent(proposal, set(shares) - consents - silent)
            check_consent(
                rule,
                shares,
                consents | silent,
                last_day=proposal.last_day,
                effective_on=days[earliest],
                at=_NAMES[earliest],
            )


def is_met(proposal: Proposal, assets: Sequence[Held], consents: AbstractSet[str], today: date) -> bool:
    try:
        check_met(proposal, assets, consents, today)
    except DomainError:
        return False
    return True


def asked_about(proposal: Proposal, assets: Sequence[Held], today: date) -> set[str]:
    """Return those whose consent counts on a day, about any of the assets."""
    return {holder for asset in assets for shares in _shares_that_count(proposal, asset, today) for holder in shares}


def check_refusal(proposal: Proposal, assets: Sequence[Held], holder: str, today: date, **ids: object) -> None:
    """Raise RefusalTooLate once silence has consented, NoVeto where the rule can be met without this holder."""
    if proposal.consents_by_silence(holder, today):
        raise RefusalTooLate(expected=f"at most {proposal.last_day(holder)}", got=today, **ids)
    # Anybody's objection stops a notice, although the rule waits for nobody's consent (R16).
    if proposal.rule.rule in {*NOTICE_RULES, "UNANIMOUS", "LEAD_DEEMED"}:
        return
    if is_met(proposal, assets, asked_about(proposal, assets, today) - {holder}, today):
        raise NoVeto(got=holder, **ids)


def _rule_of(proposal: Proposal) -> ConsentRule:
    """Return what is asked for: whose time to refuse is not over must speak, since its silence says nothing yet."""
    if not proposal.procedure.is_asked:
        return FREE
    if proposal.rule.rule == "LEAD_DEEMED" and proposal.procedure.silence != "NOT_SUPPORTED":
        return EVERYBODY
    return proposal.rule


def _check_silent(proposal: Proposal, missing: AbstractSet[str]) -> None:
    """Raise what keeps the silence of holders from being consent: that they are not on notice, or until which day."""
    if proposal.last_days is None or _rule_of(proposal) is not EVERYBODY or not missing:
        return
    if proposal.rule.rule != "LEAD_DEEMED":
        return
    last_days = {holder: proposal.last_day(holder) for holder in missing}
    if unproven := sorted(holder for holder, last in last_days.items() if last is None):
        raise NoticeNotProven(missing=unproven)
    until = max(last for last in last_days.values() if last is not None)
    raise ConsentMissing(missing=sorted(missing), until=str(until))


def _shares_that_count(proposal: Proposal, asset: Held, today: date) -> list[Shares]:
    day = _days(proposal, today)[proposal.procedure.shares_of]
    return shares_from(asset, day) if proposal.procedure.is_final else [shares_on(asset, day)]


def _days(proposal: Proposal, today: date) -> dict[Day, date]:
    return {"FIRST": proposal.first_day or today, "DECISION": today}
