"""The form of a text: the pattern that programs check, and beside it what that asks for in words."""

from typing import Final

from msgspec import Meta

WORDS: Final = "words"
"""In the `extra` of a `Meta`: what its pattern asks for."""
# `$` alone would let a trailing line break through.
_END: Final = r"(?!\n)$"


def form(
    pattern: str, words: str, *examples: str, min_length: int | None = None, max_length: int | None = None
) -> Meta:
    """Return the form of a text that is all of a pattern, and in words for whoever sends another."""
    return Meta(
        pattern=f"^{pattern}{_END}",
        min_length=min_length,
        max_length=max_length,
        examples=list(examples) or None,
        extra={WORDS: words},
    )
