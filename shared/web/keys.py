"""The keys whose tokens are believed: a JSON Web Key Set from a file or a URL, cached and re-read sparingly."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.errors import StartupError, Unavailable
from shared.telemetry import logger

REFRESH_EVERY_SECONDS: Final = 600.0
# An unknown key id may be a new key or an attack; either way the issuer is asked at most this often.
REFRESH_AT_MOST_EVERY_SECONDS: Final = 15.0
_FETCH_TIMEOUT_SECONDS: Final = 5.0
_SMALLEST_RSA_BITS: Final = 2048
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

VerifyingKey = OKPKey | ECKey | RSAKey
_KINDS: Final[dict[str, type[VerifyingKey]]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
_log = logger()


class KeysUnavailable(Unavailable):
    """The keys that prove bearer tokens cannot be read now."""


class TrustedKeys:
    """The public keys of the issuer by key id; what cannot verify an accepted algorithm is left out."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[bytes]],
        *,
        needed_at_start: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._needed_at_start = needed_at_start
        self._clock = clock
        self._keys: dict[str, VerifyingKey] = {}
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()
        self.generation = 0

    @classmethod
    def at(cls, location: str) -> "TrustedKeys":
        """Return the keys at a file path or URL; raises StartupError for a URL that anyone could answer."""
        url = urlsplit(location)
        if url.scheme in {"http", "https"}:
            if url.scheme == "http" and url.hostname not in _LOOPBACK:
                message = f"the key set at {location} must be read over https"
                raise StartupError(message)
            # An issuer that is down for a moment must not keep this service down: callers get 503 until it answers.
            return cls(lambda: _fetch_url(location), needed_at_start=False)
        return cls(lambda: _read_file(Path(location)))

    async def start(self) -> None:
        """Read the keys before the first request; raises StartupError where they should be on this machine."""
        try:
            await self.load()
        except KeysUnavailable as error:
            if self._needed_at_start:
                message = f"the key set cannot be read: {error.got}"
                raise StartupError(message) from error
            _log.warning("The key set cannot be read yet", action="keys-unavailable", reason=str(error))

    async def readiness(self) -> str | None:
        """Say why tokens cannot be verified, if they cannot."""
        return None if self._keys else "the issuer's key set has not been read yet"

    async def load(self) -> None:
        """Read the keys; raises KeysUnavailable, keeping those it has."""
        self._asked_at = self._clock()
        try:
            keys = verifying_keys(await self._fetch())
        except (OSError, httpx.HTTPError, msgspec.MsgspecError) as error:
            raise KeysUnavailable(got=f"{type(error).__name__}: {error}") from error
        if keys.keys() != self._keys.keys():
            self.generation += 1
        self._keys = keys

    async def find(self, key_id: str | None) -> VerifyingKey | None:
        """Return the key of a token; a token without a key id is only clear when there is one key."""
        if self._due(REFRESH_EVERY_SECONDS) or (self._match(key_id) is None and self._due(self._patience())):
            await self._refresh()
        return self._match(key_id)

    def _patience(self) -> float:
        return REFRESH_AT_MOST_EVERY_SECONDS if self._keys else 1.0

    def _due(self, seconds: float) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= seconds

    def _match(self, key_id: str | None) -> VerifyingKey | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        asked_at = self._asked_at
        async with self._asking:
            if self._asked_at != asked_at:
                return  # another request has just asked
            try:
                await self.load()
            except KeysUnavailable as error:
                _log.warning("The key set cannot be read", action="keys-unavailable", reason=str(error))
                if not self._keys:
                    raise


def verifying_keys(document: bytes) -> dict[str, VerifyingKey]:
    """Return the usable public keys of a JSON Web Key Set by key id; raises msgspec.MsgspecError."""
    key_set = msgspec.json.decode(document, type=dict[str, Any])
    entries = key_set.get("keys")
    if not isinstance(entries, list):
        message = "not a JSON Web Key Set"
        raise msgspec.ValidationError(message)
    usable: dict[str, VerifyingKey] = {}
    for entry in entries:
        # An issuer may publish kinds of keys we do not know, and a shared secret must never become one we do.
        if not isinstance(entry, dict) or entry.get("kty") not in _KINDS or entry.get("use", "sig") != "sig":
            continue
        try:
            key = _KINDS[entry["kty"]].import_key(entry)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if _verifies(key):
            usable[str(entry.get("kid") or key.thumbprint())] = key
    return usable


def algorithms_of(key: VerifyingKey) -> frozenset[str]:
    """Return the algorithms a key may be used with: the key decides, never the token alone (RFC 8725, 3.1)."""
    if isinstance(key, OKPKey):
        # "EdDSA" is the name of RFC 8037, "Ed25519" the fully specified one of RFC 9864.
        return frozenset({"Ed25519", "EdDSA"})
    return frozenset({"ES256"}) if isinstance(key, ECKey) else frozenset({"RS256"})


def _verifies(key: VerifyingKey) -> bool:
    if isinstance(key, RSAKey):
        return key.raw_value.key_size >= _SMALLEST_RSA_BITS
    return key.curve_name == ("Ed25519" if isinstance(key, OKPKey) else "P-256")


async def _read_file(path: Path) -> bytes:
    return await asyncio.to_thread(path.read_bytes)


async def _fetch_url(url: str) -> bytes:
    async with httpx.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS) as client:
        answer = await client.get(url)
        return answer.raise_for_status().content
