"""The headers of a letter: no text in one of them can be anything else, and they are sent as they are written."""

import re
from email.header import Header
from email.policy import Compat32
from typing import Final

_LONGEST_LINE: Final = 78
# So that the first one fits beside the name of its header.
_LONGEST_ENCODED_WORD: Final = 66
_ASCII: Final = re.compile(r"[ -~]*")
# Two of these begin what may be decoded, in a quoted string as well by whoever is careless.
_ENCODED: Final = "=?"
_QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})


class AsGiven(Compat32):
    """Headers that are sent as they are given, folded at their blanks.

    The library would decode what looks encoded in one, be it a line break in somebody's name, and would make an encoded
    word, which is no link, of what is too long to be folded. To read all of them again takes longer than all else, too.
    """

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        if len(value.splitlines()) > 1:
            raise ValueError(name)
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002  # the library's
        return value

    def fold(self, name: str, value: str) -> str:
        first, *others = value.split(" ")
        lines = [f"{name}: {first}"]
        for word in others:
            if len(lines[-1]) + 1 + len(word) > _LONGEST_LINE:
                lines.append("")
            lines[-1] += f" {word}"
        return "".join(line + self.linesep for line in lines)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# Not every server that a message passes takes lines of eight bits.
POLICY: Final = AsGiven(linesep="\r\n", cte_type="7bit", max_line_length=_LONGEST_LINE, mangle_from_=False)


def text_header(text: str) -> str:
    """Return a line of plain text as it stands in a header: as it is, or as encoded words (RFC 2047)."""
    return text if _ASCII.fullmatch(text) and _ENCODED not in text else _encoded(text)


def mailbox(name: str, address: str) -> str:
    """Return a checked address as it stands in a header, behind a name in plain text, if there is one."""
    if not name:
        return address
    ascii_only = _ASCII.fullmatch(name) and _ENCODED not in name
    shown = f'"{name.translate(_QUOTED)}"' if ascii_only else _encoded(name)
    return f"{shown} <{address}>"


def _encoded(text: str) -> str:
    # Between two encoded words a blank is none of the text.
    return Header(text, "utf-8", maxlinelen=_LONGEST_ENCODED_WORD, header_name="").encode(linesep="").replace("\n", "")
