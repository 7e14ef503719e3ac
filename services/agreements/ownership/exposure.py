"""What of an asset is undisputed, and how much more is claimed than there is (R9); exact, like every share."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

Shares = Mapping[str, Fraction]
_NOTHING = Fraction(0)


def floor_of(positions: Sequence[Shares]) -> dict[str, Fraction]:
    """Return what every position leaves to each holder; whoever one of them gives nothing has no floor."""
    if not positions:
        return {}
    common = set(positions[0]).intersection(*positions[1:])
    return {holder: min(position[holder] for position in positions) for holder in sorted(common)}


def held_back(floor: Shares) -> Fraction:
    """Return the part of the asset that somebody disputes."""
    return 1 - sum(floor.values(), start=_NOTHING)


def claims_of(positions: Mapping[str, Shares], adopted: Shares) -> dict[str, Fraction]:
    """Return what each holder claims for itself: by its own position, or what it has where it filed none."""
    own = {party: position.get(party, _NOTHING) for party, position in positions.items()}
    return {**adopted, **own}


def overclaim_of(claims: Shares) -> Fraction:
    """Return by how much the claims together exceed the whole; nothing if they do not."""
    return max(_NOTHING, sum(claims.values(), start=_NOTHING) - 1)
