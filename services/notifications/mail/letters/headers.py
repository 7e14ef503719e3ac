"""The headers of a letter: no text in one of them can be anything else, and they are sent as they are written."""

import re
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import Message
from email.policy import SMTP, Policy
from typing import Any, Final

_LONGEST_LINE: Final = 78
# So that the first one fits beside the name of its header.
_LONGEST_ENCODED_WORD: Final = 66
_ASCII: Final = re.compile(r"[ -~]*")
# Two of these begin what may be decoded, in a quoted string as well by whoever is careless.
_ENCODED: Final = "=?"
_QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})


class AsGiven(UnstructuredHeader, BaseHeader):
    """A header that is sent as it is given, folded at its blanks.

    The library would decode what looks encoded in it, be it a line break in somebody's name, and would make an encoded
    word, which is no link, of what is too long to be folded.
    """

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: "Policy[Message[str, str]]") -> str:
        first, *others = str(self).split(" ")
        lines = [f"{self.name}: {first}"]
        for word in others:
            if len(lines[-1]) + 1 + len(word) > _LONGEST_LINE:
                lines.append("")
            lines[-1] += f" {word}"
        return "".join(line + policy.linesep for line in lines)


_HEADERS: Final = HeaderRegistry()
for _name in ("from", "in-reply-to", "list-id", "list-unsubscribe", "message-id", "references", "subject", "to"):
    _HEADERS.map_to_type(_name, AsGiven)
# Not every server that a message passes takes lines of eight bits.
POLICY: Final = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")


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
