"""Optimistic concurrency over HTTP: an aggregate's version is its strong entity tag."""

import re
from hashlib import sha256
from typing import Annotated, Final

from litestar.params import HeaderParameter

from shared.web.refusals import IfMatchMalformed, IfMatchRequired

_STRONG_VERSION: Final = re.compile(r'"(0|[1-9][0-9]{0,18})"', re.ASCII)

IfMatchHeader = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match", required=True, description='The ETag of the version this change was decided on, such as "3".'
    ),
]
IfNoneMatchHeader = Annotated[
    str | None,
    HeaderParameter(
        name="If-None-Match",
        required=False,
        description='The ETag of the version the caller has, such as "3": if it is still the one, the answer is 304.',
    ),
]


def etag_of(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def content_etag(body: bytes) -> str:
    """Return the entity tag of what has no version: it is what it says."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def version_of(if_match: str) -> int:
    """Return the version an If-Match names; a weak tag, a list and `*` name none (RFC 9110, 13.1.1)."""
    match = _STRONG_VERSION.fullmatch(if_match.strip())
    if match is None:
        raise IfMatchMalformed(expected=etag_of(3), got=if_match)
    return int(match[1])


def if_match(if_match_header: IfMatchHeader = None) -> int:
    """Provide `if_match: NamedDependency[int]`; raises IfMatchRequired, IfMatchMalformed."""
    if if_match_header is None:
        raise IfMatchRequired
    return version_of(if_match_header)


def names(if_none_match: str, etag: str) -> bool:
    """Tell whether an If-None-Match names an entity tag, by weak comparison (RFC 9110, 13.1.2): W/"3" is "3"."""
    given = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return etag in given or "*" in given
