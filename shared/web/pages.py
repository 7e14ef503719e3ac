"""Listings in pages: an opaque cursor that only its own listing accepts, a capped limit, `Link: rel="next"`."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2s
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from shared.forms import whole
from shared.positions import LAST_POSITION
from shared.web.refusals import CursorMalformed

LARGEST_PAGE: Final = 200
_CHECK_BYTES: Final = 8
_KEY_DECODER: Final = msgspec.json.Decoder(list[str | int])

Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=LARGEST_PAGE, description="How many items at most.")]
Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        required=False,
        description="Where the last page ended, as it said.",
        schema_extra={"pattern": whole("[A-Za-z0-9_-]+")},
    ),
]
SortKey = Sequence[str | int]
Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item]):
    """One page of a listing; `next` is the cursor of the following one, null at the end."""

    items: list[Item]
    next: str | None


class PageRequest(msgspec.Struct, frozen=True):
    """Which page was asked for: up to `limit` items whose sort key is above `after`."""

    listing: str
    parameters: tuple[tuple[str, str], ...]
    limit: int
    after: tuple[str | int, ...] | None

    def answer(
        self, items: Sequence[Item], sort_key: Callable[[Item], SortKey], *, stopped_at: SortKey | None = None
    ) -> Response[Page[Item]]:
        """Answer a page. Read `limit + 1` items: the one too many says that there is a next page.

        So does `stopped_at`, up to where somebody looked who stopped before the end and before the page was full.
        """
        shown = list(items[: self.limit])
        if len(items) > self.limit:
            stopped_at = sort_key(shown[-1])
        if stopped_at is None:
            return Response(Page(shown, None))
        cursor = cursor_for(self._scope(), stopped_at)
        query = urlencode([*self.parameters, ("limit", str(self.limit)), ("cursor", cursor)])
        return Response(Page(shown, cursor), headers={"Link": f'<{self.listing}?{query}>; rel="next"'})

    def _scope(self) -> str:
        return scope_of(self.listing, self.parameters)


def scope_of(listing: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Return what a cursor is bound to: the listing and its filters."""
    return f"{listing}?{urlencode(sorted(parameters))}"


def cursor_for(scope: str, after: SortKey) -> str:
    """Return the cursor that says where a page ended."""
    key = msgspec.json.encode(list(after))
    return urlsafe_b64encode(_check(scope, key) + key).rstrip(b"=").decode()


def start_of(page: PageRequest) -> int:
    """Return the position where a page begins, 0 for the first; raises CursorMalformed for a cursor that holds none."""
    match page.after:
        case None:
            return 0
        case (int(position),) if position >= 0:
            return position
    raise CursorMalformed


def name_before(page: PageRequest) -> str:
    """Return the name after which a page of names begins, "" for the first; raises CursorMalformed for another kind."""
    return "" if page.after is None else texts_of(page, 1)[0]


def texts_of(page: PageRequest, count: int) -> tuple[str, ...]:
    """Return where a page begins that is sorted by so many texts; raises CursorMalformed where they are not that."""
    texts = tuple(part for part in page.after or () if isinstance(part, str))
    if len(texts) != count or texts != page.after:
        raise CursorMalformed
    return texts


def after_of(scope: str, cursor: str) -> tuple[str | int, ...]:
    """Return where a page ended; raises CursorMalformed for any cursor this listing did not give."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        check, key = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check != _check(scope, key) or cursor_for(scope, after := _KEY_DECODER.decode(key)) != cursor:
            raise CursorMalformed
        if not all(map(_is_storable, after)):
            raise CursorMalformed
    except ValueError:  # no base64, no ASCII, no JSON, no UTF-8
        raise CursorMalformed from None
    return tuple(after)


def _is_storable(part: str | int) -> bool:
    """Tell whether a database could hold it; a cursor is made as easily as it is read, so it may hold anything."""
    return "\0" not in part if isinstance(part, str) else -LAST_POSITION <= part <= LAST_POSITION


def _check(scope: str, key: bytes) -> bytes:
    # A checksum, not a secret: it catches a mistyped cursor or one of another listing. What a caller may see is
    # decided by the listing's query alone, so a forged cursor opens nothing and no key has to be shared.
    return blake2s(scope.encode() + b"\0" + key, digest_size=_CHECK_BYTES).digest()


def page(request: Request[Any, Any, Any], limit: Limit = 50, cursor: Cursor = None) -> PageRequest:
    """Provide `page: NamedDependency[PageRequest]`; raises CursorMalformed."""
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    parameters = tuple((name, value) for name, value in query if name not in {"limit", "cursor"})
    listing = request.scope["path"]
    after = None if cursor is None else after_of(scope_of(listing, parameters), cursor)
    return PageRequest(listing, parameters, limit, after)
