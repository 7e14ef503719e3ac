"""Answers that carry a version: what a command came to, and what a thing is now."""

from typing import Any

from litestar import MediaType, Request, Response

from shared.log.handle import Outcome
from shared.web.etag import etag_of


def recorded(outcome: Outcome, *, status_code: int = 200, location: str | None = None) -> Response[Any]:
    """Answer a command; the body is the one stored with it, so a repeat gets the same bytes."""
    headers = {"ETag": etag_of(outcome.version)}
    if location is not None:
        headers["Location"] = location
    if outcome.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(outcome.answer, status_code=status_code, headers=headers, media_type=MediaType.JSON)


def represented(request: Request[Any, Any, Any], body: bytes, version: int) -> Response[Any]:
    """Answer a read; a caller that has this version already gets 304 and no body."""
    # `private`: what a caller sees depends on who it is. `no-cache`: it may keep the answer but has to ask again.
    headers = {"ETag": etag_of(version), "Cache-Control": "private, no-cache"}
    if _has(request.headers.get("If-None-Match", ""), etag_of(version)):
        return Response(b"", status_code=304, headers=headers, media_type=MediaType.JSON)
    return Response(body, headers=headers, media_type=MediaType.JSON)


def _has(if_none_match: str, etag: str) -> bool:
    # Weak comparison (RFC 9110, 13.1.2): for reading, W/"3" and "3" are the same.
    given = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return etag in given or "*" in given
