"""What happens to a contribution: recorded by one party, attested by the others over one exact content."""

from datetime import date
from typing import Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import NoticeMethod

ContributionKind = Literal["INVENTIVE", "NON_INVENTIVE"]
CreditRole = Literal[
    "conceptualization",
    "data-curation",
    "formal-analysis",
    "funding-acquisition",
    "investigation",
    "methodology",
    "project-administration",
    "resources",
    "software",
    "supervision",
    "validation",
    "visualization",
    "writing-original-draft",
    "writing-review-editing",
]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A document that stays outside the log; its hash goes in."""

    hash: str
    media_type: str


class ContributionContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is attested: `content_hash` is the SHA-256 of the canonical JSON of exactly these fields.

    `invention` is None for a contribution to the project at large; `element` and `points` are None unless the
    contribution is INVENTIVE (an element may be named all the same, points may not).
    """

    contribution: str
    project: str
    invention: str | None
    """The id of the invention; null for a contribution to the project at large."""
    element: str | None
    contributor: str
    kind: ContributionKind
    credit_roles: tuple[CreditRole, ...]
    points: str | None
    conceived_on: date
    description_hash: str
    evidence: tuple[Evidence, ...]


# What came later is left out where the terms say nothing of it, so that what was recorded before stays as it is.
class _ContentInForce(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of ContributionContent, flat, and whose attestation they still need.

    The silence of those parties counts as their attestation: of each `deemed_after` days after it is on notice of this
    by `notice_method`. What was recorded before notice was proven says the day, `deemed_on`, instead; without either
    silence never counts.
    """

    agreement: str
    contribution: str
    project: str
    invention: str | None
    element: str | None
    contributor: str
    kind: ContributionKind
    credit_roles: tuple[CreditRole, ...]
    points: str | None
    conceived_on: date
    description_hash: str
    evidence: tuple[Evidence, ...]
    content_hash: str
    recorded_by_party: str
    recorded_by: str
    attesting_parties: tuple[str, ...]
    deemed_on: date | None = None
    deemed_after: int | None = None
    notice_method: NoticeMethod = "INBOX"


@event("agreements.ContributionRecorded.v1", entity="contribution")
class ContributionRecorded(_ContentInForce, frozen=True, kw_only=True, omit_defaults=True):
    """A party recorded what a person did, which is its own attestation; `attesting_parties` are asked for theirs."""


@event("agreements.ContributionCorrected.v1", entity="contribution")
class ContributionCorrected(_ContentInForce, frozen=True, kw_only=True, omit_defaults=True):
    """The recording party replaced the content with hash `supersedes`; every attestation of it is void."""

    supersedes: str


@event("agreements.ContributionAttested.v1", entity="contribution")
class ContributionAttested(Event, frozen=True, kw_only=True):
    """A party's representative confirmed exactly the content with this hash."""

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    party: str
    person: str
    content_hash: str


@event("agreements.ContributionAttestationDeemed.v1", entity="contribution")
class ContributionAttestationDeemed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party said nothing up to and on `deemed_on`, which by the terms is its attestation; nobody gave it.

    `notice` is the event of which it had notice so long before; null for what said the day itself.
    """

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    party: str
    content_hash: str
    deemed_on: date
    notice: str | None = None


@event("agreements.ContributionConfirmed.v1", entity="contribution")
class ContributionConfirmed(Event, frozen=True, kw_only=True):
    """Every party whose attestation was needed has given it, or by the terms is taken to have."""

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    content_hash: str


@event("agreements.ContributionWithdrawn.v1", entity="contribution")
class ContributionWithdrawn(Event, frozen=True, kw_only=True):
    """The recording party took it back; it counts for nothing any more."""

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    reason: str


@event("agreements.ContributionContested.v1", entity="contribution")
class ContributionContested(Event, frozen=True, kw_only=True):
    """A party denies the content with this hash; `proposed_points` is what it would attest instead.

    Its attestation is needed from then on, if it was not before; and nobody's silence attests this content any more.
    """

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    party: str
    person: str
    content_hash: str
    reason: str
    proposed_points: str | None


ContestGround = Literal["NOT_MINE", "INCOMPLETE", "WRONG_POINTS", "WRONG_DAY", "OTHER"]


@event("agreements.ContributorConfirmed.v1", entity="voice")
class ContributorConfirmed(Event, frozen=True, kw_only=True):
    """The person named in a contribution confirmed the content with this hash as what they did.

    `shown_hash` is taken over the canonical JSON of exactly what the person was shown. It is the person's own word and
    no party's attestation: it changes neither the contribution nor anybody's share.
    """

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    contributor: str
    content_hash: str
    shown_hash: str


@event("agreements.ContributorContested.v1", entity="voice")
class ContributorContested(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The person named in a contribution denied the content with this hash, on this ground.

    `proposed_points` and `proposed_conceived_on` are what they would confirm instead. Their own words stay outside the
    log, as they may name people: `statement_hash` is that of their UTF-8. Nothing is decided by it.
    """

    agreement: str
    contribution: str
    project: str
    invention: str | None
    parties: tuple[str, ...]
    contributor: str
    content_hash: str
    shown_hash: str
    ground: ContestGround
    proposed_points: str | None = None
    proposed_conceived_on: date | None = None
    statement_hash: str | None = None
