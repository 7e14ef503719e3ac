"""Answers that carry a version: what a command came to, and what a thing is now."""

from typing import Any, Final

from litestar import MediaType, Response

from shared.log.handle import Outcome
from shared.web.etag import etag_of, names
from shared.web.json_answer import JsonAnswer

_CREATED: Final = 201
_NOT_MODIFIED: Final = 304
# `private`: what a caller sees depends on who it is. `no-cache`: it may keep the answer but has to ask again.
KEPT: Final = "private, no-cache"
# What must not lie about anywhere.
NEVER_KEPT: Final = "no-store"


def recorded(outcome: Outcome, *, location: str | None = None) -> Response[Any]:
    """Answer a command; the body is the one stored with it, so a repeat gets the same bytes.

    `location` is the address of what the command was to create: 200 instead of 201 says that it was there already.
    """
    headers = {"ETag": etag_of(outcome.version)}
    new = outcome.position is not None or outcome.replayed
    status_code = _CREATED if location is not None and new else 200
    if location is not None:
        headers["Location"] = location
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    return JsonAnswer(outcome.answer, status_code=status_code, headers=headers)


def represented(
    body: bytes, etag: str, if_none_match: str | None, *, cache: str = KEPT, media_type: MediaType = MediaType.JSON
) -> Response[Any]:
    """Answer a read; a caller that has this version already gets 304 and no body."""
    headers = {"ETag": etag, "Cache-Control": cache}
    if if_none_match is not None and names(if_none_match, etag):
        return Response(b"", status_code=_NOT_MODIFIED, headers=headers, media_type=media_type)
    if media_type is MediaType.JSON:
        return JsonAnswer(body, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
