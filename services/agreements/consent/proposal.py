"""What waits for the holders: a proposal, what it still lacks on a day, and who may stop it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from services.agreements.consent.acts import EVERYBODY, FREE, Day, Procedure
from services.agreements.consent.counting import check_consent
from services.agreements.consent.errors import NoVeto, RefusalTooLate
from services.agreements.consent.holders import Held, shares_from, shares_on
from services.agreements.ownership.account import Shares
from shared.errors import DomainError
from shared.events.terms import NOTICE_RULES, ConsentRule

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
    # Where the rule takes silence for consent, the last day on which somebody may refuse.
    deemed_on: date | None = None


def check_met(proposal: Proposal, assets: Sequence[Held], consents: AbstractSet[str], today: date) -> None:
    """Raise what the rule still lacks: for the first asset of which it lacks something, by the shares that count."""
    days = _days(proposal, today)
    rule = _rule_on(proposal, today)
    # Whoever has notice may oppose until it ends, so a day far ahead does not make it end sooner.
    earliest = min(sorted(proposal.procedure.after_notice), key=lambda day: days[day])
    for asset in assets:
        for shares in _shares_that_count(proposal, asset, today):
            check_consent(
                rule,
                shares,
                consents,
                noticed_on=proposal.noticed_on,
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
    if _silence_consented(proposal, today):
        raise RefusalTooLate(expected=f"at most {proposal.deemed_on}", got=today, **ids)
    # Anybody's objection stops a notice, although the rule waits for nobody's consent (R16).
    if proposal.rule.rule in {*NOTICE_RULES, "UNANIMOUS", "LEAD_DEEMED"}:
        return
    if is_met(proposal, assets, asked_about(proposal, assets, today) - {holder}, today):
        raise NoVeto(got=holder, **ids)


def _rule_on(proposal: Proposal, today: date) -> ConsentRule:
    """Return what is asked for on a day: before the time to refuse is over silence says nothing, so all must speak."""
    if not proposal.procedure.is_asked or _silence_consented(proposal, today):
        return FREE
    if proposal.rule.rule == "LEAD_DEEMED" and proposal.procedure.silence != "NOT_SUPPORTED":
        return EVERYBODY
    return proposal.rule


def _silence_consented(proposal: Proposal, today: date) -> bool:
    counted = proposal.procedure.silence == "CONSENTS"
    return counted and proposal.deemed_on is not None and today > proposal.deemed_on


def _shares_that_count(proposal: Proposal, asset: Held, today: date) -> list[Shares]:
    day = _days(proposal, today)[proposal.procedure.shares_of]
    return shares_from(asset, day) if proposal.procedure.is_final else [shares_on(asset, day)]


def _days(proposal: Proposal, today: date) -> dict[Day, date]:
    return {"FIRST": proposal.first_day or today, "DECISION": today}
