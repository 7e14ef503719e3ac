"""What a problem shows of values that callers sent: any of it may be hostile, so it is cut short and made encodable."""

import re
from typing import Any, Final

import msgspec

LONGEST_TEXT: Final = 300
LONGEST_DETAIL: Final = 1_000
MOST_ITEMS: Final = 100
_LARGEST_NUMBER: Final = 2**63

# What stands in an address behind a tilde is a secret of whoever has it: a link that opens something by itself. So is
# what stands where such a link would, if somebody left the tilde out, or where a letter's link has it that wants no
# more of them, whatever a proxy has put before.
_MARKED: Final = re.compile(r"(?:~|%7e)[^/]*", re.IGNORECASE)
_PLACED: Final = re.compile(r"(/(?:voice|unsubscribe)(?:/|%2f)+)[^/]+", re.IGNORECASE)


def without_secrets(path: str) -> str:
    """Return an address as it may be written down."""
    return _MARKED.sub("~", _PLACED.sub(r"\g<1>~", path))


def shown(value: object) -> Any:  # noqa: ANN401  # whatever JSON can hold
    """Return a value as a problem document may hold it."""
    return _bounded(msgspec.to_builtins(value, enc_hook=str, str_keys=True))


def shown_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return text that can be encoded: half a surrogate pair, which JSON can spell, is no character of UTF-8."""
    kept = text if len(text) <= longest else f"{text[:longest]}…"
    return kept.encode(errors="replace").decode()


def _bounded(value: Any) -> Any:  # noqa: ANN401  # whatever JSON can hold
    match value:
        case str():
            return shown_text(value)
        case list() | tuple():
            return [_bounded(each) for each in value[:MOST_ITEMS]]
        case dict():
            return {shown_text(name): _bounded(each) for name, each in list(value.items())[:MOST_ITEMS]}
        case int() if not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
            return "a number of more than 64 bits"
        case _:
            return value
