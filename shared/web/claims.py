"""What an access token says, and where its issuer says it: read only once the signature has been proven."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from shared.ids import is_id
from shared.web.refusals import TokenExpired, TokenForeign, TokenMalformed

ROLES: Final = frozenset({"representative", "partner", "auditor", "operator", "service", "notifier"})
# Those that speak for a party, and must say for which.
_FOR_A_PARTY: Final = frozenset({"representative", "partner"})
# The only type that says by itself that a token grants access (RFC 9068, 2.1).
GRANTS_ACCESS: Final = "at+jwt"
# Only what tells a client who has signed in has these (OpenID Connect Core, 2 and 3.3.2.11); it grants no access.
_IDENTITY_CLAIMS: Final = frozenset({"at_hash", "c_hash", "nonce"})
# What Keycloak writes for an access token beside "ID", "Refresh" and others.
_ACCESS: Final = "Bearer"
_HASHED_DIGITS: Final = 40
_HASHED: Final = re.compile(f"sub-[0-9a-f]{{{_HASHED_DIGITS}}}")


class TokenSettings(Protocol):
    """Which tokens a service believes: part of the settings."""

    @property
    def issuer(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def jwks(self) -> str: ...
    @property
    def jwt_types(self) -> str: ...
    @property
    def jwt_leeway_seconds(self) -> float: ...
    @property
    def subject_claim(self) -> str: ...
    @property
    def party_claim(self) -> str: ...
    @property
    def roles_claim(self) -> str: ...


class Accepted(NamedTuple):
    """Which tokens are accepted, and under which names their claims stand.

    A name that begins with a slash is a JSON Pointer (RFC 6901), for issuers that nest what they say. Of the names for
    the subject the first counts that is there: some issuers have none that persons and programs share.
    """

    issuer: str
    audiences: frozenset[str]
    types: frozenset[str] = frozenset({GRANTS_ACCESS})
    leeway_seconds: float = 5
    subject: tuple[str, ...] = ("sub",)
    party: str = "party"
    roles: str = "roles"

    @classmethod
    def of(cls, settings: TokenSettings) -> "Accepted":
        return cls(
            issuer=settings.issuer,
            audiences=frozenset(settings.audience.split()),
            types=frozenset(settings.jwt_types.lower().split()),
            leeway_seconds=settings.jwt_leeway_seconds,
            subject=tuple(settings.subject_claim.split()),
            party=settings.party_claim,
            roles=settings.roles_claim,
        )


class Claims(NamedTuple):
    """What a token says that holds: for whom it speaks, and until when."""

    subject: str
    party: str | None
    roles: frozenset[str]
    scopes: frozenset[str]
    expires_at: float


class _Registered(msgspec.Struct):
    """The claims that every issuer writes alike (RFC 7519, 4.1; RFC 9068, 2.2)."""

    iss: str
    exp: float
    aud: str | list[str]
    nbf: float = 0
    scope: str = ""


def claims_of(payload: bytes, accepted: Accepted, now: float, *, kind: str) -> Claims:
    """Return what a token of this type says; raises TokenMalformed, TokenForeign, TokenExpired."""
    try:
        said = msgspec.json.decode(payload, type=dict[str, Any])
        registered = msgspec.convert(said, _Registered)
    except ValueError as error:
        raise TokenMalformed(got=str(error)) from None
    _check(registered, accepted, now)
    if kind != GRANTS_ACCESS:
        _check_grants_access(said)
    party = _party(said, accepted.party)
    roles = ROLES.intersection(_texts(said, accepted.roles))
    if party is None and (speaking := sorted(_FOR_A_PARTY & roles)):
        raise TokenMalformed(expected=f"a party in {accepted.party}, since the role is {speaking[0]}")
    return Claims(
        subject=subject_id(_subject(said, accepted.subject)),
        party=party,
        roles=roles,
        scopes=frozenset(registered.scope.split()),
        expires_at=registered.exp + accepted.leeway_seconds,
    )


def subject_id(subject: str) -> str:
    """Return a subject as an id: itself if it is one, else `sub-` and 40 hexadecimal digits of its SHA-256.

    Issuers write `auth0|6553da…`, `…@clients` or an address. What has the latter form already is hashed, too: else an
    issuer whose users choose their subject could let one of them take another's.
    """
    if is_id(subject) and not _HASHED.fullmatch(subject):
        return subject
    return f"sub-{sha256(subject.encode()).hexdigest()[:_HASHED_DIGITS]}"


def _check(registered: _Registered, accepted: Accepted, now: float) -> None:
    if registered.iss != accepted.issuer:
        raise TokenForeign(expected=accepted.issuer, got=registered.iss)
    audiences = [registered.aud] if isinstance(registered.aud, str) else registered.aud
    if accepted.audiences.isdisjoint(audiences):
        raise TokenForeign(expected=" or ".join(sorted(accepted.audiences)), got=registered.aud)
    if now >= registered.exp + accepted.leeway_seconds:
        raise TokenExpired(got=f"exp {registered.exp:.0f}")
    if now < registered.nbf - accepted.leeway_seconds:
        raise TokenExpired(got=f"nbf {registered.nbf:.0f}")


def _check_grants_access(said: Mapping[str, Any]) -> None:
    """Tell by its claims alone what an issuer without a type for access tokens tells a client about who signed in."""
    if (identifying := sorted(_IDENTITY_CLAIMS & said.keys())) or said.get("typ", _ACCESS) != _ACCESS:
        found = ", ".join(identifying) or f"typ {msgspec.json.encode(said['typ']).decode()}"
        raise TokenMalformed(expected="an access token", got=f"one with {found}")


def _subject(said: Mapping[str, Any], names: Iterable[str]) -> str:
    subject = next((found for name in names if (found := _claim(said, name)) is not None), None)
    if not isinstance(subject, str) or not subject:
        raise TokenMalformed(expected=f"a text in {' or '.join(names)}")
    return subject


def _party(said: Mapping[str, Any], name: str) -> str | None:
    """Return the party; some issuers write every attribute of their own as a list, which may have one item."""
    party = _claim(said, name)
    if isinstance(party, list) and len(party) == 1:
        party = party[0]
    if party is not None and not (isinstance(party, str) and is_id(party)):
        raise TokenMalformed(expected=f"the id of one party in {name}")
    return party


def _texts(said: Mapping[str, Any], name: str) -> list[str]:
    """Return a claim that is a list of texts, or a text of words."""
    found = _claim(said, name)
    texts = found.split() if isinstance(found, str) else [] if found is None else found
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TokenMalformed(expected=f"a list of texts in {name}")
    return texts


def _claim(said: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  # whatever JSON stands there
    if not name.startswith("/"):
        return said.get(name)
    found: Any = said
    for step in name.removeprefix("/").split("/"):
        # The reverse order would make a slash of what stands for "~1".
        member = step.replace("~1", "/").replace("~0", "~")
        found = found.get(member) if isinstance(found, dict) else None
    return found
