"""Who calls: bearer access tokens (RFC 9068) of one issuer, verified once and remembered as long as they hold."""

import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature, JWSRegistry
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Guard, Middleware, Receive, Scope, Send

from shared.web.claims import Accepted, claims_of
from shared.web.keys import TrustedKeys, VerifyingKey
from shared.web.refusals import RoleMissing, TokenForeign, TokenMalformed, TokenMissing

ALGORITHMS: Final = frozenset({"EdDSA", "Ed25519", "ES256", "RS256"})
REMEMBERED_TOKENS: Final = 10_000
_LONGEST_TOKEN: Final = 8 * 1024
# What a token is that does not say (RFC 7519, 5.1).
_UNSAID_TYPE: Final = "jwt"

PUBLIC: Final = {"public": True}
"""A route's `opt` when it asks for no token."""

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(msgspec.Struct, frozen=True):
    """Who a request speaks for: a person or program by pseudonym, and the party it represents."""

    subject: str
    party: str | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    @property
    def counted_as(self) -> str:
        """Whose limits count: a party's, whoever speaks for it; of whoever speaks for none, its own."""
        return f"party:{self.party}" if self.party is not None else f"subject:{self.subject}"


class Verified(NamedTuple):
    """Whom a token speaks for, and until when."""

    caller: Caller
    until: float


class _Header(msgspec.Struct):
    alg: str
    typ: str = ""
    kid: str | None = None
    crit: Any = msgspec.UNSET


class _AcceptedAlgorithms(JWSRegistry):
    """The allow-list. Unlike the library's it says EdDSA without a warning: issuers still sign under that name."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401  # the library does not export its type
        if name not in ALGORITHMS:
            raise TokenMalformed(expected=sorted(ALGORITHMS), got=name)
        return self.algorithms[name]


_registry: Final = _AcceptedAlgorithms(algorithms=ALGORITHMS, strict_check_header=False)


class TokenVerifier:
    """Turns a bearer token into the Caller it proves, or raises the refusal that says what is wrong with it."""

    def __init__(self, keys: TrustedKeys, accepted: Accepted, *, clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self._accepted = accepted
        self._clock = clock
        # Digests, so that a dump of this process's memory holds no usable token of the past.
        self._verified: dict[bytes, Verified] = {}
        self._generation = 0

    async def caller_of(self, token: str) -> Caller:
        """Return whom the token speaks for; raises TokenMalformed, TokenExpired, TokenForeign, KeysUnavailable."""
        return (await self.verified(token)).caller

    async def verified(self, token: str) -> Verified:
        """Return the same and until when; raises the same."""
        if self.keys.outdated():
            await self.keys.renew()
        if self._generation != self.keys.generation:
            self._verified.clear()  # a key was withdrawn, replaced or added: believe nothing that the old set proved
            self._generation = self.keys.generation
        digest = sha256(token.encode()).digest()
        now = self._clock()
        if (known := self._verified.get(digest)) is not None:
            if now < known.until:
                return known
            del self._verified[digest]
        payload, kind = await self._proven(token)
        claims = claims_of(payload, self._accepted, now, kind=kind)
        proven = Verified(Caller(claims.subject, claims.party, claims.roles, claims.scopes), claims.expires_at)
        if len(self._verified) >= REMEMBERED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = proven
        return proven

    async def _proven(self, token: str) -> tuple[bytes, str]:
        """Check form, algorithm, key and signature, and return payload and type: nothing is believed before that."""
        if len(token) > _LONGEST_TOKEN:
            raise TokenMalformed(expected=f"at most {_LONGEST_TOKEN} characters", got=len(token))
        try:
            unproven = jws.extract_compact(token.encode("ascii"))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise TokenMalformed from error
        header = _header_of(unproven)
        kind = self._kind_of(header)
        key = await self.keys.find(header.kid, header.alg)
        if key is None:
            raise TokenForeign(got="a key that is not the issuer's")
        if not _signed(unproven, key):
            # The issuer may have put another key in its place, and nobody should have to wait until that is noticed.
            key = await self.keys.find_another(header.kid, header.alg, key)
            if key is None or not _signed(unproven, key):
                raise TokenForeign(got="a signature that the key does not verify")
        return unproven.payload or b"", kind

    def _kind_of(self, header: _Header) -> str:
        """Return the type of a token whose header may stand."""
        if header.alg not in ALGORITHMS:
            raise TokenMalformed(expected=sorted(ALGORITHMS), got=header.alg)
        # Without this an identity token of the same issuer would pass for an access token (RFC 9068, 4).
        kind = header.typ.lower().removeprefix("application/") or _UNSAID_TYPE
        if kind not in self._accepted.types:
            raise TokenMalformed(expected=f"typ {' or '.join(sorted(self._accepted.types))}", got=header.typ)
        # It lists what must be understood (RFC 7515, 4.1.11), of which we know nothing; an empty list is not allowed.
        if header.crit is not msgspec.UNSET:
            raise TokenMalformed(expected="no crit", got=header.crit)
        return kind


def _signed(unproven: CompactSignature, key: VerifyingKey) -> bool:
    try:
        return jws.validate_compact(unproven, key, registry=_registry)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenMalformed from error


def _header_of(unproven: CompactSignature) -> _Header:
    """Return what a token says of itself, as text; anybody may have written it, and any JSON may stand there."""
    try:
        return msgspec.convert(unproven.headers(), _Header)
    except msgspec.ValidationError as error:
        raise TokenMalformed(expected="a header whose alg, typ and kid are text", got=str(error)) from None


def authentication(verifier: TokenVerifier) -> Middleware:
    """Return what asks every request of a service for a token, unless its route's `opt` is PUBLIC."""
    # Not a guard: the framework copies the route's handler for each guard, a tenth of a small request's cost.

    def around(app: ASGIApp) -> ASGIApp:
        async def authenticate(scope: Scope, receive: Receive, send: Send) -> None:
            if "public" not in scope["route_handler"].opt:
                scope["user"] = await verifier.caller_of(bearer_token(scope["headers"]))
            await app(scope, receive, send)

        return authenticate

    return around


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the token of the one Authorization header; raises TokenMissing, TokenMalformed."""
    given = [value for name, value in headers if name == b"authorization"]
    if not given:
        raise TokenMissing
    scheme, _, token = given[0].partition(b" ")
    if len(given) > 1 or scheme.lower() != b"bearer" or not token or not token.isascii():
        raise TokenMalformed(expected="one header Authorization: Bearer <token>")
    return str(token.strip(), "ascii")


class RoleGuard:
    """The guard of a route that only callers with one of the roles may use."""

    def __init__(self, roles: Iterable[str]) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        caller: Caller = connection.user
        if self.roles.isdisjoint(caller.roles):
            raise RoleMissing(expected=sorted(self.roles), got=sorted(caller.roles))


def requires(*roles: str) -> Guard:
    """Return a guard that asks for one of the roles; the API's documents say so too."""
    return RoleGuard(roles)
