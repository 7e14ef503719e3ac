"""What parties may agree on is written down: every key of the terms, its values and its default, every act and rule."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from shared.canonical import canonical_json
from shared.events.terms import Act, ConsentTerms, CostTerms, LadderStep, RevenueTerms, Rule, Terms
from tests.architecture.source import ROOT
from tests.docs import laws

PAGE = (ROOT / "docs" / "terms.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `([a-z_.<>]+)` \| (.*?) \| (.*?) \|", PAGE, re.MULTILINE)}
# What has no default must be said, and each act has a rule of its own.
UNSAID = {"consent.<act>": "none", "survival": "none"}


def keys() -> Iterator[tuple[str, str, set[str]]]:
    """Give every key with its default and the words that it may say."""
    written = Terms(revenue=RevenueTerms(), cost=CostTerms())
    for section in msgspec.structs.fields(written):
        value = getattr(written, section.name)
        if isinstance(value, ConsentTerms):
            yield "consent.<act>", "none", set()
        elif isinstance(value, msgspec.Struct):
            hints = get_type_hints(type(value))
            for field in msgspec.structs.fields(value):
                yield _key(f"{section.name}.{field.name}", getattr(value, field.name), hints[field.name])
        else:
            yield _key(section.name, value, get_type_hints(Terms)[section.name])


def _key(name: str, default: object, hint: Any) -> tuple[str, str, set[str]]:
    words = set(get_args(LadderStep)) if name == "dispute.ladder" else _words(hint)
    return name, UNSAID.get(name, canonical_json(default).decode()), words - set(get_args(Act))


def _words(hint: Any) -> set[str]:
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return {word for part in get_args(hint) for word in _words(part)}


KEYS = list(keys())


def test_every_key_is_on_the_page() -> None:
    """And no other, so that nobody writes one that is refused."""
    assert [name for name, _, _ in KEYS] == list(ROWS)


@pytest.mark.parametrize(("key", "default", "words"), KEYS, ids=[name for name, _, _ in KEYS])
def test_a_key_has_the_default_and_the_values_on_the_page(key: str, default: str, words: set[str]) -> None:
    """What is not said is agreed all the same."""
    values, written = ROWS[key]

    assert default == written.strip("`")
    assert not words or words == set(re.findall(r"`(\w+)`", values))


def test_every_act_and_every_rule_is_on_the_page() -> None:
    """With what the rule takes."""
    consent = PAGE.partition("## Consent")[2].partition("\n## ")[0]

    assert set(get_args(Act)) <= set(re.findall(r"`(\w+)`", consent))
    assert list(get_args(Rule)) == re.findall(r"^\| `(\w+)` \|", consent, re.MULTILINE)


def test_what_each_law_says_is_on_the_page() -> None:
    """As `python -m tests.docs.laws` writes it."""
    assert laws.page() == PAGE
