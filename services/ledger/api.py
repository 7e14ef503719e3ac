"""The ledger over HTTP, read-only. An auditor reads everything, a representative what is of its party's agreements."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Final

import msgspec
from litestar import MediaType, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.ledger.answers import EVERYTHING, Alarm, Answers, AssetAlarm, Known, LedgerEntry, Ownership, Timeline
from services.ledger.database import LedgerUnavailable
from services.ledger.errors import (
    AssetNotFound,
    CheckpointNotFound,
    EntryNotFound,
    ProofOfNothing,
    SizeNotReached,
    UnreadableKnownTime,
)
from shared.web.auth import Caller, requires
from shared.web.refusals import RoleMissing, refusals

# The default calendar of agreements: their days begin at midnight in Hong Kong, which has kept one offset since 1979.
LEGAL_ZONE: Final = timezone(timedelta(hours=8), "Asia/Hong_Kong")
LARGEST_PAGE: Final = 1_000
_LARGEST_POSITION: Final = 2**63 - 1
_READERS: Final = [requires("auditor", "representative")]

Effective = Annotated[
    date | None,
    QueryParameter(name="effective", required=False, description="The legal day asked about; today if left out."),
]
KnownAs = Annotated[
    str | None,
    QueryParameter(
        name="known",
        required=False,
        description="As known at the end of a day (2024-08-15), at an instant (2024-08-15T12:00:00Z) or at a position.",
    ),
]
After = Annotated[
    int, QueryParameter(name="after", required=False, ge=0, le=_LARGEST_POSITION, description="Above this position.")
]
Limit = Annotated[int, QueryParameter(name="limit", required=False, ge=1, le=LARGEST_PAGE)]
Position = Annotated[int, QueryParameter(name="position", ge=1, le=_LARGEST_POSITION)]
Size = Annotated[
    int | None,
    QueryParameter(name="size", required=False, ge=1, le=_LARGEST_POSITION, description="The newest if left out."),
]
From = Annotated[int, QueryParameter(name="from", ge=1, le=_LARGEST_POSITION)]
To = Annotated[
    int | None,
    QueryParameter(name="to", required=False, ge=1, le=_LARGEST_POSITION, description="The newest if left out."),
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
    new: int
    proof: list[str]


@get("/v1/checkpoint", media_type=MediaType.TEXT, responses=refusals(CheckpointNotFound, LedgerUnavailable))
async def read_checkpoint(answers: NamedDependency[Answers]) -> str:
    """Read what the ledger commits to: size and root of its tree, signed (C2SP tlog-checkpoint)."""
    return await answers.checkpoint()


@get("/v1/entries", guards=[requires("auditor")], responses=refusals(RoleMissing, LedgerUnavailable))
async def read_entries(answers: NamedDependency[Answers], after: After = 0, limit: Limit = 100) -> Entries:
    """Read the evidence itself, entry by entry; `body` is the exact text that was published and hashed."""
    size = await answers.size()
    return Entries(await answers.entries(after=after, limit=limit), size)


@get("/v1/entries/{position:int}", guards=_READERS, responses=refusals(RoleMissing, EntryNotFound, LedgerUnavailable))
async def read_entry(
    position: FromPath[int], caller: NamedDependency[Caller], answers: NamedDependency[Answers]
) -> LedgerEntry:
    """One entry."""
    if not 0 < position <= _LARGEST_POSITION:
        raise EntryNotFound(position=position)
    return await answers.entry(position, party=_eyes(caller))


@get(
    "/v1/proofs/inclusion",
    guards=_READERS,
    responses=refusals(RoleMissing, EntryNotFound, SizeNotReached, ProofOfNothing, LedgerUnavailable),
)
async def prove_inclusion(
    position: Position, caller: NamedDependency[Caller], answers: NamedDependency[Answers], size: Size = None
) -> InclusionProof:
    """Prove that an entry is in the ledger."""
    entry = await answers.entry(position, party=_eyes(caller))
    reached, proof = await answers.inclusion_proof(position, size)
    return InclusionProof(position, reached, entry.leaf_hash, _base64(proof))


@get(
    "/v1/proofs/consistency",
    guards=_READERS,
    responses=refusals(RoleMissing, SizeNotReached, ProofOfNothing, LedgerUnavailable),
)
async def prove_consistency(answers: NamedDependency[Answers], old: From, new: To = None) -> ConsistencyProof:
    """Prove that nothing of an earlier ledger was changed or taken away since."""
    reached, proof = await answers.consistency_proof(old, new)
    return ConsistencyProof(old, reached, _base64(proof))


@get(
    "/v1/assets/{asset:str}/ownership",
    guards=_READERS,
    responses=refusals(RoleMissing, AssetNotFound, UnreadableKnownTime, LedgerUnavailable),
)
async def read_ownership(  # noqa: PLR0913, PLR0917  # a route asks for what it needs by name
    asset: FromPath[str],
    caller: NamedDependency[Caller],
    answers: NamedDependency[Answers],
    now: NamedDependency[datetime],
    effective: Effective = None,
    known: KnownAs = None,
) -> Ownership:
    """Who held what of an asset on a legal day, as known at another time, and which events decided it."""
    day = effective or now.astimezone(LEGAL_ZONE).date()
    return await answers.ownership_of(asset, day, parse_known(known), party=_eyes(caller))


@get(
    "/v1/assets/{asset:str}/timeline",
    guards=_READERS,
    responses=refusals(RoleMissing, AssetNotFound, UnreadableKnownTime, LedgerUnavailable),
)
async def read_timeline(
    asset: FromPath[str],
    caller: NamedDependency[Caller],
    answers: NamedDependency[Answers],
    known: KnownAs = None,
) -> Timeline:
    """Who held what of an asset since its conception, as known now or at another time."""
    return await answers.timeline_of(asset, parse_known(known), party=_eyes(caller))


@get(
    "/v1/assets/{asset:str}/alarms",
    guards=_READERS,
    responses=refusals(RoleMissing, AssetNotFound, LedgerUnavailable),
)
async def read_asset_alarms(
    asset: FromPath[str], caller: NamedDependency[Caller], answers: NamedDependency[Answers]
) -> list[AssetAlarm]:
    """Read what people must look at: gaps and conflicts of title, claims beyond the whole, transfers out of reach."""
    return await answers.alarms_about(asset, party=_eyes(caller))


@get("/v1/alarms", guards=[requires("auditor", "operator")], responses=refusals(RoleMissing, LedgerUnavailable))
async def read_alarms(answers: NamedDependency[Answers]) -> list[Alarm]:
    """Read what stopped the ledger, now or ever: events that could not be read, or that contradict what is recorded."""
    return await answers.alarms()


ROUTES: Final = [
    read_alarms,
    read_asset_alarms,
    read_checkpoint,
    read_entries,
    read_entry,
    prove_inclusion,
    prove_consistency,
    read_ownership,
    read_timeline,
]


def parse_known(text: str | None) -> Known:
    """Read a day, an instant or a position; raises UnreadableKnownTime."""
    if text is None:
        return Known()
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST_POSITION:
        return Known(position=int(text))
    try:
        if "T" not in text:
            # What was known on a day is all that had been recorded when it ended.
            following = date.fromisoformat(text) + timedelta(days=1)
            end = datetime(following.year, following.month, following.day, tzinfo=LEGAL_ZONE)
            return Known(instant=end.astimezone(UTC) - timedelta(microseconds=1))
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UnreadableKnownTime(got=text[:80]) from error
    if instant.tzinfo is None:
        raise UnreadableKnownTime(expected="an instant with its offset", got=text[:80])
    return Known(instant=instant.astimezone(UTC))


def _eyes(caller: Caller) -> str | None:
    return EVERYTHING if "auditor" in caller.roles else caller.party


def _base64(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
