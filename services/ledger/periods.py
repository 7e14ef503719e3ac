"""From stored holdings to what is told of them: nothing is told that does not add up or contradicts its entries."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from services.ledger.errors import LedgerDamaged, in_words
from services.ledger.history import percent
from services.ledger.merkle import leaf_hash
from shared.contracts.invention import DeterminationAdopted, InventionDisclosed
from shared.errors import DomainError
from shared.ids import UNALLOCATED
from shared.log.envelope import Envelope, MalformedEvent, decode
from shared.ratio import format_ratio, parse_shares

Row = Any
"""A row of the driver's: a holding, with body, leaf and reasons of the entry that decided it."""


class Cause(msgspec.Struct, frozen=True):
    """An event that decided who holds what, and the entry it is."""

    position: int
    event: str
    id: str
    stream: str
    recorded_at: datetime
    effective_on: date
    actor: str
    reasons: list[dict[str, str | list[str]]]


class Shares(msgspec.Struct, frozen=True):
    """Who holds what, exactly and in per cent, and the events that decided it."""

    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]


class StoredPeriod(NamedTuple):
    """Who holds what from a day up to but not including another."""

    start: date
    end: date | None
    shares: Shares


def periods_of(asset: str, rows: Sequence[Row]) -> list[StoredPeriod]:
    """Return an asset's periods of rows known at one position, in order of day. Raises LedgerDamaged.

    1. There is one, each begins on the day the one before ends, and the last does not end.
    2. The shares of each are positive and sum to exactly 1/1.
    3. The entry that decided each is the one in the tree, can be read, and says the same.
    """
    periods = [
        StoredPeriod(start, group[0]["effective_to"], _shares(asset, group))
        for start, group in _by_first_day(asset, rows)
    ]
    # 1. No day without holders.
    ends = [period.end for period in periods]
    if not periods or ends != [*(period.start for period in periods[1:]), None]:
        raise LedgerDamaged(expected="periods without a gap", got=in_words(ends), asset=asset)
    return periods


def read_entry(position: int, body: bytes | None, leaf: bytes | None) -> Envelope:
    """Return what an entry says; raises LedgerDamaged unless it is the one whose hash is in the tree."""
    if body is None or leaf_hash(body) != leaf:
        raise LedgerDamaged(expected="the entry whose hash is in the tree", got="another or none", position=position)
    try:
        return decode(body)
    except MalformedEvent as error:
        raise LedgerDamaged(expected="an event", got=str(error), position=position) from error


def _by_first_day(asset: str, rows: Sequence[Row]) -> list[tuple[date, list[Row]]]:
    periods = [(start, list(group)) for start, group in groupby(rows, lambda row: row["effective_from"])]
    for start, group in periods:
        if len({(row["effective_to"], row["caused_by"]) for row in group}) > 1:
            raise LedgerDamaged(expected="holders of one period", got=f"several from {start}", asset=asset)
    return periods


def _shares(asset: str, group: Sequence[Row]) -> Shares:
    holders = {row["holder"]: row["share"] for row in group}
    # 2. A whole, exactly.
    try:
        shares = parse_shares(holders)
    except DomainError as error:
        raise LedgerDamaged(expected="shares that sum to 1/1", got=in_words(holders), asset=asset) from error
    # 3. As decided.
    first = group[0]
    envelope = read_entry(first["caused_by"], first["body"], first["leaf"])
    decided = _decided(envelope, asset, first["effective_from"])
    if decided != holders:
        raise LedgerDamaged(expected=in_words(decided), got=in_words(holders), asset=asset)
    return Shares(holders, percent(shares), [_cause(first["caused_by"], envelope, _reasons(first, asset, shares))])


def _decided(envelope: Envelope, asset: str, start: date) -> dict[str, str]:
    """Return the holders that an entry gives an asset from a day on; nothing if it gives none."""
    data = envelope.data
    if isinstance(data, InventionDisclosed) and (data.invention, data.conceived_on) == (asset, start):
        return {UNALLOCATED: "1/1"}
    if isinstance(data, DeterminationAdopted) and (data.invention, data.effective_on) == (asset, start):
        return data.shares
    return {}


def _reasons(row: Row, asset: str, shares: dict[str, Fraction]) -> list[dict[str, str | list[str]]]:
    """Return the ledger's own reasons, which account for the shares as well; a disclosure has none."""
    if row["reasons"] is None and shares == {UNALLOCATED: 1}:
        return []
    try:
        reasons = msgspec.json.decode(row["reasons"] or "[]", type=list[dict[str, str | list[str]]])
        accounted: dict[str, Fraction] = {}
        for reason in reasons:
            holder = str(reason["holder"])
            accounted[holder] = accounted.get(holder, Fraction(0)) + Fraction(str(reason["share"]))
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise LedgerDamaged(expected="reasons", got="what cannot be read", asset=asset) from error
    if accounted != shares:
        got = {holder: format_ratio(share) for holder, share in accounted.items()}
        raise LedgerDamaged(expected="reasons for the shares", got=in_words(got), asset=asset)
    return reasons


def _cause(position: int, envelope: Envelope, reasons: list[dict[str, str | list[str]]]) -> Cause:
    return Cause(
        position=position,
        event=type(envelope.data).__name__,
        id=envelope.id,
        stream=envelope.stream,
        recorded_at=envelope.time,
        effective_on=envelope.effective_on,
        actor=envelope.actor,
        reasons=reasons,
    )
