"""What refusals tell, as it is written in `tests/told/golden/`: a refusal that says less, or something else, fails.

`refuses` stands where `pytest.raises` does, in tests that need no server. `python -m tests.told` writes anew what they
tell; whoever does so reads the change as the person would who is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import pytest

from shared.errors import DomainError, MoietyError

E = TypeVar("E", bound=MoietyError)
# Under a heading for each test, a line for each thing told.
Told = dict[str, list[str]]

GOLDEN: Final = Path(__file__).parent / "golden"
_ANEW: Final = "python -m tests.told"
_INDENT: Final = "  "
# Of a test that is told many things, so many different ones.
_MOST: Final = 20

# What the test at hand was told so far.
_told: list[str] = []
# By file, what was told of late, while that is written anew.
anew: dict[str, Told] | None = None


@contextmanager
def refuses(kind: type[E] | tuple[type[E], ...], match: str | None = None) -> Iterator[pytest.ExceptionInfo[E]]:
    """Expect a refusal, or whatever else of ours says why something is not so, and have what it tells compared."""
    with pytest.raises(kind, match=match) as caught:
        yield caught
    tells(caught.value)


def tells(refusal: BaseException, to: str = "") -> None:
    """Have what a refusal tells, to whom or where, compared with what is written of the test at hand."""
    notes(f"{to}: {in_words(refusal)}" if to else in_words(refusal))


def notes(words: str) -> None:
    """Have words compared with what is written of the test at hand."""
    _told.append(words)


@contextmanager
def telling_as_written(item: pytest.Item) -> Iterator[None]:
    """Fail when what a test is told is not what is written of it."""
    _told.clear()
    yield
    if _told:
        file, _, test = item.nodeid.removeprefix("tests/").partition("::")
        check(file.removesuffix(".py"), {test: list(dict.fromkeys(_told))[:_MOST]})


def check(file: str, told: Told) -> None:
    """Fail when what is told is not what is written in a file under the same headings."""
    if anew is not None:
        anew.setdefault(file, {}).update(told)
        return
    written = {heading: read(file).get(heading) for heading in told}
    assert written == told, f"tests/told/golden/{file}.txt says otherwise; {_ANEW} writes it anew"


def in_words(refusal: BaseException) -> str:
    """Return what a refusal tells beside its title, which `docs/problems.md` has."""
    if not isinstance(refusal, DomainError):
        assert not str(refusal).rstrip().endswith((",", ":", "expected", "got")), f"{refusal!r} says nothing in the end"
        return f"{type(refusal).__name__}: {refusal}"
    check_says(refusal)
    details = ", ".join(f"{name} {_json(value)}" for name, value in details_of(refusal).items())
    beside = "".join(f"; also {in_words(each)}" for each in refusal.also)
    wrong = "".join(f"; {_json(each)}" for each in getattr(refusal, "errors", ()))
    return f"{type(refusal).__name__}: {details}".rstrip(": ") + beside + wrong


def check_says(refusal: DomainError) -> None:
    """Fail where a refusal names something by nothing."""
    empty = [name for name, value in details_of(refusal).items() if says_nothing(value)]
    assert not empty, f"{type(refusal).__name__} says nothing by {', '.join(empty)}"


def details_of(refusal: DomainError) -> dict[str, Any]:
    beside = {"expected": refusal.expected, "got": refusal.got}
    return {**refusal.ids, **{name: value for name, value in beside.items() if value is not None}}


def says_nothing(value: object) -> bool:
    """Tell whether a detail is nothing or lists it; a member of null is one that is not there."""
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(says_nothing, value))
    return value is None or (isinstance(value, str) and "None" in value.split())


def written_in(told: Told) -> str:
    return "".join(f"{line}\n" for test, lines in told.items() for line in (test, *(_INDENT + each for each in lines)))


@cache
def read(file: str) -> Told:
    """Read what is written in a file; nothing where there is none."""
    path = GOLDEN / f"{file}.txt"
    told: Told = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith(_INDENT):
            told[next(reversed(told))].append(line.removeprefix(_INDENT))
        else:
            told[line] = []
    return told


def _json(value: object) -> str:
    plain = msgspec.to_builtins(value, enc_hook=str, order="deterministic")
    return msgspec.json.encode(plain).decode()
