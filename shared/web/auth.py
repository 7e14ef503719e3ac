"""Who calls: bearer access tokens (RFC 9068) of one issuer, verified once and remembered until they expire."""

import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature, JWSRegistry
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Guard, Middleware, Receive, Scope, Send

from shared.ids import is_id
from shared.web.keys import TrustedKeys, VerifyingKey, algorithms_of
from shared.web.refusals import RoleMissing, TokenExpired, TokenForeign, TokenMalformed, TokenMissing

ALGORITHMS: Final = frozenset({"EdDSA", "Ed25519", "ES256", "RS256"})
ROLES: Final = frozenset({"representative", "auditor", "operator", "service"})
LEEWAY_SECONDS: Final = 5
REMEMBERED_TOKENS: Final = 10_000
_LONGEST_TOKEN: Final = 8 * 1024
_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})

PUBLIC: Final = {"public": True}
"""A route's `opt` when it asks for no token."""

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(msgspec.Struct, frozen=True):
    """Who a request speaks for: a person or program by pseudonym, and the party it represents."""

    subject: str
    party: str | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    exp: float
    aud: str | list[str]
    nbf: float = 0
    party: str | None = None
    roles: list[str] = []
    scope: str = ""


class _Header(msgspec.Struct):
    alg: str
    typ: str = ""
    kid: str | None = None


class _AcceptedAlgorithms(JWSRegistry):
    """The allow-list. Unlike the library's it says EdDSA without a warning: issuers still sign under that name."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401  # the library does not export its type
        if name not in ALGORITHMS:
            raise TokenMalformed(expected=sorted(ALGORITHMS), got=name)
        return self.algorithms[name]


_registry: Final = _AcceptedAlgorithms(algorithms=ALGORITHMS, strict_check_header=False)


class TokenVerifier:
    """Turns a bearer token into the Caller it proves, or raises the refusal that says what is wrong with it."""

    def __init__(
        self, keys: TrustedKeys, *, issuer: str, audience: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        # Digests, so that a dump of this process's memory holds no usable token of the past.
        self._verified: dict[bytes, tuple[Caller, float]] = {}
        self._generation = 0

    async def caller_of(self, token: str) -> Caller:
        """Return whom the token speaks for; raises TokenMalformed, TokenExpired, TokenForeign, KeysUnavailable."""
        if self._generation != self.keys.generation:
            self._verified.clear()  # a key was withdrawn or added: believe nothing that the old set proved
            self._generation = self.keys.generation
        digest = sha256(token.encode()).digest()
        now = self._clock()
        if (known := self._verified.get(digest)) is not None:
            caller, expires_at = known
            if now < expires_at:
                return caller
            del self._verified[digest]
        claims = await self._claims_of(token)
        caller = self._caller(claims, now)
        if len(self._verified) >= REMEMBERED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (caller, claims.exp + LEEWAY_SECONDS)
        return caller

    async def _claims_of(self, token: str) -> _Claims:
        """Check form, algorithm, key and signature; nothing in the token is believed before its signature is."""
        if len(token) > _LONGEST_TOKEN:
            raise TokenMalformed(expected=f"at most {_LONGEST_TOKEN} characters", got=len(token))
        try:
            unproven = jws.extract_compact(token.encode("ascii"))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise TokenMalformed from error
        key = await self._key_of(unproven)
        try:
            proven = jws.validate_compact(unproven, key, registry=_registry)
            claims = msgspec.json.decode(unproven.payload or b"", type=_Claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenMalformed from error
        if not proven:
            raise TokenForeign(got="a signature that the key does not verify")
        return claims

    async def _key_of(self, unproven: CompactSignature) -> VerifyingKey:
        header = _header_of(unproven)
        if header.alg not in ALGORITHMS:
            raise TokenMalformed(expected=sorted(ALGORITHMS), got=header.alg)
        # Without this an identity token of the same issuer would pass for an access token (RFC 9068, 4).
        if header.typ.lower() not in _TOKEN_TYPES:
            raise TokenMalformed(expected="typ at+jwt", got=header.typ)
        key = await self.keys.find(header.kid)
        if key is None or header.alg not in algorithms_of(key):
            raise TokenForeign(got="a key that is not the issuer's")
        return key

    def _caller(self, claims: _Claims, now: float) -> Caller:
        if claims.iss != self._issuer:
            raise TokenForeign(expected=self._issuer, got=claims.iss)
        if self._audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
            raise TokenForeign(expected=self._audience, got=claims.aud)
        if now >= claims.exp + LEEWAY_SECONDS:
            raise TokenExpired(got=f"exp {claims.exp:.0f}")
        if now < claims.nbf - LEEWAY_SECONDS:
            raise TokenExpired(got=f"nbf {claims.nbf:.0f}")
        if not is_id(claims.sub) or (claims.party is not None and not is_id(claims.party)):
            raise TokenMalformed(expected="sub and party to be ids")
        roles = ROLES.intersection(claims.roles)
        if "representative" in roles and claims.party is None:
            raise TokenMalformed(expected="a party, since the role is representative")
        return Caller(claims.sub, claims.party, roles, frozenset(claims.scope.split()))


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
