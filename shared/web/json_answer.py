"""An answer whose body is JSON already, such as the one stored with a command: it goes out as it is."""

from typing import Final

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

_JSON: Final = (b"content-type", b"application/json")
_OK: Final = 200


class _Bytes(ASGIResponse):
    """What is sent, complete; the framework would look through its headers once for each that it adds."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:  # nothing of the base's
        self.status_code = status
        self._head = headers
        self.body = body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._head})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class JsonAnswer(Response[bytes]):
    """An answer of JSON bytes; its headers are set as those of any other."""

    def __init__(self, body: bytes, *, headers: dict[str, str], status_code: int | None = None) -> None:
        self.content = body
        self.headers = headers
        self.status_code = status_code

    def to_asgi_response(self, *_: object, status_code: int | None = None, **_unused: object) -> ASGIResponse:
        """Return what is sent. Routes of ours add no headers or cookies of their own to their answers."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        headers.append(_JSON)
        headers.append((b"content-length", str(len(self.content)).encode("latin-1")))
        return _Bytes(self.status_code or status_code or _OK, headers, self.content)
