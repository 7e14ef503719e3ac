"""What an event touches, said once, by its type: the asset it decides about, the dispute, the parties who join.

A row that is missing below is an event that is entered and touches nothing here.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from services.ledger.rules.facts.notices import NOTICES
from services.ledger.rules.facts.standing import AFFILIATIONS
from shared.events.affiliation import AffiliationDeclared
from shared.events.agreement import AgreementDrafted, PartyAcceded, PartyWithdrew
from shared.events.concerned import joining
from shared.events.contribution import ContributionAttestationDeemed, ContributionCorrected, ContributionRecorded
from shared.events.dispute import (
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolved,
)
from shared.events.invention import (
    AssetFrozen,
    AssetUnfrozen,
    DeterminationAdopted,
    DeterminationAttestationDeemed,
    DeterminationAttested,
    DeterminationProposed,
    InventionDisclosed,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.registry import Event
from shared.events.retirement import InventionRetired


class Touched(NamedTuple):
    """What one event touches.

    `asset` is the one whose holdings it changes or ends, whose shares it attests, whose dispute it resolves, or about
    which it may raise an alarm; `contributed_to` the invention on whose ownership it bears through its contribution;
    `disputed` the asset that begins or ceases to be disputed; `departed` says who leaves its agreement, and on which
    day, or without a day who is in it again. `streams` are those in which more is said that bears on the same
    invention.
    """

    asset: str | None = None
    contributed_to: str | None = None
    disclosed: str | None = None
    disputed: str | None = None
    joined: tuple[str, ...] = ()
    departed: tuple[tuple[str, date | None], ...] = ()
    streams: tuple[str, ...] = ()


NOTHING: Final = Touched()


def touched_by(data: Event) -> Touched:
    """Return what an event touches."""
    # Asked of every event that is entered: one look-up by type costs next to nothing, asking type by type as much as
    # decoding it.
    touches = _TOUCHES.get(type(data))
    return NOTHING if touches is None else touches(data)


def streams_about(touched: Iterable[Touched]) -> set[str]:
    """Return the streams besides its own that bear on an invention, from what its own and its contributions touch."""
    return {AFFILIATIONS, *(stream for each in touched for stream in each.streams)}


def _disclosed(data: InventionDisclosed) -> Touched:
    streams = (f"agreement:{data.agreement}", f"project:{data.project}")
    return Touched(asset=data.invention, disclosed=data.invention, streams=streams)


def _contributed(data: ContributionRecorded | ContributionCorrected) -> Touched:
    # What the person says of it stands beside it.
    about = (f"contribution:{data.contribution}", f"voice:{data.contribution}")
    streams = (*about, f"participant:{data.project}.{data.contributor}")
    return Touched(contributed_to=data.invention, streams=streams)


def _posted(data: OwnershipTransferred) -> Touched:
    notice = data.conveyance.notice if data.conveyance else None
    noticed = () if notice is None else (f"{NOTICES}{notice}",)
    return Touched(asset=data.invention, streams=(f"transfer:{data.transfer}", f"party:{data.to}", *noticed))


def _noticed(
    data: ContributionAttestationDeemed
    | DeterminationAttestationDeemed
    | DisputeResolutionUnopposed
    | InventionRetired,
) -> tuple[str, ...]:
    return () if data.notice is None else (f"{NOTICES}{data.notice}",)


def _declared(data: AffiliationDeclared) -> Touched:
    return NOTHING if data.declaration is None else Touched(streams=(f"declaration:{data.declaration}",))


_TOUCHES: Final[Mapping[type[Event], Callable[[Any], Touched]]] = {
    AffiliationDeclared: _declared,
    AgreementDrafted: lambda data: Touched(joined=joining(data)),
    PartyAcceded: lambda data: Touched(joined=joining(data), departed=((data.party, None),)),
    PartyWithdrew: lambda data: Touched(departed=((data.party, data.effective_on),)),
    InventionDisclosed: _disclosed,
    ContributionRecorded: _contributed,
    ContributionCorrected: _contributed,
    DeterminationProposed: lambda data: Touched(asset=data.invention),
    DeterminationAdopted: lambda data: Touched(asset=data.invention),
    DeterminationAttested: lambda data: Touched(asset=data.invention),
    DeterminationAttestationDeemed: lambda data: Touched(asset=data.invention, streams=_noticed(data)),
    ContributionAttestationDeemed: lambda data: Touched(streams=_noticed(data)),
    OwnershipTransferred: _posted,
    TransferRescinded: lambda data: Touched(asset=data.invention, streams=(f"transfer:{data.transfer}",)),
    InventionRetired: lambda data: Touched(asset=data.invention, streams=_noticed(data)),
    DisputeOpened: lambda data: Touched(asset=data.asset),
    DisputePositionFiled: lambda data: Touched(asset=data.asset),
    DisputeResolutionProposed: lambda data: Touched(asset=data.asset),
    DisputeResolutionUnopposed: lambda data: Touched(streams=_noticed(data)),
    DisputeResolved: lambda data: Touched(asset=data.asset),
    AssetFrozen: lambda data: Touched(disputed=data.invention, streams=(f"dispute:{data.dispute}",)),
    AssetUnfrozen: lambda data: Touched(disputed=data.invention),
}
