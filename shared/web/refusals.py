"""What HTTP itself refuses, by name, and how a route declares every problem it may answer with."""

from collections import defaultdict
from typing import Any, Final, Self

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from shared.web.shown import LONGEST_DETAIL, shown, shown_text, without_secrets
from shared.web.trace import RequestTrace
from shared.web.violations import Violation

PROBLEM_JSON: Final = "application/problem+json"
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Malformed(DomainError, abstract=True):  # a kind, named like the others
    """The request cannot be read."""


class BodyMalformed(Malformed):
    """The body is not well-formed JSON, it names a member of an object twice, or it was cut off before its end."""


class BodyMissing(Malformed):
    """This request needs a body."""


class BodyMistyped(Malformed):
    """Values in the body are missing, unknown or of another form: `errors` has each, `at` is the path of the first."""

    errors: list[Violation]


class MediaTypeUnsupported(Malformed):
    """A body is JSON in UTF-8: application/json or a +json type; one without a Content-Type is taken for JSON."""


class EncodingUnsupported(Malformed):
    """A body comes as it is: nothing undoes a Content-Encoding."""


class HeaderRepeated(Malformed):
    """A header that is read stands on one line, and a list in one header with commas; `at` is its name."""


class HostMisstated(Malformed):
    """A request says once for which host it is."""


class RequestTimeout(Malformed):
    """The body did not arrive in time; its connection is closed."""


class ParameterMistyped(Malformed):
    """A parameter of the path, the query or the headers is missing or is not of its type."""


class ParameterUnknown(Malformed):
    """The query has a parameter that this address does not know; `expected` lists those it does."""


class ParameterRepeated(Malformed):
    """A parameter of the query is given once; `at` is its name."""


class BodyTooLarge(TooLarge):
    """The body is larger than this service reads."""


class RouteUnknown(NotFound):
    """There is nothing at this address."""

    def __init__(self, *, got: str) -> None:
        # A link that is misspelt is a link still, and whoever asks may keep what it was answered.
        super().__init__(got=without_secrets(got))


class MethodNotAllowed(DomainError):  # refusals are named by their rule
    """What is at this address does not understand this method; `Allow` lists those it does."""


class InternalFailure(DomainError):
    """Something failed on our side; it is logged under the correlation id."""


class ServiceStopping(Unavailable):
    """The service is stopping."""

    of_commands = "Whether this command was recorded is known by repeating it with its Idempotency-Key."


class RequestRefused(DomainError):
    """The server refused the request before any rule of this service was asked."""


class TokenMissing(Unauthenticated):
    """This request needs a bearer token."""


class TokenMalformed(Unauthenticated):
    """The bearer token is not a signed access token of an accepted form."""


class TokenExpired(Unauthenticated):
    """The bearer token is not valid at this time."""


class TokenForeign(Unauthenticated):
    """The bearer token was not issued for this service by an issuer it trusts."""


class KeysUnavailable(Unavailable):
    """The keys that tokens are checked by cannot be read now."""


class RoleMissing(Forbidden):
    """The caller has none of the roles this needs."""


class AllowanceSpent(TooMany):
    """The caller has used its part of this service's time; `Retry-After` says when there is some again."""


class TooManyStreams(TooMany):
    """The caller has as many streams open as it may; when one ends there is room for another."""


class IfMatchRequired(PreconditionRequired):
    """A change must name the version it was decided on, in If-Match."""


class IfMatchMalformed(Malformed):
    """If-Match names entity tags as answers' ETags gave them, such as "3" or "3", "4", or any version as *."""


class IdempotencyKeyMalformed(Malformed):
    """An Idempotency-Key is 1 to 255 visible ASCII characters, optionally in double quotes."""


class IdempotencyKeyNotTaken(Malformed):
    """Repeating this request changes nothing more by itself, so it takes no Idempotency-Key."""


class CursorMalformed(Malformed):
    """A cursor is only valid as an answer to the same listing gave it."""


STATUS_OF_KIND: Final[dict[type[DomainError], int]] = {
    # HTTP has statuses of its own for these kinds of what cannot be read.
    RequestTimeout: 408,
    MediaTypeUnsupported: 415,
    EncodingUnsupported: 415,
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    Invalid: 422,
    PreconditionRequired: 428,
    TooMany: 429,
    InternalFailure: 500,
    Unavailable: 503,
    RequestRefused: 400,
}

