"""Change the rules one place at a time, and list each change that no test noticed: `python -m tests.mutants [PATH …]`.

What mutmut has found it keeps in `mutants/`: a second run tries again what was not noticed, and what has changed since.
All that is pure takes hours; a sample of some hundred changes says within a few per cent what the whole would.
"""

import argparse
import json
import os
import sys
from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from mutmut.__main__ import cli, create_mutants
from mutmut.configuration import config

from tests.architecture.source import name_of, pure_files
from tests.mutants.operators import use_them
from tests.mutants.report import Outcomes, forget_unnoticed, names_in, outcomes_of, survivors, table

WORK: Final = Path("mutants")
REPORT: Final = WORK / "report.md"
# mutmut's memory of which tests reach which function.
STATISTICS: Final = WORK / "mutmut-stats.json"
CODE: Final = ("shared", "services", "tests")
# What mypy refuses, `make check` refuses: such a mutant needs no test. Run by mutmut, in its copy.
TYPE_CHECK: Final = (
    *(sys.executable, "-m", "mypy", "--config-file", "tests/mutants/mypy.ini"),
    *("--follow-imports", "silent", "--output", "json"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help="files or folders to mutate; without any, all that is pure")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--sample", type=int, help="try only so many, drawn by their names' hashes; else all")
    parser.add_argument("--draw", default="", help="with a sample: any text, to draw others than without it")
    arguments = parser.parse_args()
    pure = mutated()
    chosen = [path for path in pure if is_chosen(path, arguments.paths)]
    if not chosen:
        parser.error(f"nothing that is mutated is below {' or '.join(arguments.paths)}")
    forget_what_is_gone()
    config().only_mutate = [*map(str, pure)]
    config().type_check_command = [*TYPE_CHECK, *map(str, chosen)]
    use_them()
    if arguments.sample:
        names = sampled(chosen, arguments.sample, arguments.jobs, arguments.draw)
        modules = tried(chosen, names, arguments.jobs)
        modules = [each.of(names) for each in modules]
    elif arguments.paths:
        modules = tried(chosen, [".".join(path.with_suffix("").parts) + ".*" for path in chosen], arguments.jobs)
    else:
        for path in chosen:
            forget_unnoticed(path)
        modules = tried(chosen, [], arguments.jobs)
    lines = "\n".join(table(modules))
    REPORT.write_text("\n".join((lines, *survivors(modules))), encoding="utf-8")
    sys.stdout.write(f"\n{lines}\n\n{REPORT} shows what survived.\n")
    return 0


def tried(chosen: Sequence[Path], names: Collection[str], jobs: int) -> list[Outcomes]:
    """Have mutmut try mutants, by names or patterns of them, or whatever it does not know of yet."""
    cli.main(["run", "--max-children", str(jobs), *names], standalone_mode=False)
    return [outcomes_of(path) for path in chosen]


def sampled(chosen: Sequence[Path], count: int, jobs: int, draw: str) -> Collection[str]:
    """Draw mutants, the same as long as they have these names: those whose names, after the draw, hash lowest."""
    create_mutants(jobs)
    names = chain.from_iterable(map(names_in, chosen))
    return {*sorted(names, key=lambda name: sha256(f"{draw}{name}".encode()).digest())[:count]}


def mutated() -> list[Path]:
    """Return the files whose functions are changed: all that is pure; what a refusal says is no rule."""
    return [Path(name_of(path)) for path in pure_files() if path.name != "errors.py"]


def is_chosen(path: Path, below: Sequence[str]) -> bool:
    return not below or any(path.is_relative_to(each) for each in below)


def forget_what_is_gone() -> None:
    """Remove the copies of files that are no more, and what mutmut knows of tests that may have changed since."""
    for folder in CODE:
        for copy in (WORK / folder).rglob("*.py"):
            if not copy.relative_to(WORK).exists():
                copy.unlink()
    if not STATISTICS.exists():
        return
    known_since = STATISTICS.stat().st_mtime
    files = chain.from_iterable(Path(folder).rglob("*.py") for folder in CODE)
    changed = {str(path) for path in files if path.stat().st_mtime > known_since}
    if all(Path(path).name.startswith("test_") for path in changed):
        forget_tests(changed)
    else:
        STATISTICS.unlink()


def forget_tests(files: Collection[str]) -> None:
    """Have mutmut run the tests of some files as if they were new; all others reach what they reached."""
    known = json.loads(STATISTICS.read_text(encoding="utf-8"))
    seconds = known["duration_by_test"]
    known["duration_by_test"] = {test: seconds[test] for test in seconds if test.partition("::")[0] not in files}
    STATISTICS.write_text(json.dumps(known), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
