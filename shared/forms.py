"""The form of a text: the pattern that programs check, and beside it what that asks for in words."""

from typing import Final

from msgspec import Meta

WORDS: Final = "words"
"""In the `extra` of a `Meta`: what its pattern asks for."""


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
