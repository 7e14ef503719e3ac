"""How every benchmark measures: A B A B …, medians, one JSON object with the ratio beside the goal."""

from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Literal, TypeAlias

import msgspec

Run: TypeAlias = Callable[[], Awaitable[float]]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark's figures: `ratio` is ours over the peer's, to be at least the goal, or at most for a cost."""

    name: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    goal: float
    unit: str
    better: Literal["higher", "lower"] = "higher"
    note: str | None = None

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal


class Peer(msgspec.Struct, frozen=True):
    """What ours is measured against, and the ratio to reach."""

    name: str
    run: Run
    goal: float


async def alternately(
    name: str,
    ours: Run,
    peer: Peer,
    *,
    unit: str,
    rounds: int = 5,
    better: Literal["higher", "lower"] = "higher",
    note: str | None = None,
) -> Result:
    """Run ours and the peer in turn and compare their medians."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        mine.append(await ours())
        theirs.append(await peer.run())
    return Result(
        name=name,
        ours=_rounded(mine),
        peer=_rounded(theirs),
        peer_name=peer.name,
        ratio=round(median(mine) / median(theirs), 3),
        goal=peer.goal,
        unit=unit,
        better=better,
        note=note,
    )


def _rounded(values: Sequence[float]) -> float:
    return float(f"{median(values):.4g}")
