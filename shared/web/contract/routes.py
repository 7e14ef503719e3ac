"""The contract as it is served: to everybody, since it says nothing of anybody, and for a day, since it only grows."""

import json
from functools import cache
from typing import Final

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from shared.web.auth import PUBLIC
from shared.web.contract.asyncapi import MEDIA_TYPE, document
from shared.web.contract.schemas import schema_of

_SUFFIX: Final = ".json"
_KEEP_A_DAY: Final = {"Cache-Control": "public, max-age=86400"}


def contract_routes() -> Router:
    """Return `/asyncapi.json` and `/schemas/<type>.json`."""

    @get("/asyncapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def feed_described() -> Response[bytes]:
        return Response(_feed(), media_type=MEDIA_TYPE, headers=_KEEP_A_DAY)

    @get("/schemas/{name:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def schema(name: FromPath[str]) -> Response[bytes]:
        if not name.endswith(_SUFFIX):
            raise NotFoundException
        try:
            body = _schema(name.removesuffix(_SUFFIX))
        except KeyError:
            raise NotFoundException from None
        return Response(body, media_type="application/schema+json", headers=_KEEP_A_DAY)

    return Router("/", route_handlers=[feed_described, schema])


def as_file(part: object) -> str:
    """Return a document in the one form in which it is served, and kept in `docs/`."""
    return json.dumps(part, indent=2, ensure_ascii=False) + "\n"


@cache
def _feed() -> bytes:
    return as_file(document()).encode()


@cache
def _schema(type_name: str) -> bytes:
    return as_file(schema_of(type_name)).encode()
