"""What came of the mutants: a table with a line for each module, and what no test noticed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

NOTICED = frozenset({"killed", "timeout"})
# It cannot come about, since `make check` would refuse it; so it counts for nothing.
REFUSED = "caught by type check"
UNTRIED = "not checked"


class Outcomes(NamedTuple):
    """What came of each mutant of a module, by its name, and how long trying them took."""

    module: Path
    status_of: Mapping[str, str]
    seconds: float

    def of(self, names: Collection[str]) -> "Outcomes":
        """Leave only what came of some of them."""
        return self._replace(status_of={name: self.status_of[name] for name in self.status_of if name in names})

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.status_of.values())

    @property
    def tried(self) -> int:
        return len(self.status_of) - self.counts[REFUSED] - self.counts[UNTRIED]

    @property
    def noticed(self) -> int:
        return sum(self.counts[status] for status in NOTICED)

    @property
    def survivors(self) -> list[str]:
        """Those no test noticed, or could have: some are reached by none."""
        return [name for name, status in self.status_of.items() if status not in {*NOTICED, REFUSED, UNTRIED}]


def forget_unnoticed(path: Path) -> None:
    """Have mutmut try again what no test noticed when it last tried."""
    data = SourceFileMutationData(path=path)
    data.load()
    for name, code in data.exit_code_by_key.items():
        if status_by_exit_code[code] not in NOTICED:
            data.exit_code_by_key[name] = None
    data.save()


def names_in(path: Path) -> Collection[str]:
    """Return the names of a module's mutants."""
    data = SourceFileMutationData(path=path)
    data.load()
    return data.exit_code_by_key.keys()


def outcomes_of(path: Path) -> Outcomes:
    """Read what mutmut found out about a module."""
    data = SourceFileMutationData(path=path)
    data.load()
    status_of = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}
    return Outcomes(path, status_of, sum(data.durations_by_key.values()))


def table(modules: list[Outcomes]) -> Iterator[str]:
    yield "| module | mutants | killed | timeout | survived | score | seconds |"
    yield "|---|---|---|---|---|---|---|"
    for each in modules:
        yield _line(str(each.module), [each])
    yield _line("all", modules)


def survivors(modules: list[Outcomes]) -> Iterator[str]:
    for each in modules:
        if each.survivors:
            yield f"\n## {each.module}\n"
        for name in each.survivors:
            yield f"{name.rpartition('.')[2]} ({each.status_of[name]})\n"
            yield f"```diff\n{get_diff_for_mutant(name, path=each.module)}\n```\n"


def _line(name: str, modules: list[Outcomes]) -> str:
    counts = sum((each.counts for each in modules), start=Counter())
    tried = sum(each.tried for each in modules)
    noticed = sum(each.noticed for each in modules)
    score = f"{100 * noticed / tried:.1f} %" if tried else "-"
    seconds = sum(each.seconds for each in modules)
    return (
        f"| {name} | {tried} | {counts['killed']} | {counts['timeout']} | {tried - noticed} | {score} | {seconds:.0f} |"
    )
