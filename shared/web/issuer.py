"""A token issuer of one's own: for the embedded default, for `moiety token` and for tests."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.jwk import OKPKey

_ALGORITHM: Final = "Ed25519"
_OWNER_ONLY: Final = 0o600


class LocalIssuer:
    """Signs access tokens with an Ed25519 key that never leaves its file."""

    def __init__(self, key: OKPKey, *, issuer: str, audience: str) -> None:
        self._key = key
        self._key_id = key.thumbprint()
        self._issuer = issuer
        self._audience = audience

    @classmethod
    def with_new_key(cls, *, issuer: str, audience: str) -> "LocalIssuer":
        """Return an issuer whose key was made just now."""
        return cls(OKPKey.generate_key("Ed25519"), issuer=issuer, audience=audience)

    @classmethod
    def with_key_file(cls, path: Path, *, issuer: str, audience: str) -> "LocalIssuer":
        """Return the issuer whose private key the file holds; the file is made if there is none."""
        if not path.exists():
            # Made unreadable for others before it holds the secret, not after.
            path.touch(mode=_OWNER_ONLY)
            path.write_bytes(msgspec.json.encode(OKPKey.generate_key("Ed25519").as_dict(private=True)))
        key = OKPKey.import_key(msgspec.json.decode(path.read_bytes(), type=dict[str, Any]))
        return cls(key, issuer=issuer, audience=audience)

    def mint(
        self,
        subject: str,
        *,
        party: str | None = None,
        roles: Iterable[str] = (),
        lifetime_seconds: float = 3600,
        header: dict[str, Any] | None = None,
        **claims: object,
    ) -> str:
        """Return a signed access token (RFC 9068); `header` and `claims` override, None leaves a member out."""
        now = int(time.time())
        members = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "iat": now,
            "exp": int(now + lifetime_seconds),
            "party": party,
            "roles": sorted(roles),
            **claims,
        }
        head = {"alg": _ALGORITHM, "typ": "at+jwt", "kid": self._key_id, **(header or {})}
        return jwt.encode(_present(head), _present(members), self._key, algorithms=[_ALGORITHM], default_type=None)

    def jwks(self) -> bytes:
        """Return the public key as a JSON Web Key Set."""
        public = {**self._key.as_dict(private=False), "kid": self._key_id, "use": "sig", "alg": _ALGORITHM}
        return msgspec.json.encode({"keys": [public]})

    def write_jwks(self, path: Path) -> None:
        """Write the public key where `MOIETY_JWKS` points, whole or not at all."""
        # By a name of this process's own: several may begin at once.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(self.jwks())
        beside.replace(path)


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
