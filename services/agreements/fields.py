"""The forms of what callers send: what does not have its form is refused before any rule is asked."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from shared.events.values import Period
from shared.forms import WORDS, form
from shared.ids import HOLDER_FORM, ID_FORM, UNALLOCATED

# Whoever signs must see what they sign, and a terminal or a database must survive it: no control characters (but
# tabs and line breaks where there may be lines), nothing that turns the direction of text or is not seen at all, no
# separators of lines that are no line breaks. The two joiners stay: Persian and the scripts of India need them.
_UNSEEN = (
    r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
    r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_VISIBLE = r"(?=[\s\S]*[^\s\u200c\u200d])"


Id = Annotated[
    str,
    form(
        ID_FORM,
        f"an id: 1 to 64 letters, digits and hyphens that begin with no hyphen, and not {UNALLOCATED}",
        "HUT",
    ),
]
Holder = Annotated[str, form(HOLDER_FORM, "the id of a party, or person: and that of a person", "HUT")]
RatioText = Annotated[str, form("(0|[1-9][0-9]*)/[1-9][0-9]*", "a fraction such as 35/72", "35/72", max_length=100)]
HashText = Annotated[str, form("sha256:[0-9a-f]{64}", "sha256: and 64 lower-case hexadecimal digits")]
Line = Annotated[
    str,
    form(
        rf"{_VISIBLE}[^\t\n{_UNSEEN}]+",
        "a line of 1 to 200 characters that can be seen",
        min_length=1,
        max_length=200,
    ),
]
# Line breaks included, also at its end.
Paragraph = Annotated[
    str,
    Meta(
        pattern=rf"^{_VISIBLE}[^{_UNSEEN}]+$",
        min_length=1,
        max_length=2_000,
        extra={WORDS: "text of 1 to 2000 characters that can be seen"},
    ),
]
Country = Annotated[str, form("[A-Z]{2}", "two capital letters such as HK", "HK")]
Currency = Annotated[str, form("[A-Z]{3}", "three capital letters such as HKD", "HKD")]
Territory = Annotated[str, form("[A-Z]{2,5}", "two to five capital letters such as HK or WORLD", "HK", "WORLD")]
FieldPath = Annotated[
    str,
    form(
        "[a-z0-9-]+(/[a-z0-9-]+)*",
        "a path of lower-case words such as telecom/ran/5g",
        "telecom/ran/5g",
        max_length=200,
    ),
]
MediaType = Annotated[
    str,
    form("[a-z0-9.+-]+/[a-z0-9.+-]+", "a media type such as application/pdf", "application/pdf", max_length=127),
]
Days = Annotated[int, Meta(ge=0, le=3_650)]
Parties = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=50)]

T = TypeVar("T")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request says; a field it does not have is a mistake of the caller's, never ignored."""


class PeriodBody(Period, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def published(body: msgspec.Struct, as_type: type[T]) -> T:
    """Return the value that goes into an event: the same content, of the type that is published.

    Structs are only equal to those of their own type, and what a state was told now must equal what it will read
    from the log tomorrow.
    """
    return msgspec.json.decode(msgspec.json.encode(body), type=as_type)
