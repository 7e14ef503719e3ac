"""From stored holdings to what is told of them: nothing is told that does not add up or contradicts its entries."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

from services.ledger.errors import LedgerDamaged, LedgerError, in_words
from services.ledger.rules.account import Account, Determination, transfer_of
from services.ledger.rules.history import percent
from services.ledger.rules.holdings import shares_on
from shared.errors import DomainError
from shared.events.decided import Decided, decided, is_derived
from shared.events.invention import DeterminationAdopted, InventionDisclosed, OwnershipTransferred
from shared.events.registry import Event
from shared.events.transfer import Conveyance
from shared.ids import UNALLOCATED
from shared.log.chain import leaf_hash
from shared.log.envelope import Envelope, MalformedEvent, decode
from shared.ratio import format_ratio, format_shares, parse_shares


class StoredHolding(NamedTuple):
    """What is stored of a holding that was known when it was asked about."""

    holder: str
    share: str
    effective_from: date
    effective_to: date | None
    caused_by: tuple[int, ...]


class StoredCause(NamedTuple):
    """What is stored of an entry that decided a holding: its body, its hash in the tree, and reasons."""

    body: bytes | None
    leaf: bytes | None
    reasons: str | None


# Of the entries that decided a period: a determination and some transfers.
_LIGHT_BYTES: Final = 16_384
_MISSING: Final = StoredCause(None, None, None)


class Cause(msgspec.Struct, frozen=True):
    """An event that decided who holds what, and the entry it is.

    Of adopted shares `derived` tells whether they follow from contributions, which `reasons` then account for; where
    they do not they are alike for all parties, were agreed, or `decided` in a dispute, by that document and word. Of a
    transfer `conveyed` tells by which instrument and proposal, and by whose consents; null where it was posted before
    that was said.
    """

    position: int
    event: str
    id: str
    """The id of the event."""
    stream: str
    recorded_at: datetime
    effective_on: date
    actor: str
    reasons: list[dict[str, str | list[str]]]
    derived: bool | None
    decided: Decided | None
    conveyed: Conveyance | None


class StoredPeriod(NamedTuple):
    """Who holds what from a day up to but not including another, exactly and in per cent, and what decided it."""

    start: date
    end: date | None
    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]


def periods_of(asset: str, holdings: Sequence[StoredHolding], stored: Mapping[int, StoredCause]) -> list[StoredPeriod]:
    """Return an asset's periods of all holdings known at one position, in order of day. Raises LedgerDamaged.

    1. There is one, each begins on the day the one before ends, and the last does not end.
    2. The shares of each are positive and sum to exactly 1/1.
    3. The entries that decided each are those in the tree, can be read, and give the same.
    """
    causes = _Causes(asset, stored)
    periods = [_period(asset, group, causes) for group in _by_first_day(asset, holdings)]
    # 1. No day without holders.
    ends = [period.end for period in periods]
    if not periods or ends != [*(period.start for period in periods[1:]), None]:
        raise LedgerDamaged(expected="periods without a gap", got=in_words(ends), asset=asset)
    return periods


def period_of(asset: str, holdings: Sequence[StoredHolding], stored: Mapping[int, StoredCause]) -> StoredPeriod:
    """Return the one period that these holdings are of. Raises LedgerDamaged as above, and if they are of several."""
    evidence = (asset, tuple(holdings), tuple(stored.items()))
    light = sum(len(cause.body or b"") for cause in stored.values()) <= _LIGHT_BYTES
    return _checked(*evidence) if light else _checked.__wrapped__(*evidence)


# What follows from the same evidence is the same: whoever asks about an asset again is spared the arithmetic. All of it
# is the key, byte for byte, so nothing that was changed can pass for what was checked. Heavy evidence is not kept.
@lru_cache(maxsize=512)
def _checked(
    asset: str, holdings: tuple[StoredHolding, ...], stored: tuple[tuple[int, StoredCause], ...]
) -> StoredPeriod:
    period, *others = [_period(asset, group, _Causes(asset, dict(stored))) for group in _by_first_day(asset, holdings)]
    if others:
        raise LedgerDamaged(expected="one period on one day", got=f"another from {others[0].start}", asset=asset)
    return period


def proven_entry(position: int, body: bytes | None, leaf: bytes | None) -> Envelope:
    """Return what an entry says; raises LedgerDamaged unless it is the one whose hash is in the tree."""
    if body is None or leaf_hash(body) != leaf:
        raise LedgerDamaged(expected="the entry whose hash is in the tree", got="another or none", position=position)
    try:
        return decode(body)
    except MalformedEvent as error:
        raise LedgerDamaged(expected="an event", got=str(error), position=position) from error


def _by_first_day(asset: str, holdings: Sequence[StoredHolding]) -> list[list[StoredHolding]]:
    periods = [list(group) for _, group in groupby(holdings, lambda each: each.effective_from)]
    for group in periods:
        if len({(each.effective_to, each.caused_by) for each in group}) > 1:
            got = f"several from {group[0].effective_from}"
            raise LedgerDamaged(expected="holders of one period", got=got, asset=asset)
    return periods


class _Causes:
    """The entries that decided the holdings of an asset, each read once, in however many periods it counts."""

    def __init__(self, asset: str, stored: Mapping[int, StoredCause]) -> None:
        self._asset = asset
        self._stored = stored
        self._entries: dict[int, Envelope] = {}
        self._told: dict[int, Cause] = {}

    def entry(self, position: int) -> Envelope:
        if position not in self._entries:
            stored = self._stored.get(position, _MISSING)
            self._entries[position] = proven_entry(position, stored.body, stored.leaf)
        return self._entries[position]

    def told(self, position: int) -> Cause:
        if position not in self._told:
            envelope = self.entry(position)
            reasons = _reasons(self._stored[position], self._asset, envelope.data)
            self._told[position] = _cause(position, envelope, reasons)
        return self._told[position]


def _period(asset: str, group: Sequence[StoredHolding], causes: _Causes) -> StoredPeriod:
    _, _, start, end, caused_by = group[0]
    holders = {each.holder: each.share for each in group}
    # 2. A whole, exactly.
    try:
        shares = parse_shares(holders)
    except DomainError as error:
        raise LedgerDamaged(expected="shares that sum to 1/1", got=in_words(holders), asset=asset) from error
    # 3. As decided.
    decided = _decided({position: causes.entry(position) for position in caused_by}, asset, start)
    if decided != shares:
        raise LedgerDamaged(expected=in_words(format_shares(decided)), got=in_words(holders), asset=asset)
    return StoredPeriod(start, end, holders, percent(shares), [causes.told(position) for position in sorted(caused_by)])


def _decided(entries: Mapping[int, Envelope], asset: str, start: date) -> Mapping[str, Fraction]:
    """Return who holds an asset from a day on by what entries say, the first and all that followed; nobody if none."""
    match [(position, envelope.data) for position, envelope in entries.items()]:
        case [(_, InventionDisclosed(invention=invention, conceived_on=conceived_on))]:
            return {UNALLOCATED: Fraction(1)} if (invention, conceived_on) == (asset, start) else {}
        case [(position, DeterminationAdopted(invention=invention) as adopted), *others]:
            transfers = {position: data for position, data in others if isinstance(data, OwnershipTransferred)}
            of_it = {invention, *(transfer.invention for transfer in transfers.values())} == {asset}
            days = [transfer.effective_on for transfer in transfers.values()]
            if not of_it or len(transfers) != len(others) or not _begins(adopted, days, start):
                return {}
            account = Account(min(start, *days, adopted.effective_on), position)
            account.determine(Determination(position, parse_shares(adopted.shares)))
            for posted, transfer in transfers.items():
                account.transfer(transfer_of(transfer, posted))
            return _on(account, start)
    return {}


def _begins(adopted: DeterminationAdopted, transferred_on: Sequence[date], start: date) -> bool:
    """Tell whether a period of these shares, as transferred on these days, can begin on this day."""
    if start == max(adopted.effective_on, *transferred_on, date.min):
        return True
    # The first to be adopted counts from conception even if it was to count from a later day.
    return adopted.mode == "PROSPECTIVE" and start < adopted.effective_on


def _on(account: Account, day: date) -> Mapping[str, Fraction]:
    try:
        return shares_on(account.timeline(), day)
    except LedgerError:
        return {}


def _reasons(cause: StoredCause, asset: str, data: Event) -> list[dict[str, str | list[str]]]:
    """Return the ledger's own reasons, which account for derived shares as well; what is not derived has none."""
    if cause.reasons is None and not isinstance(data, DeterminationAdopted):
        return []
    try:
        reasons = msgspec.json.decode(cause.reasons or "", type=list[dict[str, str | list[str]]])
        accounted: dict[str, Fraction] = {}
        for reason in reasons:
            holder = str(reason["holder"])
            accounted[holder] = accounted.get(holder, Fraction(0)) + Fraction(str(reason["share"]))
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise LedgerDamaged(expected="reasons", got="what cannot be read", asset=asset) from error
    if not isinstance(data, DeterminationAdopted) or not is_derived(data):
        return reasons
    if accounted != parse_shares(data.shares):
        got = {holder: format_ratio(share) for holder, share in accounted.items()}
        raise LedgerDamaged(expected="reasons for the shares", got=in_words(got), asset=asset)
    return reasons


def _cause(position: int, envelope: Envelope, reasons: list[dict[str, str | list[str]]]) -> Cause:
    adopted = envelope.data if isinstance(envelope.data, DeterminationAdopted) else None
    posted = envelope.data if isinstance(envelope.data, OwnershipTransferred) else None
    return Cause(
        position=position,
        event=type(envelope.data).__name__,
        id=envelope.id,
        stream=envelope.stream,
        recorded_at=envelope.time,
        effective_on=envelope.effective_on,
        actor=envelope.actor,
        reasons=reasons,
        derived=is_derived(adopted) if adopted else None,
        decided=decided(adopted) if adopted else None,
        conveyed=posted.conveyance if posted else None,
    )
