"""The form of a text: the pattern that programs check, and beside it what that asks for in words."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Meta

WORDS: Final = "words"
"""In the `extra` of a `Meta`: what its pattern asks for."""
CHOICES: Final = "choices"
"""In the `extra` of a `Meta`: all that its pattern lets through, where that is a few names."""


def whole(pattern: str) -> str:
    """Return the pattern of a text that is all of a pattern, for every engine alike.

    `$` alone lets a trailing line break through here, and not in JavaScript.
    """
    return rf"^{pattern}(?!\n)$"


def form(
    pattern: str, words: str, *examples: str, min_length: int | None = None, max_length: int | None = None
) -> Meta:
    """Return the form of a text that is all of a pattern, and in words for whoever sends another."""
    return Meta(
        pattern=whole(pattern),
        min_length=min_length,
        max_length=max_length,
        examples=list(examples) or None,
        extra={WORDS: words},
    )


def choice(names: Sequence[str], words: str) -> Meta:
    """Return the form of a text that is one of a few names."""
    pattern = f"({'|'.join(map(re.escape, names))})"
    return Meta(pattern=whole(pattern), extra={WORDS: words, CHOICES: list(names)})
