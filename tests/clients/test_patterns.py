"""The patterns in the documents mean the same to whoever reads them: JavaScript, JSON Schema and this service."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.generated import HERE, run_node
from tests.web.described import SERVICES, published

# What one engine has and others have not, or read otherwise.
_OF_ONE_ENGINE = re.compile(r"\\[AZzGQEKX]|\(\?[a-zA-Z#P(>-]|\(\?<[^=!]|[*+?}]\+")
_MOST_TEXTS = 400


def parts_of(value: Any) -> Iterator[Any]:
    yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts_of(each)


def patterns() -> list[str]:
    """Return every pattern of all three documents."""
    parts = [part for service in SERVICES for part in parts_of(published(service)) if isinstance(part, dict)]
    return sorted({part["pattern"] for part in parts if isinstance(part.get("pattern"), str)})


def texts() -> list[str]:
    """Return texts that somebody sent, and some that nobody should."""
    examples = published("agreements")["components"]["examples"]
    sent = sorted({part for part in parts_of(examples) if isinstance(part, str)})
    return ["", " ", "a b", "a\n", "\u200e", "\U0001f600", "\U000e0001", "UNALLOCATED", "1/0", "0/1", *sent][
        :_MOST_TEXTS
    ]


def test_every_pattern_is_one_in_javascript_and_matches_the_same():
    """A client that checks before it sends, with the flag `u`, refuses and lets through what the service does."""
    matched = json.loads(run_node(HERE / "patterns.cjs", read=json.dumps({"patterns": patterns(), "texts": texts()})))

    assert len(patterns()) > 10
    for pattern, there in zip(patterns(), matched, strict=True):
        here = [re.search(pattern, text) is not None for text in texts()]
        assert here == there, f"{pattern} is read otherwise in JavaScript: {there}"


@pytest.mark.parametrize("pattern", patterns())
def test_no_pattern_is_of_one_engine_alone(pattern):
    """No inline flag, named group, possessive or atomic part, nor an anchor that another engine takes for a letter."""
    assert _OF_ONE_ENGINE.search(pattern) is None
    assert pattern.startswith("^")
    assert pattern.endswith("$")


@pytest.mark.parametrize("wrong", [r"^a\Z", "(?i)^a$", "^(?P<name>a)$", "^(?<name>a)$", "^a++$", "^(?>a)$"])
def test_what_is_of_one_engine_is_found(wrong):
    """The check above sees each."""
    assert _OF_ONE_ENGINE.search(wrong) is not None
