"""What happens to an invention: disclosed, described by elements, and determined, which makes it owned."""

from datetime import date
from typing import Literal

import msgspec

from shared.events.dispute import Decision, DisputeKind
from shared.events.licence import LicenceKind, Scope
from shared.events.participant import Instrument
from shared.events.registry import Event, event
from shared.events.terms import Act, AffiliateAccrual, Method, NoticeMethod, TitleGap
from shared.events.transfer import Amount, Conveyance, TransferKind
from shared.events.values import Affiliation

InventionClass = Literal["FOREGROUND", "SIDEGROUND", "POSTGROUND"]
ElementBasis = Literal["CLAIM", "CONCEPT"]
DeterminationBasis = Literal["CONTRIBUTION", "AGREED", "DECISION", "COURT"]
Redetermination = Literal["AB_INITIO", "PROSPECTIVE"]
AlarmName = Literal["TitleConflictDetected", "TitleGapDetected"]


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an invention, and what it weighs among the others; weights need not sum to one."""

    id: str
    weight: str
    basis: ElementBasis
    ref: str | None
    """By what reference it is found, such as the number of a claim; null for none."""


class CountedContribution(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed inventive contribution as a determination took it in."""

    contribution: str
    version: int
    """The version of the contribution that was counted."""
    content_hash: str
    contributor: str
    element: str
    points: str


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose contributions count, and every instrument of theirs known to the project."""

    person: str
    instruments: tuple[Instrument, ...]
    appointment_split: dict[str, str] | None


class DeterminationInputs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything shares are computed from: anyone who has this can recompute them, exactly.

    Elements, contributions and contributors are in ascending order of their ids, so equal inputs are equal bytes.
    """

    method: Method
    """The method by which contributions become shares."""
    conceived_on: date
    terms_version: int
    terms_hash: str
    title_gap: TitleGap
    affiliate_accrual: AffiliateAccrual
    elements: tuple[Element, ...]
    contributions: tuple[CountedContribution, ...]
    contributors: tuple[Contributor, ...]
    affiliations: tuple[Affiliation, ...]
    # Who shares alike by the method EQUAL_PARTIES, and what was agreed by the method AGREED.
    parties: tuple[str, ...] = ()
    """The ids of the parties that share alike, for the method `EQUAL_PARTIES`."""
    agreed: dict[str, str] | None = None


class ElementShare(msgspec.Struct, frozen=True, kw_only=True):
    """An element's part of the invention and how its contributors divide that part: two vectors that sum to 1/1."""

    element: str
    share: str
    """The element's part of the invention."""
    contributors: dict[str, str]
    """Each person's part of the element, by pseudonym; they sum to `1/1`."""


class PersonShare(msgspec.Struct, frozen=True, kw_only=True):
    """A person's share of the invention, by which instruments it passed on, and to which holders."""

    person: str
    share: str
    """The person's share of the invention."""
    instruments: tuple[str, ...]
    """The ids of the instruments by which it passed on."""
    holders: dict[str, str]
    """What of it reached each holder."""


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """Why the shares are what they are: elements, then people, then holders."""

    elements: tuple[ElementShare, ...]
    people: tuple[PersonShare, ...]
    percent: dict[str, str]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a contributor's title that people must look at."""

    alarm: AlarmName
    contributor: str
    """The person it is about, under a pseudonym."""
    instruments: tuple[str, ...]
    """The ids of the instruments that it is about."""


@event("agreements.InventionDisclosed.v1", entity="invention")
class InventionDisclosed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An invention became known to the project; a confidential title is given by its hash alone.

    On `escalates_on` its parties are told, if its shares are still not determined.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    disclosed_by_party: str
    title: str | None
    title_hash: str | None
    conceived_on: date
    disclosed_on: date
    # `class` is what the field is called on the wire; Python keeps the word for itself.
    class_: InventionClass = msgspec.field(name="class")
    confidentiality: Literal["OPEN", "CONFIDENTIAL"]
    escalates_on: date | None = None


@event("agreements.InventionElementsDefined.v1", entity="invention")
class InventionElementsDefined(Event, frozen=True, kw_only=True):
    """The invention's elements were laid down anew; a proposal made on others is void."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    elements: tuple[Element, ...]


@event("agreements.InventionContributionCounted.v1", entity="invention")
class InventionContributionCounted(Event, frozen=True, kw_only=True):
    """A confirmed inventive contribution counts for the invention from now on; an open proposal is void."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    contribution: str
    element: str
    content_hash: str


