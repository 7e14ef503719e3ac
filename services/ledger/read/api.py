"""The ledger over HTTP, read-only. An auditor reads everything, a representative what concerns its party."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from services.ledger.errors import (
    AssetNotFound,
    CheckpointNotFound,
    EntryNotFound,
    LedgerDamaged,
    LedgerUnavailable,
    ProofOfNothing,
    SizeNotReached,
)
from services.ledger.read.answers.alarms import alarm_feed, alarms_about, ledger_alarms
from services.ledger.read.answers.dossier import dossier_of
from services.ledger.read.answers.entries import entries_after, entry_at
from services.ledger.read.answers.ownership import Asked, assets_after, ownership_of, timeline_of
from services.ledger.read.answers.proofs import consistency_proof, inclusion_proof, newest_checkpoint
from services.ledger.read.answers.reading import EVERYTHING, Reading
from services.ledger.read.views import Alarm, AlarmFeed, Asset, AssetAlarm, Dossier, LedgerEntry, Ownership, Timeline
from shared.calendar import legal_day
from shared.forms import form
from shared.ids import HOLDER_FORM, ID_FORM, ID_PATTERN, is_id
from shared.known import KNOWN_PATTERN, AsKnown, KnownTimeNotOver, KnownTimeUnreadable, parse_known
from shared.positions import LAST_POSITION
from shared.web.answers import represented
from shared.web.auth import Caller, requires
from shared.web.etag import IfNoneMatchHeader, content_etag
from shared.web.pages import Page, PageRequest, name_before
from shared.web.refusals import CursorMalformed, RoleMissing, RouteUnknown, refusals

LARGEST_PAGE: Final = 1_000
_READERS: Final = [requires("auditor", "representative", "partner")]
_ABOUT_ASSETS: Final = refusals(
    RoleMissing,
    AssetNotFound,
    KnownTimeUnreadable,
    KnownTimeNotOver,
    LedgerDamaged,
    LedgerUnavailable,
)

# What is no name of an asset names none: that is a 404, as of one that is not there.
AssetName = Annotated[str, PathParameter(schema_extra={"pattern": ID_PATTERN})]
Effective = Annotated[
    date | None,
    QueryParameter(
        name="effective", required=False, description="The legal day asked about; today in Hong Kong if left out."
    ),
]
KnownAs = Annotated[
    str | None,
    QueryParameter(
        name="known",
        required=False,
        description=(
            "As known at the end of a day in Hong Kong (2024-08-15, that is before 2024-08-15T16:00:00Z), at an instant"
            " with its offset (2024-08-15T12:00:00Z) or at a position (42); all that is known if left out. Days and"
            " instants must be over, positions reached. The answer says which position was used, and whether it is"
            " final."
        ),
        schema_extra={"pattern": KNOWN_PATTERN},
    ),
]
_Agreement = Annotated[str, form(ID_FORM, "an id: 1 to 64 letters, digits and hyphens", "MOU-1")]
OfAgreement = Annotated[
    _Agreement | None,
    QueryParameter(
        name="agreement",
        required=False,
        description="The agreement that it came from; left out, all that you may read about.",
    ),
]
_Holder = Annotated[str, form(HOLDER_FORM, "the id of a party, or person: and that of a person", "HUT")]
OfHolder = Annotated[
    _Holder | None,
    QueryParameter(
        name="holder",
        required=False,
        description="Who holds a share of it, today or from a later day on, as known now.",
    ),
]
After = Annotated[
    int, QueryParameter(name="after", required=False, ge=0, le=LAST_POSITION, description="Above this position.")
]
Limit = Annotated[int, QueryParameter(name="limit", required=False, ge=1, le=LARGEST_PAGE)]
Position = Annotated[int, QueryParameter(name="position", ge=1, le=LAST_POSITION)]
Size = Annotated[
    int | None,
    QueryParameter(name="size", required=False, ge=1, le=LAST_POSITION, description="The newest if left out."),
]
From = Annotated[int, QueryParameter(name="from", ge=1, le=LAST_POSITION)]
To = Annotated[
    int | None,
    QueryParameter(name="to", required=False, ge=1, le=LAST_POSITION, description="The newest if left out."),
]


class Entries(msgspec.Struct, frozen=True):
    """Entries above the position asked for, in order and without a gap; `size` is the ledger's."""

    entries: list[LedgerEntry]
    size: int


