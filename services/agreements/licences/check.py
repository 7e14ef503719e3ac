"""The one licence check: everything that stands in the way of a grant, not only what was found first (R15)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.agreements.consent.acts import ACTS, rule_of
from services.agreements.consent.proposal import Proposal, check_met
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.standing import standing_refused
from services.agreements.gates import Standing
from services.agreements.inventions.model import Invention
from services.agreements.licences.errors import (
    AssetNotDetermined,
    LicenceConflict,
    LicensorHoldsNoShare,
    LicensorSilent,
)
from services.agreements.licences.model import Licence
from services.agreements.licences.reach import conflicting
from services.agreements.ownership.account import Shares, holdings_on
from services.agreements.ownership.freezing import check_not_frozen
from services.agreements.parties.decisions import check_not_inactive
from services.agreements.parties.model import Party
from services.agreements.progress.decisions import check_may_share
from services.agreements.progress.model import Progress
from shared.errors import DomainError
from shared.events.law import agreed_consent
from shared.events.licence import LicenceKind
from shared.events.terms import NOTICE_RULES, Act, ConsentRule, Terms


class Circumstances(NamedTuple):
    """What a grant is decided on: the agreement, the assets, what is reported of their projects, who is licensed."""

    agreement: Agreement
    assets: Sequence[Invention]
    progress: Mapping[str, Progress | None]
    licensee: Party


def refusals(state: Licence, facts: Circumstances, today: date, *, granting: str) -> list[DomainError]:
    """Return every refusal of a grant by a party, in this order.

    1. The agreement is active, or its clause on licensing survives.
    2. Each licensor holds a share of every asset on the licence's first day.
    3. No asset was given up, and no dispute freezes licences of this kind.
    4. No licence granted before is in conflict with it.
    5. The holders' consent rule is met for each asset that is anybody's.
    6. Every licensor but the one that grants has consented, whatever the rule asks of the holders.
    7. No export screening of an asset's project restricts it.
    8. The licensee is active.
    """
    inactive = standing_refused(Standing.LICENSING, facts.agreement, today)
    found = [inactive] if inactive else []
    for asset in facts.assets:
        found += _raised(_check_title, state, asset)
    for asset in facts.assets:
        found += _raised(check_not_frozen, asset, act_of(state.kind))
    found += _raised(_check_conflicts, state, facts.assets)
    for asset in facts.assets:
        if title_of(state, asset):
            found += _raised(_check_consent, state, facts.agreement, asset, today)
    found += _raised(_check_licensors, state, granting)
    for project in dict.fromkeys(asset.project for asset in facts.assets):
        found += _raised(check_may_share, facts.progress.get(project), today)
    return found + _raised(check_not_inactive, facts.licensee)


def title_of(state: Licence, asset: Invention) -> Shares:
    """Return who holds an asset on the licence's first day; nobody while that is not determined."""
    return holdings_on(asset.account, state.scope.period.start)


def act_of(kind: LicenceKind) -> Act:
    """Return the act that granting a licence of this kind is: excluding others together excludes them."""
    return "EXCLUSIVE" if kind == "CO_EXCLUSIVE" else kind


def proposal_of(state: Licence, agreement: Agreement) -> Proposal:
    """Return what the holders are asked by the terms as they are now; raises ConsentRuleNotSupported."""
    return asked_by(state, rule_of(act_of(state.kind), agreement.standing.terms, agreement=agreement.agreement))


def asked_by(state: Licence, rule: ConsentRule) -> Proposal:
    """Return what the holders are asked by a rule."""
    known = state.silence.until if state.silence else {}
    return Proposal(
        procedure=ACTS[act_of(state.kind)],
        rule=rule,
        noticed_on=state.noticed_on,
        first_day=state.scope.period.start,
        last_days=None if state.notice_method is None else known,
    )


def agreed_rule(kind: LicenceKind, terms: Terms) -> ConsentRule | None:
    """Return what the terms ask of the other holders before a licence, None where neither they nor the law say."""
    rule: ConsentRule | None = getattr(agreed_consent(terms), act_of(kind).lower())
    return rule


def notice_rule_of(kind: LicenceKind, terms: Terms) -> ConsentRule | None:
    """Return the rule by which the terms give the other holders time before a licence, None where they give none."""
    rule = agreed_rule(kind, terms)
    return rule if rule is not None and rule.rule in NOTICE_RULES else None


def _raised(check: Callable[..., None], *facts: object) -> list[DomainError]:
    try:
        check(*facts)
    except DomainError as refusal:
        return [refusal]
    return []


def _check_title(state: Licence, asset: Invention) -> None:
    shares = title_of(state, asset)
    if not shares:
        raise AssetNotDetermined(asset=asset.invention)
    if untitled := [party for party in state.licensors if party not in shares]:
        raise LicensorHoldsNoShare(got=untitled, asset=asset.invention)


def _check_conflicts(state: Licence, assets: Sequence[Invention]) -> None:
    granted = {name: burden for asset in assets for name, burden in asset.licences.items()}
    if found := conflicting(state.kind, state.scope, state.subject_to, granted):
        raise LicenceConflict(licence=state.licence, licences=found)


def _check_licensors(state: Licence, granting: str) -> None:
    # By granting it speaks; nobody else's name stands under a licence by another's word.
    if silent := [party for party in state.licensors if party not in {*state.consents, granting}]:
        raise LicensorSilent(missing=silent, licence=state.licence)


def _check_consent(state: Licence, agreement: Agreement, asset: Invention, today: date) -> None:
    check_met(proposal_of(state, agreement), [asset], state.consents.keys(), today)