# Every authenticated route may answer these, whatever it does.
COMMON: Final[tuple[type[DomainError], ...]] = (
    BodyMalformed,
    BodyMissing,
    BodyMistyped,
    MediaTypeUnsupported,
    EncodingUnsupported,
    HeaderRepeated,
    HostMisstated,
    RequestTimeout,
    ParameterMistyped,
    ParameterUnknown,
    ParameterRepeated,
    TokenMissing,
    TokenMalformed,
    TokenExpired,
    TokenForeign,
    KeysUnavailable,
    BodyTooLarge,
    InternalFailure,
    ServiceStopping,
    AllowanceSpent,
)


class Refused(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A rule by which something is refused, and why: what must be put right."""

    type: str
    title: str
    """The rule, in words: the same each time."""
    detail: str
    code: str
    """The name of the kind of problem, in capitals: what programs compare."""
    expected: Any = None
    """What would not have been refused."""
    got: Any = None
    """What was refused."""
    ids: dict[str, Any] = {}

    @classmethod
    def of(cls, refusal: DomainError) -> "Refused":
        return cls(
            type=refusal.problem_type(),
            title=refusal.title(),
            detail=shown_text(str(refusal), LONGEST_DETAIL),
            code=refusal.code(),
            expected=shown(refusal.expected),
            got=shown(refusal.got),
            ids=shown(refusal.ids),
        )


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457) with this project's extension members."""

    type: str
    title: str
    """The rule, in words: the same each time."""
    status: int
    """The HTTP status, repeated."""
    detail: str
    instance: str
    code: str
    """The name of the kind of problem, in capitals: what programs compare."""
    correlation_id: str
    expected: Any = None
    """What would not have been refused."""
    got: Any = None
    """What was refused."""
    ids: dict[str, Any] = {}
    also: list[Refused] = []
    errors: list[Violation] = []

    @classmethod
    def of(cls, refusal: DomainError, status: int, trace: RequestTrace, method: str) -> "Problem":
        return cls(
            type=refusal.problem_type(),
            title=refusal.title(),
            status=status,
            detail=_detail(refusal, method),
            # The occurrence, not the address: it is what the log line of this request carries.
            instance=f"urn:moiety:request:{trace.request_id}",
            code=refusal.code(),
            correlation_id=trace.correlation_id,
            expected=shown(refusal.expected),
            got=shown(refusal.got),
            ids=shown(refusal.ids),
            also=[Refused.of(each) for each in refusal.also],
            errors=refusal.errors if isinstance(refusal, BodyMistyped) else [],
        )


def _detail(refusal: DomainError, method: str) -> str:
    """Return what happened, with what concerns only whoever wanted something recorded."""
    besides = refusal.of_commands if isinstance(refusal, Unavailable) and method not in _READING else ""
    return shown_text(f"{refusal} {besides}".rstrip(), LONGEST_DETAIL)


def status_of(refusal: type[DomainError]) -> int:
    """Return the HTTP status of a refusal, by its kind."""
    return next(status for kind, status in STATUS_OF_KIND.items() if issubclass(refusal, kind))


class Refusals(dict[int, ResponseSpec]):
    """The responses of a route, by status, and the refusals they stand for."""

    def __init__(self, classes: tuple[type[DomainError], ...]) -> None:
        self.classes = frozenset(classes)
        # The statuses whose answers name their version in ETag.
        self.versioned: set[int] = set()
        self.by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
        for refusal in dict.fromkeys(classes):
            self.by_status[status_of(refusal)].append(refusal)
        super().__init__({status: _response(group) for status, group in sorted(self.by_status.items())})

    def or_not_modified(self) -> Self:
        """Declare besides that whoever names the version that stands in If-None-Match is told so, without a body."""
        self[_NOT_MODIFIED] = ResponseSpec(data_container=None, description="You have the version that stands.")
        self.versioned |= {_OK, _NOT_MODIFIED}
        return self


def refusals(*own: type[DomainError]) -> Refusals:
    """Declare what a route may refuse besides what every route may: `responses=refusals(PartyNotFound, …)`."""
    return Refusals((*COMMON, *own))


def _response(group: list[type[DomainError]]) -> ResponseSpec:
    return ResponseSpec(
        data_container=Problem,
        description="\n".join(f"- `{refusal.code()}`: {refusal.title()}" for refusal in group),
        media_type=PROBLEM_JSON,
        generate_examples=False,
    )
