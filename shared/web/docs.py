"""The API's documents: `/openapi.json` and a page that reads it, complete without any other host."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from shared.web.auth import PUBLIC
from shared.web.description import description_of
from shared.web.kept import Kept
from shared.web.offered import SCRIPT, offering_routes

_ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
</head>
<body>
  <div id="page"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>{more}
  <script src="/docs/assets/start.js"></script>
</body>
</html>
"""
# Only what the page itself needs, and no other host: the policy makes "offline" something the browser enforces.
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_KEEP_A_DAY: Final = {"Cache-Control": "public, max-age=86400"}


class DocumentSettings(Protocol):
    """Which tokens the page offers, if any: part of the settings."""

    @property
    def docs_tokens_file(self) -> Path | None: ...


def document_routes(service: str, kept: Kept, settings: DocumentSettings) -> list[HTTPRouteHandler]:
    """Return `/openapi.json`, `/docs`, what that page loads, and the way there from `/`."""
    offering = [] if settings.docs_tokens_file is None else offering_routes(settings.docs_tokens_file)
    html = _PAGE.format(title=f"Moiety {service}", more=f"\n  {SCRIPT}" if offering else "").encode()

    described: list[bytes] = []

    @get("/", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def front_door() -> Redirect:
        return Redirect("/docs")

    @get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def description(request: Request[Any, Any, Any]) -> Response[bytes]:
        # Once: it takes a while, never changes, and anybody may ask for it.
        if not described:
            described.append(msgspec.json.encode(description_of(request.app, kept), enc_hook=str))
        return Response(described[0], media_type="application/vnd.oai.openapi+json")

    @get("/docs", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def page() -> Response[bytes]:
        return Response(html, media_type=MediaType.HTML, headers={"Content-Security-Policy": _PAGE_POLICY})

    @get("/docs/assets/{name:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name == "start.js":
            return Response(_start_script(), media_type="text/javascript", headers=_KEEP_A_DAY)
        if name not in _ASSETS:
            raise NotFoundException
        return Response(_read(name), media_type=_ASSETS[name], headers=_KEEP_A_DAY)

    return [front_door, description, page, asset, *offering]


@cache
def _read(name: str) -> bytes:
    return (files("swagger_ui") / "static" / name).read_bytes()


@cache
def _start_script() -> bytes:
    return (files(__package__) / "start.js").read_bytes()
