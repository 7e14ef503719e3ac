"""A contribution as its agreement's parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.contributions.model import CONTRIBUTION, Contribution, ContributionStatus
from services.agreements.notices.model import Silence
from services.agreements.things import Can, Found, Thing
from shared.events.contribution import ContributionContent
from shared.events.terms import NoticeMethod


class ContributionView(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    content: ContributionContent
    content_hash: str
    recorded_by_party: str
    recorded_by: str
    attesting_parties: tuple[str, ...]
    attested_by: dict[str, str]
    deemed_on: date | None
    deemed_after: int | None
    notice_method: NoticeMethod
    silence: Silence | None
    """Until when silence about it attests nothing yet, by the notice that there is; null where it never does."""
    deemed: tuple[str, ...]
    contested_by: dict[str, str]
    """The reason of each party that contests it, by party."""
    status: ContributionStatus
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Contribution, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "project": (state.content.project,),
        "invention": (state.content.invention,) if state.content.invention is not None else (),
        "party": {state.recorded_by_party, *state.attesting_parties},
    }


CONTRIBUTIONS = Thing(CONTRIBUTION, ContributionView, "/v1/contributions/{content[contribution]}", _found_by)
