"""What happens to an invention: disclosed, described by elements, and determined, which makes it owned."""

from datetime import date
from typing import Literal

import msgspec

from shared.contracts.participant import Instrument
from shared.contracts.terms import AffiliateAccrual, Method, TitleGap
from shared.contracts.values import Period
from shared.log.events import Event, event

InventionClass = Literal["FOREGROUND", "SIDEGROUND", "POSTGROUND"]
ElementBasis = Literal["CLAIM", "CONCEPT"]
AlarmName = Literal["TitleConflictDetected", "TitleGapDetected"]


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an invention, and what it weighs among the others; weights need not sum to one."""

    id: str
    weight: str
    basis: ElementBasis
    ref: str | None


class CountedContribution(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed inventive contribution as a determination took it in."""

    contribution: str
    version: int
    content_hash: str
    contributor: str
    element: str
    points: str


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose contributions count, and every instrument of theirs known to the project."""

    person: str
    instruments: tuple[Instrument, ...]
    appointment_split: dict[str, str] | None


class Affiliation(msgspec.Struct, frozen=True, kw_only=True):
    """A party under another's control for a period."""

    parent: str
    child: str
    period: Period


class DeterminationInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything shares are computed from: anyone who has this can recompute them, exactly.

    Elements, contributions and contributors are in ascending order of their ids, so equal inputs are equal bytes.
    """

    method: Method
    conceived_on: date
    terms_version: int
    terms_hash: str
    title_gap: TitleGap
    affiliate_accrual: AffiliateAccrual
    elements: tuple[Element, ...]
    contributions: tuple[CountedContribution, ...]
    contributors: tuple[Contributor, ...]
    affiliations: tuple[Affiliation, ...]


class ElementShare(msgspec.Struct, frozen=True, kw_only=True):
    """An element's part of the invention and how its contributors divide that part: two vectors that sum to 1/1."""

    element: str
    share: str
    contributors: dict[str, str]


class PersonShare(msgspec.Struct, frozen=True, kw_only=True):
    """A person's share of the invention, by which instruments it passed on, and to which holders."""

    person: str
    share: str
    instruments: tuple[str, ...]
    holders: dict[str, str]


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """Why the shares are what they are: elements, then people, then holders."""

    elements: tuple[ElementShare, ...]
    people: tuple[PersonShare, ...]
    percent: dict[str, str]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a contributor's title that people must look at."""

    alarm: AlarmName
    contributor: str
    instruments: tuple[str, ...]


@event("agreements.InventionDisclosed.v1", entity="invention")
class InventionDisclosed(Event, frozen=True, kw_only=True):
    """An invention became known to the project; a confidential title is given by its hash alone."""

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
class DeterminationProposed(Event, frozen=True, kw_only=True):
    """A party proposed shares, which is its own attestation; an earlier open proposal is void.

    `inputs_hash` is taken over the canonical JSON of `inputs`, `det_hash` over that of `DeterminationContent`.
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
class DeterminationAdopted(Event, frozen=True, kw_only=True):
    """The shares are those of the invention, from the day it was conceived."""

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
    basis: Literal["CONTRIBUTION", "AGREED", "DECISION", "COURT"]
