"""What lets a party read about an asset: rows say it fast, and are believed only as far as entries say the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.ledger.errors import LedgerDamaged
from services.ledger.read.periods import StoredCause, StoredHolding, period_of, proven_entry
from shared.events.concerned import joining
from shared.events.invention import InventionDisclosed


class StoredEntry(NamedTuple):
    """An entry that a row refers to: its position, its body and its hash in the tree, where they are there."""

    position: int
    body: bytes | None
    leaf: bytes | None


class StoredAccess(NamedTuple):
    """An asset and its agreement, the entries that say so, and a period in which the party holds a share of it.

    `joined` is the entry by which the party came into the agreement, None for one that is not in it.
    """

    asset: str
    agreement: str
    disclosed: StoredEntry
    joined: StoredEntry | None
    held: Sequence[StoredHolding]
    causes: Mapping[int, StoredCause]


def check_access(party: str, stored: StoredAccess) -> None:
    """Check that a party may read about an asset. Raises LedgerDamaged; returns nothing.

    1. The asset was disclosed in that agreement.
    2. The party joined it, or else it holds a share, in a period that is what its entries give.
    """
    # 1. Else whoever is in another agreement could be let in by one changed word.
    disclosed = proven_entry(*stored.disclosed)
    match disclosed.data:
        case InventionDisclosed(invention=stored.asset) if disclosed.agreement == stored.agreement:
            pass
        case _:
            raise LedgerDamaged(expected="the entry that discloses it", got="another", asset=stored.asset)
    # 2. Whoever is in the agreement is asked for no share.
    if stored.joined is not None:
        check_membership(party, stored.agreement, stored.joined)
    elif not stored.held or party not in period_of(stored.asset, stored.held, stored.causes).holders:
        raise LedgerDamaged(expected=f"a share of {party}", got="none", asset=stored.asset)


def check_membership(party: str, agreement: str, joined: StoredEntry) -> None:
    """Check that a party came into an agreement by an entry. Raises LedgerDamaged; returns nothing."""
    entry = proven_entry(*joined)
    if entry.agreement != agreement or party not in joining(entry.data):
        at = f"position {joined.position}"
        raise LedgerDamaged(expected=f"that {party} joins {agreement} at {at}", got="another event")
