"""What a decoder says of values that are not of their type, as refusals tell it."""

import re
from typing import Final

_EXPECTED_GOT: Final = re.compile(r"Expected (?P<expected>.*?)(?:, got (?P<got>.*))?", re.DOTALL)


def stated(message: str) -> dict[str, str]:
    """Return what the decoder's message says that it expected, and what it got instead."""
    said = _EXPECTED_GOT.fullmatch(message)
    if said is None:
        return {"got": message}
    return {name: text.replace("`", "") for name, text in said.groupdict().items() if text is not None}
