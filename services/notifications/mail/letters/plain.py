"""Text that people wrote, as it may stand in a letter: one line of a bounded length, with nothing invisible in it."""

import re
from typing import Final
from unicodedata import category, normalize

# Controls, what turns the direction of writing or has no width, and what no font shows or nobody has given a meaning.
_UNSEEN: Final = frozenset({"Cf", "Cs", "Co", "Cn"})
# Letters, marks and a symbol by their category, which show nothing at all.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
_CUT: Final = "…"
# By which mail programs find what they make a link of: a dot between letters, or what begins an address of the web.
_LINKING: Final = re.compile(r"(?<=\w)\.(?=[^\W\d_])|:(?=//)")


def plain(text: str, *, longest: int) -> str:
    """Return a text with each run of blanks, breaks and controls as one blank, and without what cannot be seen.

    So it can end no header and no line, and none of it reads otherwise than it is written.
    """
    seen = (
        " " if category(each) in _BREAKS else each
        for each in normalize("NFC", text)
        if category(each) not in _UNSEEN and each not in _BLANK
    )
    # NFC again: what stood between two characters may have kept them apart.
    line = normalize("NFC", " ".join("".join(seen).split()))
    return line if len(line) <= longest else line[: longest - len(_CUT)].rstrip() + _CUT


def unlinked(text: str) -> str:
    """Return a text of which no mail program makes a link: letters lead to where we say, not where a name does."""
    return _LINKING.sub(r"\g<0> ", text)
