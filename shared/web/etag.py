"""Optimistic concurrency over HTTP: an aggregate's version is its strong entity tag."""

import re
from hashlib import sha256
from typing import Annotated, Final, NamedTuple

from litestar.params import HeaderParameter

from shared.forms import whole
from shared.log.handle import Versions
from shared.web.refusals import IfMatchMalformed, IfMatchRequired

_VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,18})(?:\.[0-9a-f]{8})?", re.ASCII)
# RFC 9110, 8.8.3 and 5.6.1: entity tags in a list, where there may be nothing between two commas.
_OPAQUE: Final = r"[\x21\x23-\x7e\x80-\xff]*"
_TAG: Final = rf'(?:W/)?"({_OPAQUE})"'
_TAGS: Final = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_EACH_TAG: Final = re.compile(_TAG)
# What a proxy that compresses an answer adds within the tag: Apache and Caddy one hyphen and the coding, Jetty two.
_CODED: Final = re.compile(r"--?(?:gzip|br|zstd|deflate)$")
_ANY: Final = "*"
_HEADER_PATTERN: Final = {"pattern": whole(rf'(?:\*|(?:W/)?"{_OPAQUE}"(?:, ?(?:W/)?"{_OPAQUE}")*)')}

IfMatchHeader = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        required=True,
        description=(
            'The ETag of the version this change was decided on, such as "3". Any of several, in a list, or whatever'
            " stands, as `*`."
        ),
        schema_extra=_HEADER_PATTERN,
    ),
]
IfNoneMatchHeader = Annotated[
    str | None,
    HeaderParameter(
        name="If-None-Match",
        required=False,
        description='The ETag of the version the caller has, such as "3": if it is still the one, the answer is 304.',
        schema_extra=_HEADER_PATTERN,
    ),
]


def etag_of(version: int, beside: str | None = None) -> str:
    """Return the entity tag of a version; where what is shown says more than that, of what it says beside, too."""
    if beside is None:
        return f'"{version}"'
    return f'"{version}.{sha256(beside.encode()).hexdigest()[:8]}"'


def content_etag(body: bytes) -> str:
    """Return the entity tag of what has no version: it is what it says."""
    return f'"{sha256(body).hexdigest()[:32]}"'


class Named(NamedTuple):
    """What an If-Match names."""

    versions: Versions


def versions_of(if_match: str) -> Versions:
    """Return the versions an If-Match names: one, several, none of ours, or any (RFC 9110, 13.1.1).

    A proxy that compresses an answer makes `W/"3"` or `"3-gzip"` of its `"3"`, and means the same version.
    """
    if if_match.strip() == _ANY:
        return None
    if _TAGS.fullmatch(if_match) is None:
        raise IfMatchMalformed(expected=etag_of(3), got=if_match)
    named = (_VERSION.fullmatch(_CODED.sub("", tag)) for tag in _EACH_TAG.findall(if_match))
    # What the caller could do when it looked is of no account: the version is what it decided on.
    return frozenset(int(tag[1]) for tag in named if tag)


def if_match(if_match_header: IfMatchHeader = None) -> Named | None:
    """Provide `if_match: NamedDependency[Named | None]`; raises IfMatchMalformed.

    Whoever misses one asks `decided_on` only once it knows that there is something to change: else that comes first.
    """
    return None if if_match_header is None else Named(versions_of(if_match_header))


def decided_on(if_match: Named | None) -> Versions:
    """Return which versions a change was decided on; raises IfMatchRequired."""
    if if_match is None:
        raise IfMatchRequired
    return if_match.versions


def names(if_none_match: str, etag: str) -> bool:
    """Tell whether an If-None-Match names an entity tag, by weak comparison (RFC 9110, 13.1.2): W/"3" is "3".

    So is the tag that a proxy made of it when it compressed the answer: what it says is the same.
    """
    given = {_CODED.sub("", tag) for tag in _EACH_TAG.findall(if_none_match)}
    return etag.strip('"') in given or if_none_match.strip() == _ANY
