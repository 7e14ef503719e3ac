"""What the law says about acts of co-owners where their agreement is silent.

Presets for `law_default`, in the order of the acts; information for the reader, not advice. Where a law speaks of
licences and assignments only, a sole licence follows an exclusive one, and a charge or a move to an affiliate follows
an assignment. No law in the table speaks of enforcing or abandoning: there the usual notice is asked for.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from shared.events.terms import ConsentRule, ConsentTerms, LawCode, Terms

_FREE: Final = ConsentRule(rule="NONE")
_ALL: Final = ConsentRule(rule="UNANIMOUS")
_MOST: Final = ConsentRule(rule="MAJORITY_SHARE")


def _notice(days: int) -> ConsentRule:
    return ConsentRule(rule="NOTICE", days=days)


def _paid_notice(days: int) -> ConsentRule:
    return ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=days)


def _law(
    *, own_use: ConsentRule | None, non_exclusive: ConsentRule, exclusive: ConsentRule, assign: ConsentRule
) -> ConsentTerms:
    return ConsentTerms(
        own_use=own_use,
        non_exclusive=non_exclusive,
        sole=exclusive,
        exclusive=exclusive,
        assign=assign,
        assign_affiliate=assign,
        charge=assign,
        enforce=_notice(30),
        abandon=_notice(60),
    )


_EVERYBODY: Final = _law(own_use=_FREE, non_exclusive=_ALL, exclusive=_ALL, assign=_ALL)

LAWS: Final[Mapping[LawCode, ConsentTerms]] = MappingProxyType(
    {
        "US": _law(own_use=_FREE, non_exclusive=_FREE, exclusive=_ALL, assign=_FREE),
        "GB": _EVERYBODY,
        "IE": _EVERYBODY,
        "SG": _EVERYBODY,
        "HK": _EVERYBODY,
        "CN": _law(own_use=_FREE, non_exclusive=_FREE, exclusive=_ALL, assign=_ALL),
        "JP": _EVERYBODY,
        "KR": _EVERYBODY,
        # Three months in which the other owners may object to the price or buy.
        "FR": _law(own_use=_FREE, non_exclusive=_paid_notice(90), exclusive=_ALL, assign=_notice(90)),
        "DE": _law(own_use=_FREE, non_exclusive=_MOST, exclusive=_ALL, assign=_FREE),
        # Own use is left to the agreement, so the agreement has to say it.
        "EU_HORIZON": _law(own_use=None, non_exclusive=_paid_notice(45), exclusive=_ALL, assign=_notice(45)),
    }
)


def agreed_consent(terms: Terms) -> ConsentTerms:
    """Return the rule of each act: what was agreed, and where nothing was, what the chosen law says."""
    if terms.law_default is None:
        return terms.consent
    law = LAWS[terms.law_default]
    agreed = msgspec.structs.asdict(terms.consent)
    return ConsentTerms(**{act: getattr(law, act) if rule is None else rule for act, rule in agreed.items()})
