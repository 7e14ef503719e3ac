"""In development alone: tokens that the documents' page offers, so that whoever reads it there can be somebody."""

from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from shared.web.auth import PUBLIC

SCRIPT: Final = '<script src="/docs/development.js"></script>'
_NOBODY: Final = b"[]"
_LOCALHOST: Final = "localhost"


def offering_routes(file: Path) -> list[HTTPRouteHandler]:
    """Return `/docs/tokens`, which answers what the file holds, and the script that offers it on the page.

    The file is read anew each time: its tokens are renewed before they are over.
    """
    script = (files(__package__) / "development.js").read_bytes()

    @get("/docs/tokens", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
    def tokens(request: Request[Any, Any, Any]) -> Response[bytes]:
        # Of another machine's nobody, and of no page that a browser here was led to under another name.
        if not (_is_here(request.client.host if request.client else "") and _is_here(_host_of(request))):
            raise NotFoundException
        try:
            people = file.read_bytes()
        except FileNotFoundError:  # nobody has made them yet
            people = _NOBODY
        return Response(people, media_type="application/json")

    @get("/docs/development.js", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def offering() -> Response[bytes]:
        return Response(script, media_type="text/javascript")

    return [tokens, offering]


def _host_of(request: Request[Any, Any, Any]) -> str:
    return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""


def _is_here(host: str) -> bool:
    try:
        return host == _LOCALHOST or ip_address(host).is_loopback
    except ValueError:
        return False