class InclusionProof(msgspec.Struct, frozen=True):
    """That the entry at `position` (leaf index `position - 1`) is in the tree of `size`: RFC 9162, 2.1.3."""

    position: int
    size: int
    leaf_hash: str
    proof: list[str]


class ConsistencyProof(msgspec.Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """That the tree of size `from` is a prefix of that of size `to`: RFC 9162, 2.1.4."""

    old: int
    """The size of the smaller tree."""
    new: int
    """The size of the larger tree."""
    proof: list[str]


@get(
    "/v1/checkpoint",
    media_type=MediaType.TEXT,
    responses=refusals(CheckpointNotFound, LedgerUnavailable).or_not_modified(),
)
async def read_checkpoint(reading: NamedDependency[Reading], if_none_match: IfNoneMatchHeader = None) -> Response[str]:
    """Read what the ledger commits to: size and root of its tree, signed (C2SP tlog-checkpoint)."""
    note = (await newest_checkpoint(reading)).encode()
    return represented(note, content_etag(note), if_none_match, media_type=MediaType.TEXT)


@get("/v1/entries", guards=[requires("auditor")], responses=refusals(RoleMissing, LedgerDamaged, LedgerUnavailable))
async def read_entries(reading: NamedDependency[Reading], after: After = 0, limit: Limit = 100) -> Entries:
    """Read the evidence itself, entry by entry; `body` is the exact text that was published and hashed."""
    return Entries(*await entries_after(reading, after, limit=limit))


@get(
    "/v1/entries/{position:int}",
    guards=_READERS,
    responses=refusals(RoleMissing, RouteUnknown, EntryNotFound, LedgerDamaged, LedgerUnavailable).or_not_modified(),
)
async def read_entry(
    position: FromPath[int],
    caller: NamedDependency[Caller],
    reading: NamedDependency[Reading],
    if_none_match: IfNoneMatchHeader = None,
) -> Response[LedgerEntry]:
    """Read one entry."""
    entry = msgspec.json.encode(await entry_at(reading, position, party=_eyes(caller)))
    return represented(entry, content_etag(entry), if_none_match)


@get(
    "/v1/proofs/inclusion",
    guards=_READERS,
    responses=refusals(RoleMissing, EntryNotFound, SizeNotReached, ProofOfNothing, LedgerDamaged, LedgerUnavailable),
)
async def prove_inclusion(
    position: Position, caller: NamedDependency[Caller], reading: NamedDependency[Reading], size: Size = None
) -> InclusionProof:
    """Prove that an entry is in the ledger."""
    entry = await entry_at(reading, position, party=_eyes(caller))
    reached, proof = await inclusion_proof(reading, position, size)
    return InclusionProof(position, reached, entry.leaf_hash, _base64(proof))


@get(
    "/v1/proofs/consistency",
    guards=_READERS,
    responses=refusals(RoleMissing, SizeNotReached, ProofOfNothing, LedgerDamaged, LedgerUnavailable),
)
async def prove_consistency(reading: NamedDependency[Reading], old: From, new: To = None) -> ConsistencyProof:
    """Prove that nothing of an earlier ledger was changed or taken away since."""
    reached, proof = await consistency_proof(reading, old, new)
    return ConsistencyProof(old, reached, _base64(proof))


@get("/v1/assets", guards=_READERS, responses=refusals(RoleMissing, CursorMalformed, LedgerDamaged, LedgerUnavailable))
async def list_assets(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    page: NamedDependency[PageRequest],
    caller: NamedDependency[Caller],
    reading: NamedDependency[Reading],
    now: NamedDependency[datetime],
    agreement: OfAgreement = None,
    holder: OfHolder = None,
) -> Response[Page[Asset]]:
    """List the assets that you may read about, by name."""
    after = name_before(page)
    asked = Asked(agreement, holder, legal_day(now))
    listed = await assets_after(reading, after, asked, limit=page.limit + 1, party=_eyes(caller))
    return page.answer(listed, lambda asset: (asset.asset,))


@get("/v1/assets/{asset:str}/ownership", guards=_READERS, responses=_ABOUT_ASSETS)
async def read_ownership(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    asset: AssetName,
    caller: NamedDependency[Caller],
    reading: NamedDependency[Reading],
    now: NamedDependency[datetime],
    effective: Effective = None,
    known: KnownAs = None,
) -> Ownership:
    """Who held what of an asset on a legal day, as known at another time, and which events decided it."""
    return await ownership_of(
        reading, _named(asset), effective or legal_day(now), _over(known, now), party=_eyes(caller)
    )


@get("/v1/assets/{asset:str}/timeline", guards=_READERS, responses=_ABOUT_ASSETS)
async def read_timeline(
    asset: AssetName,
    caller: NamedDependency[Caller],
    reading: NamedDependency[Reading],
    now: NamedDependency[datetime],
    known: KnownAs = None,
) -> Timeline:
    """Who held what of an asset since its conception, as known now or at another time."""
    return await timeline_of(reading, _named(asset), _over(known, now), party=_eyes(caller))


@get("/v1/assets/{asset:str}/dossier", guards=_READERS, responses=_ABOUT_ASSETS)
async def read_dossier(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    asset: AssetName,
    caller: NamedDependency[Caller],
    reading: NamedDependency[Reading],
    now: NamedDependency[datetime],
    effective: Effective = None,
    known: KnownAs = None,
) -> Dossier:
    """Everything that is known of an asset: who holds it and why, down to the contributions, with the entries."""
    return await dossier_of(reading, _named(asset), effective or legal_day(now), _over(known, now), party=_eyes(caller))


@get(
    "/v1/assets/{asset:str}/alarms",
    guards=_READERS,
    responses=refusals(RoleMissing, AssetNotFound, LedgerDamaged, LedgerUnavailable),
)
async def read_asset_alarms(
    asset: AssetName, caller: NamedDependency[Caller], reading: NamedDependency[Reading]
) -> list[AssetAlarm]:
    """Read what people must look at: gaps and conflicts of title, claims beyond the whole, transfers out of reach."""
    return await alarms_about(reading, _named(asset), party=_eyes(caller))


@get("/v1/alarms", guards=[requires("auditor", "operator")], responses=refusals(RoleMissing, LedgerUnavailable))
async def read_alarms(reading: NamedDependency[Reading]) -> list[Alarm]:
    """Read what stopped the ledger, now or ever: events that could not be read, or that contradict what is recorded."""
    return await ledger_alarms(reading)


@get("/v1/alarms/feed", guards=[requires("service")], responses=refusals(RoleMissing, LedgerDamaged, LedgerUnavailable))
async def follow_alarms(reading: NamedDependency[Reading], after: After = 0, limit: Limit = LARGEST_PAGE) -> AlarmFeed:
    """Read that alarms were raised, of either kind, for whoever sees to it that people hear of them."""
    return await alarm_feed(reading, after=after, limit=limit)


ROUTES: Final = [
    Router("/", route_handlers=[list_assets, read_ownership, read_timeline, read_dossier], tags=["ownership"]),
    Router("/", route_handlers=[read_asset_alarms, read_alarms, follow_alarms], tags=["alarms"]),
    Router(
        "/",
        route_handlers=[read_checkpoint, read_entries, read_entry, prove_inclusion, prove_consistency],
        tags=["entries"],
    ),
]


def _named(asset: str) -> str:
    """Return the name of an asset; the database is not asked about what no text of its could be."""
    if not is_id(asset):
        raise AssetNotFound(asset=asset)
    return asset


def _over(text: str | None, now: datetime) -> AsKnown:
    known = parse_known(text)
    known.check_over(now)
    return known


def _eyes(caller: Caller) -> str | None:
    return EVERYTHING if "auditor" in caller.roles else caller.party


def _base64(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
