"""One condition has one name, in whichever service it is met: what sounds alike is told apart, with the reason."""

import re
import tomllib
from itertools import combinations
from typing import Final

import pytest

from shared.errors import DomainError, NotFound
from tests.architecture.source import ROOT
from tests.docs.problems import published_refusals

# How much of the words of two may be the same before somebody has to say why they are two: by this measure what was
# put in other words is found.
NEAR: Final = 0.35
FAMILIES: Final = tomllib.loads((ROOT / "tests" / "docs" / "meanings.toml").read_text(encoding="utf-8"))
# What says nothing about a condition.
_EMPTY: Final = re.compile(
    "a|after|already|also|an|and|another|any|are|as|at|be|before|but|by|does|each|for|from|has|have|in|is|it|its|may|more|must"
    "|name|named|names|no|nobody|not|nothing|of|on|once|one|only|or|other|others|own|say|says|so|such|than|that|the|their|them"
    "|there|they|this|those|to|until|was|what|when|which|who|whoever|with"
)
_ENDINGS: Final = ("ies", "es", "s", "ed", "ing", "d")
_SHORTEST: Final = 4


def words(name: str, meaning: str) -> frozenset[str]:
    """Return what a refusal speaks of, in the singular and without what every sentence has."""
    text = f"{_spaced(name)} {meaning}".lower()
    return frozenset(_root(word) for word in re.findall("[a-z]+", text) if not _EMPTY.fullmatch(word))


def _spaced(name: str) -> str:
    return " ".join(re.findall("[A-Z][a-z]*", name))


def _root(word: str) -> str:
    ending = next((each for each in _ENDINGS if word.endswith(each) and len(word) - len(each) >= _SHORTEST), "")
    return word.removesuffix(ending)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def alike(refusals: dict[str, str]) -> set[tuple[str, str]]:
    """Return every two that say nearly the same, or whose names end alike."""
    said = {name: words(name, meaning) for name, meaning in refusals.items()}
    return {
        (one, other)
        for one, other in combinations(sorted(refusals), 2)
        if likeness(said[one], said[other]) >= NEAR or _end(one) == _end(other)
    }


def _end(name: str) -> str:
    return "".join(re.findall("[A-Z][a-z]*", name)[-2:])


PUBLISHED: Final = {refusal.__name__: refusal.title() for refusal in published_refusals()}


def test_what_sounds_alike_is_told_apart() -> None:
    """Every two that a caller could take for one are in a family that says why they are two."""
    told = {pair for family in FAMILIES.values() for pair in combinations(sorted(family["names"]), 2)}

    assert [] == sorted(alike(PUBLISHED) - told)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("HoldingInsufficient", "Nobody passes on more than is held by them on that day."),
        ("SizeUnreached", "The ledger is not that large yet."),
        ("KnownTimeStillToCome", "What will be known by then is not known yet."),
        ("TokenOver", "The bearer token is not valid any more at this time."),
        ("ProjectFinished", "The project was completed, or it was cancelled."),
        ("AuditNotFound", "There is no such audit."),
    ],
)
def test_a_second_name_for_one_condition_is_found(name: str, meaning: str) -> None:
    """Somebody who did not know of the first writes it in words of their own."""
    assert [pair for pair in alike(PUBLISHED | {name: meaning}) if name in pair]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_says_why_and_names_what_there_is(family: str) -> None:
    """A reason that nobody needs any more goes with the refusal that it was about."""
    told = FAMILIES[family]

    assert {"why", "names"} == set(told)
    assert told["why"].endswith(".")
    assert 1 < len(told["names"]) == len(set(told["names"]))
    assert set(told["names"]) <= set(PUBLISHED)


def test_everything_that_is_missing_is_a_404() -> None:
    """So that a program may tell it by the status, whatever is missing."""
    kinds: set[type[DomainError]] = {
        each for each in published_refusals() if each.__name__ in FAMILIES["not-found"]["names"]
    }

    assert [] == [kind.__name__ for kind in kinds if not issubclass(kind, NotFound)]
