"""What is refused of a request's head, whatever it asks for: headers on two lines, coded bodies, other spellings."""

from typing import Final

from litestar.types import HTTPScope

from shared.web.refusals import EncodingUnsupported, HeaderRepeated, HostMisstated, RouteUnknown

# Whatever of it is read: of two lines one reader takes the first and another the last. A token on two is refused
# where tokens are.
READ_ONCE: Final = frozenset(
    {
        b"if-match",
        b"if-none-match",
        b"idempotency-key",
        b"last-event-id",
        b"content-type",
        b"content-encoding",
        b"x-request-id",
        b"x-correlation-id",
        b"traceparent",
    }
)
_CODED: Final = b"content-encoding"
_AS_IT_IS: Final = b"identity"


def check_head(scope: HTTPScope) -> None:
    """Raise HostMisstated, RouteUnknown, HeaderRepeated, EncodingUnsupported."""
    _check_host(scope)
    _check_spelling(scope)
    read = [name for name, _ in scope["headers"] if name in READ_ONCE]
    if not read:
        return
    if len(set(read)) < len(read):
        repeated = next(name for name in read if read.count(name) > 1)
        raise HeaderRepeated(expected="one line", at=f"header.{repeated.decode()}")
    if _CODED in read:
        [coding] = [value for name, value in scope["headers"] if name == _CODED]
        if coding.strip().lower() != _AS_IT_IS:
            raise EncodingUnsupported(expected=_AS_IT_IS.decode(), got=coding.decode("latin-1"))


def _check_host(scope: HTTPScope) -> None:
    """Refuse what says not once for which host it is: of two lines a proxy may take the one and a cache the other.

    RFC 9112, 3.2; only HTTP/1.0, which health checks of old proxies speak, may leave it out.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    # The server puts an empty one where there is none; an address of ours has a host.
    if len(hosts) > 1 or (not any(hosts) and scope["http_version"] == "1.1"):
        raise HostMisstated(expected="one Host", got=len(hosts))


def _check_spelling(scope: HTTPScope) -> None:
    """Refuse every spelling of an address but one: a proxy's rule about an address must hold for all that reach it.

    Nothing in an address of ours has to be escaped, so no escape is ever right.
    """
    path = scope["path"]
    # What asks in tests adds the query, which is no part of it.
    raw = scope.get("raw_path", b"").partition(b"?")[0]
    if "//" in path or (path.endswith("/") and path != "/") or (raw and b"%" in raw):
        raise RouteUnknown(got=path)
