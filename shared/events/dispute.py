"""What happens to a dispute about an asset, from the claim that opens it to its end.

What it forbids meanwhile is told on the asset's own stream: `AssetFrozen`, `AssetUnfrozen`.
"""

from datetime import date
from typing import Final, Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import LadderStep, NoticeMethod, Rung

DisputeKind = Literal["AUTHORSHIP", "SHARE", "HOLDER"]
DisputeBasis = Literal["SETTLEMENT", "EXPERT", "MEDIATION", "ARBITRATION", "COURT"]
# Outcomes that somebody else decided: one side may lay such a document down. The others are everybody's own word.
DECIDED: Final[frozenset[DisputeBasis]] = frozenset({"EXPERT", "ARBITRATION", "COURT"})


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an outcome came to bind: who laid it down, and who else confirmed it, the registrar if it was one of them.

    `unopposed_by` were asked as well, had notice, and did not object for as long as they might.
    """

    basis: DisputeBasis
    laid_down_by: str
    confirmed_by: tuple[str, ...]
    registrar: str | None = None
    unopposed_by: tuple[str, ...] = ()


@event("agreements.DisputeOpened.v1", entity="dispute")
class DisputeOpened(Event, frozen=True, kw_only=True):
    """A party claims other shares; the adopted shares, if any, count as a position too.

    `position` is a full share vector. The ladder is that of the terms on the day; its first step runs to `due_on`,
    None if it has no clock.
    """

    agreement: str
    project: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    kind: DisputeKind
    opened_by: str
    person: str
    position: dict[str, str]
    adopted: dict[str, str] | None
    element: str | None
    summary_hash: str
    opened_on: date
    ladder: tuple[Rung, ...]
    step: LadderStep
    due_on: date | None


@event("agreements.DisputePositionFiled.v1", entity="dispute")
class DisputePositionFiled(Event, frozen=True, kw_only=True):
    """A party said which shares are right in its view; it replaces the party's earlier position."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    person: str
    position: dict[str, str]


@event("agreements.DisputeEvidenceFiled.v1", entity="dispute")
class DisputeEvidenceFiled(Event, frozen=True, kw_only=True):
    """A party put a document in evidence; the document stays outside the log."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    person: str
    hash: str


@event("agreements.DisputeEscalated.v1", entity="dispute")
class DisputeEscalated(Event, frozen=True, kw_only=True):
    """The dispute went on to another step of the ladder (`rung` counts from 0): its clock ran out.

    Or else an outcome that one side had laid down was objected to, which ends that. Evidence for the step before is
    taken no more.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    step: LadderStep
    rung: int
    started_on: date
    due_on: date | None


@event("agreements.DisputeResolutionProposed.v1", entity="dispute")
class DisputeResolutionProposed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party laid down an outcome, which is its own assent; `resolution_hash` binds outcome, basis and document.

    It binds once all of `awaited` have confirmed it, or, of what was decided elsewhere, the `registrar` has. Of such an
    outcome the ladder's clock stands still since `laid_down_on`, and whoever would hold less by it has `objection_days`
    from proof of notice of this: where `notice_method` says how that is proven, it binds as well once these days are
    over for all who are still asked, and none of them has objected. By `EMAIL` that is a letter which a party's mail
    server took, or that the party took note, whichever is proven first; by `ACKNOWLEDGED` only the latter. Without it
    silence binds nobody, as it did not when this was laid down. Before `claims_until` whoever is given less than it
    claims in the dispute is awaited as well; without that day it was laid down before anybody was asked for its claim
    alone. Without `awaited` it was laid down before that was so: all parties had to confirm what they settle, one other
    what an expert or arbitrators decided, and nobody what a court did.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    resolution_hash: str
    party: str
    person: str
    awaited: tuple[str, ...] | None = None
    registrar: str | None = None
    objection_days: int | None = None
    laid_down_on: date | None = None
    claims_until: date | None = None
    notice_method: NoticeMethod | None = None


@event("agreements.DisputeResolutionConfirmed.v1", entity="dispute")
class DisputeResolutionConfirmed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party, or the registrar, confirmed exactly the outcome with this hash.

    `awaited` are all whose confirmation it takes, as holdings were by then; without it, as they were laid down.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    party: str
    person: str
    awaited: tuple[str, ...] | None = None


@event("agreements.DisputeResolutionObjected.v1", entity="dispute")
class DisputeResolutionObjected(Event, frozen=True, kw_only=True):
    """Somebody whom an outcome that one side laid down waits for objected to it: no silence binds any more.

    Unless the ladder is at its last step, the dispute goes on at the next, and the outcome is none any more.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    party: str
    person: str
    reason: str


@event("agreements.DisputeResolutionDeclined.v1", entity="dispute")
class DisputeResolutionDeclined(Event, frozen=True, kw_only=True):
    """The registrar found that there is no such document, or that it does not say this: the outcome is none any more.

    The step that the dispute is at goes on and now runs to `due_on`, None if it has no clock.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    party: str
    person: str
    reason: str
    due_on: date | None


@event("agreements.DisputeResolutionWithdrawn.v1", entity="dispute")
class DisputeResolutionWithdrawn(Event, frozen=True, kw_only=True):
    """Whoever laid an outcome down took it back before it bound anybody; `due_on` as where one is declined."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    party: str
    person: str
    due_on: date | None


@event("agreements.DisputeResolutionUnopposed.v1", entity="dispute")
class DisputeResolutionUnopposed(Event, frozen=True, kw_only=True):
    """Whoever was still asked did not object to what one side had laid down: by that it binds.

    Each of `unopposed_by` had notice of the event `notice` for as many days as that says; on `opposable_until` the
    last of them could still object.
    """

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    resolution_hash: str
    unopposed_by: tuple[str, ...]
    notice: str
    opposable_until: date


@event("agreements.DisputeResolved.v1", entity="dispute")
class DisputeResolved(Event, frozen=True, kw_only=True):
    """The outcome stands; the asset's stream tells by `DeterminationAdopted` that it is the asset's shares."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    outcome: dict[str, str]
    basis: DisputeBasis
    document_hash: str
    determination: str


@event("agreements.DisputeWithdrawn.v1", entity="dispute")
class DisputeWithdrawn(Event, frozen=True, kw_only=True):
    """The party that opened the dispute gave it up; the shares stay what they were."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    party: str
    reason: str


@event("agreements.DisputeLapsed.v1", entity="dispute")
class DisputeLapsed(Event, frozen=True, kw_only=True):
    """The ladder ended without an outcome; the shares stay what they were."""

    agreement: str
    parties: tuple[str, ...]
    dispute: str
    asset: str
    lapsed_on: date
