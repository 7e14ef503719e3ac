"""The machine-readable terms of an agreement: the policy that deciders read.

A key that is None or empty has not been agreed yet. Its parties may draft and even sign such terms, but an agreement
is not activated while a consent, revenue, cost or survival key is empty; what the law says by `law_default` fills a
consent key that is absent (`shared/events/law.py`). Every other key that is not written has the default here.
"""

from datetime import date
from typing import Final, Literal

import msgspec

from shared.events.values import Money

Method = Literal["ELEMENTS", "POINTS", "EQUAL_INVENTORS", "EQUAL_PARTIES", "AGREED"]
AffiliateAccrual = Literal["PARENT", "SEPARATE"]
Affiliates = Literal["THROUGH_PARTY", "ALSO_THEMSELVES"]
TitleGap = Literal["BLOCK", "HOLD_IN_PERSON"]
Attesting = Literal["ALL_PROJECT_PARTIES", "INTERESTED_PARTIES"]
ContributorsAsked = Literal["REQUIRED", "ASKED", "NONE"]
Redetermination = Literal["AB_INITIO", "PROSPECTIVE"]
Rule = Literal[
    "NONE",
    "NOTICE",
    "NOTICE_AND_FAIR_COMPENSATION",
    "LEAD_DEEMED",
    "MAJORITY_SHARE",
    "SUPERMAJORITY",
    "UNANIMOUS",
]
# Those that ask for a notice and let its days run.
NOTICE_RULES: Final = frozenset({"NOTICE", "NOTICE_AND_FAIR_COMPENSATION"})
# And those by which silence means something once its days are over.
TIMED_RULES: Final = NOTICE_RULES | {"LEAD_DEEMED"}

RevenueStep = Literal["DEDUCT_TAX", "RECOUP", "FEE", "SPLIT"]
LadderStep = Literal["NEGOTIATE", "STEERING", "EXPERT", "MEDIATE", "ARBITRATE"]
Act = Literal[
    "OWN_USE",
    "NON_EXCLUSIVE",
    "SOLE",
    "EXCLUSIVE",
    "ASSIGN",
    "ASSIGN_AFFILIATE",
    "CHARGE",
    "ENFORCE",
    "ABANDON",
]
NoticeMethod = Literal["INBOX", "EMAIL", "ACKNOWLEDGED"]
Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
LawCode = Literal["US", "GB", "IE", "SG", "HK", "CN", "JP", "KR", "FR", "DE", "EU_HORIZON"]


class OwnershipTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How contributions become shares."""

    method: Method = "ELEMENTS"
    """The method by which contributions become shares."""
    affiliate_accrual: AffiliateAccrual = "PARENT"
    title_gap: TitleGap = "BLOCK"
    redetermination: Redetermination = "AB_INITIO"
    escalate_after_days: int = 90


def _of_all_parties() -> Attesting:
    return "ALL_PROJECT_PARTIES"


def _four_eyes() -> bool:
    return True


def _no_days() -> int | None:
    return None


# As in Terms below: the later key is left out where nobody wrote it, the earlier ones are always written.
class AttestationTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who confirms what was recorded, and after how many days silence does; None for never.

    Parties with an interest in a contribution are those whose person contributed, or whose share it may make smaller;
    in a determination, those that hold, would hold or contributed. Where nobody else has one, all are asked.
    """

    required: Attesting = msgspec.field(default_factory=_of_all_parties)
    four_eyes: bool = msgspec.field(default_factory=_four_eyes)
    deemed_days: int | None = msgspec.field(default_factory=_no_days)
    contributors: ContributorsAsked = "ASKED"
    """Whether the people named in contributions confirm them: before shares are determined, when asked, or not."""


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


class FeeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the party that administers keeps of a receipt: its part (a ratio) of the base, rounded down."""

    rate: str
    base: Literal["RESIDUAL", "GROSS"] = "RESIDUAL"
    cap: Money | None = None
    payee: str


class RevenueTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a receipt is split: the steps in order, and the fee if one of them is FEE."""

    steps: tuple[RevenueStep, ...] = ("DEDUCT_TAX", "RECOUP", "FEE", "SPLIT")
    fee: FeeTerms | None = None
    period_split: Literal["DAILY", "SALE_DATE", "PERIOD_END"] = "DAILY"
    tie_break: Literal["PARTY_ID", "STATEMENT_HASH"] = "PARTY_ID"
    true_up: Literal["NET_AGAINST_FUTURE", "INVOICE", "NONE"] = "NET_AGAINST_FUTURE"


class CostTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears patent expenses: `ratios` by party for EXPLICIT, the party `lead` for LEAD_ALL."""

    split: Literal["BY_SHARE", "EQUAL", "EXPLICIT", "LEAD_ALL", "AS_PAID"] = "BY_SHARE"
    ratios: dict[str, str] | None = None
    lead: str | None = None
    cap_per_year: Money | None = None
    objection_days: int = 60
    reimburse_days: int = 90


class OptOutTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the share of a party that gives up a right."""

    effect: Literal["REALLOCATE_PRO_RATA", "LICENCE_BACK", "NONE"] = "REALLOCATE_PRO_RATA"


class PublicationTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How long the others have to read before something is published, and how long they may hold it up."""

    notice_days: int = 45
    objection_days: int = 30
    max_delay_days: int = 90
    thesis_exempt: bool = True


class BackgroundTerms(msgspec.Struct, frozen=True, kw_only=True):
    """For how many months after the end access to background may be asked for to exploit results."""

    exploitation_request_months: int = 12


class LicenceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Which acts a dispute over an asset freezes."""

    freeze_on_dispute: tuple[Act, ...] = ("EXCLUSIVE", "SOLE", "ASSIGN", "CHARGE")


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the dispute ladder and how many days it may take; the last one takes as long as it takes."""

    step: LadderStep
    days: int | None = None


def _ladder() -> tuple[Rung, ...]:
    return (
        Rung(step="NEGOTIATE", days=30),
        Rung(step="STEERING", days=30),
        Rung(step="EXPERT", days=60),
        Rung(step="MEDIATE", days=60),
        Rung(step="ARBITRATE"),
    )


# As in Terms below: the later keys are left out where nobody wrote them, the earlier one is always written.
class DisputeTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The steps that a dispute climbs, in order; who else may confirm what one side lays down, and who may object.

    The registrar is a registered party that is in the agreement neither itself nor through an affiliate. An outcome
    that one side laid down may be objected to for so many days after proof of notice.
    """

    ladder: tuple[Rung, ...] = msgspec.field(default_factory=_ladder)
    registrar: str | None = None
    one_sided_objection_days: int = 30


def _hong_kong() -> str:
    return "Asia/Hong_Kong"


def _saturday_and_sunday() -> tuple[Weekday, ...]:
    return ("SAT", "SUN")


def _no_list() -> str | None:
    return None


# As in Terms below: the later key is left out where nobody wrote it, the earlier ones are always written.
class CalendarTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a legal day begins, and which days are no business days: `holidays` names a list, which is given here."""

    zone: str = msgspec.field(default_factory=_hong_kong)
    weekend: tuple[Weekday, ...] = msgspec.field(default_factory=_saturday_and_sunday)
    holidays: str | None = msgspec.field(default_factory=_no_list)
    holiday_dates: tuple[date, ...] = ()


class NoticeTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what a party is on notice of what concerns it in law, and from which day that counts.

    The day of notice is that on which it is proven in the log, or the next business day after it.
    """

    method: NoticeMethod = "INBOX"
    """By what a party is on notice: delivery to its inbox, by e-mail, or that it took note."""
    effective: Literal["SAME_DAY", "NEXT_BUSINESS_DAY"] = "SAME_DAY"
    """From which day notice counts: that on which the proof of it is recorded, or the next business day."""
    escalate_after_days: int | None = 7
    """After how many days without acknowledgement others are told of what concerns a party in law; null for never."""


def _no_clauses() -> tuple[SurvivalTerm, ...]:
    return ()


# A key that came after the first release is left out of the bytes where nobody wrote it, so that what was recorded
# before reads and hashes as it did. msgspec leaves out a value that *is* the default; a default that is made anew each
# time never is one, so the keys of the first release are always written, as they always were.
class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The policy of one terms version."""

    ownership: OwnershipTerms = msgspec.field(default_factory=OwnershipTerms)
    attestation: AttestationTerms = msgspec.field(default_factory=AttestationTerms)
    consent: ConsentTerms = msgspec.field(default_factory=ConsentTerms)
    survival: tuple[SurvivalTerm, ...] = msgspec.field(default_factory=_no_clauses)
    revenue: RevenueTerms | None = None
    cost: CostTerms | None = None
    optout: OptOutTerms = OptOutTerms()
    publication: PublicationTerms = PublicationTerms()
    background: BackgroundTerms = BackgroundTerms()
    licence: LicenceTerms = LicenceTerms()
    """Which acts a dispute over an asset freezes."""
    dispute: DisputeTerms = DisputeTerms()
    """The steps that a dispute climbs, and who else has a say in what one side lays down."""
    calendar: CalendarTerms = CalendarTerms()
    law_default: LawCode | None = None
    affiliates: Affiliates = "THROUGH_PARTY"
    notice: NoticeTerms = NoticeTerms()
    """By what a party is on notice, and from which day that counts."""
