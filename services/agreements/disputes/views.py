"""A dispute as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.disputes.model import (
    DISPUTE,
    Dispute,
    DisputeStatus,
    FiledEvidence,
    Resolution,
    SetAside,
    Waiting,
)
from services.agreements.notices.model import Silence
from services.agreements.things import Can, Found, Thing
from shared.events.dispute import DisputeKind
from shared.events.terms import LadderStep, Rung


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    dispute: str
    agreement: str
    project: str
    parties: tuple[str, ...]
    asset: str
    kind: DisputeKind
    """What is disputed: who contributed (`AUTHORSHIP`), how large the shares are (`SHARE`) or who holds one
    (`HOLDER`).
    """
    opened_by: str
    opened_on: date
    element: str | None
    summary_hash: str
    positions: dict[str, dict[str, str]]
    """The newest position of each side: the share of each holder, by party."""
    adopted: dict[str, str] | None
    """The shares that were adopted when the dispute was opened; null where there were none."""
    evidence: tuple[FiledEvidence, ...]
    ladder: tuple[Rung, ...]
    step: LadderStep
    due_on: date | None
    """The last day of the step at which the dispute is: on the next it goes up the ladder. Null while no clock runs.
    """
    resolution: Resolution | None
    waiting_for: tuple[Waiting, ...]
    silence: Silence | None
    """Until when one may object to the outcome that one side laid down, by the notice that there is; null where silence
    binds nobody.
    """
    set_aside: SetAside | None
    status: DisputeStatus
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Dispute, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "project": (state.project,),
        "asset": (state.asset,),
        "party": state.taking_part | {each.party for each in state.waiting_for},
    }


DISPUTES = Thing(DISPUTE, DisputeView, "/v1/disputes/{dispute}", _found_by)


class ExposureView(msgspec.Struct, frozen=True, kw_only=True):
    """What every position leaves to each holder, what is held back, and by how much the claims exceed the whole."""

    dispute: str
    asset: str
    positions: tuple[dict[str, str], ...]
    floor: dict[str, str]
    held: str
    claims: dict[str, str]
    """What each holder claims at most."""
    overclaim: str
