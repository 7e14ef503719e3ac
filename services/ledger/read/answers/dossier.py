"""Everything the ledger knows of one asset, in one answer: who holds it, and every entry that has made it so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from services.ledger.read.answers.ownership import ownership_of, timeline_of
from services.ledger.read.answers.reading import Reading
from services.ledger.read.answers.streams import Entries, entries_of, readable
from services.ledger.read.views import Dossier, Fact, Ownership, Subject
from shared.events.contribution import ContributionCorrected, ContributionRecorded
from shared.events.invention import (
    AssetFrozen,
    AssetLicensed,
    DeterminationProposed,
    InventionContributionCounted,
    InventionDisclosed,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.party import PartyRegistered
from shared.events.registry import Event
from shared.ids import UNALLOCATED, is_person
from shared.known import AsKnown
from shared.log.envelope import Envelope

_CONTRIBUTIONS: Final = "SELECT DISTINCT stream FROM entry WHERE invention = $1 AND position <= $2"


async def dossier_of(reading: Reading, asset: str, effective: date, known: AsKnown, *, party: str | None) -> Dossier:
    """Return all that is known of an asset, as known; raises AssetNotFound, KnownTimeNotOver."""
    owned = await ownership_of(reading, asset, effective, known, party=party)
    # What is entered meanwhile is not looked at: all of it is as known at one position.
    then = AsKnown(position=owned.position)
    timeline = await timeline_of(reading, asset, then, party=party)
    contributed = await reading.fetch(_CONTRIBUTIONS, asset, owned.position)
    its_own = await entries_of(reading, [f"invention:{asset}"], owned.position)
    streams = [*(row["stream"] for row in contributed), *_counted(its_own)]
    done = await entries_of(reading, streams, owned.position, all_there=True)
    own = [*its_own, *done]
    named = await entries_of(reading, _named(own), owned.position)
    holders = {holder for period in timeline.periods for holder in period.holders} | {*owned.holders}
    registered = await entries_of(reading, [f"party:{each}" for each in holders if _is_party(each)], owned.position)
    # All of it was looked at; of that each reads what it could read entry by entry.
    told = await readable(reading, [*own, *named, *registered], party=party)
    return _dossier(asset, owned, timeline.periods, told, registered)


def _counted(entries: Entries) -> list[str]:
    """Return the streams of the contributions that an invention names in its own entries: these have to be there."""
    named: list[str] = []
    for _, envelope in entries:
        match envelope.data:
            case InventionContributionCounted(contribution=contribution):
                named.append(contribution)
            case DeterminationProposed(inputs=inputs):
                named += [each.contribution for each in inputs.contributions]
    return [f"contribution:{each}" for each in named]


def _named(entries: Entries) -> list[str]:
    """Return the streams that an asset's own entries name: who contributed, and what has happened to it."""
    return [stream for _, envelope in entries for stream in _streams(envelope.data)]


def _streams(data: Event) -> tuple[str, ...]:
    match data:
        case InventionDisclosed():
            return (f"project:{data.project}",)
        case ContributionRecorded() | ContributionCorrected():
            return (f"participant:{data.project}.{data.contributor}",)
        case OwnershipTransferred() | TransferRescinded():
            return (f"transfer:{data.transfer}",)
        case AssetFrozen():
            return (f"dispute:{data.dispute}",)
        case AssetLicensed():
            return (f"licence:{data.licence}",)
    return ()


def _dossier(asset: str, owned: Ownership, periods: Sequence[Any], told: Entries, registered: Entries) -> Dossier:
    of = _by_subject(told)
    # What a party is called every other may read, wherever it is registered.
    names = {
        envelope.data.party: envelope.data.legal_name
        for _, envelope in registered
        if isinstance(envelope.data, PartyRegistered)
    }
    return Dossier(
        asset=asset,
        effective=owned.effective,
        known=owned.known,
        position=owned.position,
        final=owned.final,
        state=owned.state,
        holders=owned.holders,
        percent=owned.percent,
        names=names,
        because=owned.because,
        disputed_in=owned.disputed_in,
        periods=list(periods),
        invention=of.get("invention", []),
        project=of.get("project", []),
        contributions=of.get("contribution", []),
        participants=of.get("participant", []),
        transfers=of.get("transfer", []),
        disputes=of.get("dispute", []),
        licences=of.get("licence", []),
        entries=sorted({position for position, _ in told}),
        ledger=owned.ledger,
    )


def _by_subject(entries: Iterable[tuple[int, Envelope]]) -> Mapping[str, list[Subject]]:
    """Return what was recorded of each thing, by its kind."""
    facts: dict[str, list[Fact]] = {}
    for position, envelope in entries:
        facts.setdefault(envelope.stream, []).append(_fact(position, envelope))
    found: dict[str, list[Subject]] = {}
    for stream, told in facts.items():
        kind, _, name = stream.partition(":")
        found.setdefault(kind, []).append(Subject(name, told))
    return found


def _fact(position: int, envelope: Envelope) -> Fact:
    return Fact(
        position=position,
        event=type(envelope.data).__name__,
        recorded_at=envelope.time,
        effective_on=envelope.effective_on,
        by=envelope.actor_party,
        data=msgspec.to_builtins(envelope.data),
    )


def _is_party(holder: str) -> bool:
    return holder != UNALLOCATED and not is_person(holder)
