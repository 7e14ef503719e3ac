"""The machine-readable terms of an agreement: the policy that deciders read.

A key that is None or empty has not been agreed yet. Its parties may draft and even sign such terms, but an agreement
is not activated while a consent or survival key is empty.
"""

from typing import Literal

import msgspec

Method = Literal["ELEMENTS", "POINTS", "EQUAL_INVENTORS", "EQUAL_PARTIES", "AGREED"]
AffiliateAccrual = Literal["PARENT", "SEPARATE"]
TitleGap = Literal["BLOCK", "HOLD_IN_PERSON"]
Rule = Literal[
    "NONE",
    "NOTICE",
    "NOTICE_AND_FAIR_COMPENSATION",
    "LEAD_DEEMED",
    "MAJORITY_SHARE",
    "SUPERMAJORITY",
    "UNANIMOUS",
]


class OwnershipTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How contributions become shares."""

    method: Method = "ELEMENTS"
    affiliate_accrual: AffiliateAccrual = "PARENT"
    title_gap: TitleGap = "BLOCK"
    redetermination: Literal["AB_INITIO", "PROSPECTIVE"] = "AB_INITIO"
    escalate_after_days: int = 90


class AttestationTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Who confirms what was recorded, and whether silence may."""

    required: Literal["ALL_PROJECT_PARTIES", "INTERESTED_PARTIES"] = "ALL_PROJECT_PARTIES"
    four_eyes: bool = True
    deemed_days: int | None = None


class ConsentRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an act needs from the other holders; `days` for the notice and deemed rules, `ratio` for SUPERMAJORITY."""

    rule: Rule
    days: int | None = None
    ratio: str | None = None


class ConsentTerms(msgspec.Struct, frozen=True, kw_only=True, rename=str.upper):
    """The rule of each act; JSON keys are in upper case, such as `OWN_USE`."""

    own_use: ConsentRule | None = None
    non_exclusive: ConsentRule | None = None
    sole: ConsentRule | None = None
    exclusive: ConsentRule | None = None
    assign: ConsentRule | None = None
    assign_affiliate: ConsentRule | None = None
    charge: ConsentRule | None = None
    enforce: ConsentRule | None = None
    abandon: ConsentRule | None = None


class SurvivalTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that outlives the agreement, for months or for ever (`months` is None)."""

    clause: str
    months: int | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of one terms version."""

    ownership: OwnershipTerms = OwnershipTerms()
    attestation: AttestationTerms = AttestationTerms()
    consent: ConsentTerms = ConsentTerms()
    survival: tuple[SurvivalTerm, ...] = ()