@event("agreements.InventionContributionDropped.v1", entity="invention")
class InventionContributionDropped(Event, frozen=True, kw_only=True):
    """A contribution that counted was corrected or withdrawn and counts no more; an open proposal is void."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    contribution: str


@event("agreements.DeterminationProposed.v1", entity="invention")
class DeterminationProposed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party proposed shares, which is its own attestation; an earlier open proposal is void.

    `inputs_hash` is taken over the canonical JSON of `inputs`, `det_hash` over that of `DeterminationContent`. The
    silence of the attesting parties counts as their attestation: of each `deemed_after` days after it is on notice of
    this by `notice_method`. What was recorded before notice was proven says the day, `deemed_on`, instead; without
    either silence never counts.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    method: Method
    conceived_on: date
    inputs: DeterminationInputs
    inputs_hash: str
    shares: dict[str, str]
    derivation: Derivation
    alarms: tuple[Alarm, ...]
    det_hash: str
    proposed_by_party: str
    proposed_by: str
    attesting_parties: tuple[str, ...]
    # A re-determination: PROSPECTIVE shares hold from `effective_on`, all others from conception.
    mode: Redetermination = "AB_INITIO"
    effective_on: date | None = None
    deemed_on: date | None = None
    escalates_on: date | None = None
    deemed_after: int | None = None
    notice_method: NoticeMethod = "INBOX"


class DeterminationContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is attested of a determination: `det_hash` is the SHA-256 of the canonical JSON of exactly these fields."""

    invention: str
    determination: str
    version: int
    inputs_hash: str
    shares: dict[str, str]
    effective_on: date


@event("agreements.DeterminationAttested.v1", entity="invention")
class DeterminationAttested(Event, frozen=True, kw_only=True):
    """A party's representative confirmed exactly the determination with this hash."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    party: str
    person: str
    det_hash: str


@event("agreements.DeterminationAttestationDeemed.v1", entity="invention")
class DeterminationAttestationDeemed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party said nothing up to and on `deemed_on`, which by the terms is its attestation; nobody gave it.

    `notice` is the event of which it had notice so long before; null for what said the day itself.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    party: str
    det_hash: str
    deemed_on: date
    notice: str | None = None


@event("agreements.DeterminationEscalated.v1", entity="invention")
class DeterminationEscalated(Event, frozen=True, kw_only=True):
    """Shares were not determined by the day on which the terms have the parties told; nothing is decided by it.

    `determination` is the proposal that waits, if there is one, and `missing` who has not attested it.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    escalated_on: date
    determination: str | None
    missing: tuple[str, ...]


@event("agreements.DeterminationRejected.v1", entity="invention")
class DeterminationRejected(Event, frozen=True, kw_only=True):
    """A party refused the proposal, or its proposer took it back."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    party: str
    reason: str


@event("agreements.DeterminationAdopted.v1", entity="invention")
class DeterminationAdopted(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The shares are those of the invention, from the day it was conceived; or, PROSPECTIVE, from `effective_on`.

    Executed transfers are replayed on them in the order of their days, then of their recording. A PROSPECTIVE
    determination leaves the days before as they were: from its day on, holdings are what the replay of all transfers
    on the new shares gives. Of basis DECISION, COURT or AGREED by a dispute, `inputs_hash` is the decision's document,
    and `decision` says how it came to bind; what ended a dispute before that was recorded has none.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    method: Method
    inputs_hash: str
    det_hash: str
    shares: dict[str, str]
    conceived_on: date
    effective_on: date
    basis: DeterminationBasis
    mode: Redetermination = "AB_INITIO"
    dispute: str | None = None
    decision: Decision | None = None


@event("agreements.DeterminationSuperseded.v1", entity="invention")
class DeterminationSuperseded(Event, frozen=True, kw_only=True):
    """An adopted determination gave way to a newer one, in the same moment as that one's adoption."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    determination: str
    version: int
    by_determination: str
    by_version: int
    holders: tuple[str, ...]


@event("agreements.OwnershipTransferred.v1", entity="invention")
class OwnershipTransferred(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Posts a transfer to the invention's account: from `from` to `to`, from `effective_on` on.

    Recorded while the invention is UNALLOCATED it waits, and is replayed when shares are adopted. A fraction of the
    holding is taken of what `from` holds that day, after earlier transfers, anew with every re-determination; one of
    the whole stays. Several of one are replayed in order. `holders` had or have some; `conveyance` says by whose word.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    transfer: str
    kind: TransferKind
    source: str = msgspec.field(name="from")
    to: str
    amount: Amount
    effective_on: date
    holders: tuple[str, ...]
    conveyance: Conveyance | None = None


@event("agreements.TransferRescinded.v1", entity="invention")
class TransferRescinded(Event, frozen=True, kw_only=True):
    """Takes every posting of this transfer out of the account, from the transfer's own day on, as if never made."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    transfer: str
    effective_on: date
    ground: str
    holders: tuple[str, ...]


@event("agreements.AssetFrozen.v1", entity="invention")
class AssetFrozen(Event, frozen=True, kw_only=True):
    """A dispute forbids these acts until it ends; by the terms they may be none, but the invention is disputed."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    dispute: str
    kind: DisputeKind
    actions: tuple[Act, ...]


@event("agreements.AssetUnfrozen.v1", entity="invention")
class AssetUnfrozen(Event, frozen=True, kw_only=True):
    """The dispute ended, and with it everything it forbade."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    dispute: str
    kind: DisputeKind


@event("agreements.AssetLicensed.v1", entity="invention")
class AssetLicensed(Event, frozen=True, kw_only=True):
    """A licence that reaches this asset was granted; what it excludes is refused from then on."""

    agreement: str
    project: str
    parties: tuple[str, ...]
    invention: str
    licence: str
    kind: LicenceKind
    licensee: str
    scope: Scope
