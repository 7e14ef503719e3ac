"""How every benchmark measures: A B A B …, medians, one JSON object with the ratio beside the goal."""

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
import psutil

T = TypeVar("T")
Run: TypeAlias = Callable[[], Awaitable[T]]
ROUNDS = 5


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


class Rate(NamedTuple):
    """How much was done: in a second by the clock, and for a second of processor time, whoever spent it."""

    per_second: float
    per_cpu_second: float


class Meter:
    """Counts what this process and others, with all that these have started, spend until it is asked."""

    def __init__(self, *others: int) -> None:
        self._others = others
        self._spent = self._spending()
        self._started = time.perf_counter()

    def rate(self, count: int) -> Rate:
        return Rate(count / (time.perf_counter() - self._started), count / (self._spending() - self._spent))

    def _spending(self) -> float:
        return time.process_time() + sum(map(_spent_by, self._others))


def _spent_by(pid: int) -> float:
    """Return the seconds of processor time that a process and its children have spent, those included that ended."""
    process = psutil.Process(pid)
    spent = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            spent += sum(each.cpu_times()[:4])  # user and system, of its own and of children that it saw end
        except psutil.NoSuchProcess:
            continue  # it ended just now; its parent knows
    return spent


async def in_turn(ours: Run[T], peer: Run[T], *, rounds: int = ROUNDS) -> tuple[list[T], list[T]]:
    """Run ours and the peer in turn, after once for nothing: connections and code paths have to be warm."""
    await ours()
    await peer()
    mine: list[T] = []
    theirs: list[T] = []
    for _ in range(rounds):
        mine.append(await ours())
        theirs.append(await peer())
    return mine, theirs


def compare(
    name: str,
    ours: Sequence[float],
    peer: Sequence[float],
    *,
    peer_name: str,
    goal: float,
    unit: str,
    better: Literal["higher", "lower"] = "higher",
    note: str | None = None,
) -> Result:
    """Compare the medians of what was measured in turn."""
    return Result(
        name=name,
        ours=_rounded(median(ours)),
        peer=_rounded(median(peer)),
        peer_name=peer_name,
        ratio=round(median(ours) / median(peer), 3),
        goal=goal,
        unit=unit,
        better=better,
        note=note,
    )


def per_second(rates: Sequence[Rate]) -> list[float]:
    return [rate.per_second for rate in rates]


def per_cpu_second(rates: Sequence[Rate]) -> list[float]:
    return [rate.per_cpu_second for rate in rates]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
