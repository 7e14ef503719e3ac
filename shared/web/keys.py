"""The keys whose tokens are believed: a JSON Web Key Set from a file or a URL, read again by the clock."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.errors import StartupError
from shared.patience import answered_within
from shared.telemetry import logger
from shared.web.refusals import KeysUnavailable

# A key that the issuer has withdrawn is believed for this long at most, whatever the traffic, if the issuer answers.
REREAD_SECONDS: Final = 300.0
# And if it does not, for this long: then nobody is believed until it does.
KEPT_SECONDS: Final = 3600.0
# An unknown key, or a signature that fails, may be a new key or an attack: the issuer is asked at most this often.
REREAD_AT_MOST_EVERY_SECONDS: Final = 15.0
_FIRST_READ_AT_MOST_EVERY_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 1.0
_FETCH_TIMEOUT_SECONDS: Final = 5.0
_SMALLEST_RSA_BITS: Final = 2048
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

VerifyingKey = OKPKey | ECKey | RSAKey
_KINDS: Final[dict[str, type[VerifyingKey]]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
_log = logger()


class Place(NamedTuple):
    """Where a key is in a key set: its id may stand at one key of each type (RFC 7517, 4.5)."""

    key_id: str
    key_type: str


class TrustedKeys:
    """The public keys of the issuer; what cannot verify an accepted algorithm is left out."""

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
        self._keys: Mapping[Place, VerifyingKey] = {}
        self._asked_at: float | None = None
        self._read_at: float | None = None
        self._asking = asyncio.Lock()
        self.generation = 0
        """Changes with the keys: what was proved in another may no longer be."""

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

    async def keep_current(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        """Read the keys again by the clock, for ever: what was proved once is not asked about by its bearers."""
        while True:
            await asyncio.sleep(look_seconds)
            if self._passed(self._read_at) >= REREAD_SECONDS:
                await self._read_again()

    async def readiness(self) -> str | None:
        """Say why tokens cannot be verified, if they cannot."""
        if self._read_at is None:
            return "the issuer's key set has not been read yet"
        if self.outdated():
            return f"the issuer's key set was last read {self._passed(self._read_at):.0f} s ago"
        return None if self._keys else "no key in the issuer's key set can verify a token"

    def outdated(self) -> bool:
        """Tell whether the keys may no longer be believed: they were never read, or too long ago."""
        return self._passed(self._read_at) >= KEPT_SECONDS

    async def load(self) -> None:
        """Read the keys; raises KeysUnavailable, keeping those it has."""
        try:
            keys = verifying_keys(await self._fetch())
        # Whatever stands there must not end the reading of it.
        except (OSError, httpx.HTTPError, ValueError, RecursionError) as error:
            raise KeysUnavailable(got=f"{type(error).__name__}: {error}") from error
        finally:
            # Only now: else each of those who wait meanwhile would make an attempt of its own, one after the other.
            self._asked_at = self._clock()
        # By thumbprint: a key may be replaced under its id.
        if _thumbprints(keys) != _thumbprints(self._keys):
            self.generation += 1
        self._keys = keys
        self._read_at = self._clock()

    async def renew(self) -> None:
        """Read keys that are outdated; raises KeysUnavailable when they remain so."""
        await self._read_again()
        if self.outdated():
            raise KeysUnavailable(got=await self.readiness())

    async def find(self, key_id: str | None, algorithm: str) -> VerifyingKey | None:
        """Return the key that a token names, if need be by looking again."""
        found = self._match(key_id, algorithm)
        if found is None:
            await self._read_again()
            found = self._match(key_id, algorithm)
        return found

    async def find_another(self, key_id: str | None, algorithm: str, failed: VerifyingKey) -> VerifyingKey | None:
        """Return the key that has taken the place of one whose signature failed, if one has, by looking again."""
        await self._read_again()
        found = self._match(key_id, algorithm)
        return None if found is None or found.thumbprint() == failed.thumbprint() else found

    def _match(self, key_id: str | None, algorithm: str) -> VerifyingKey | None:
        """Return the key for an algorithm; a token without a key id is only clear when there is one key."""
        if key_id is None:
            only = next(iter(self._keys.values())) if len(self._keys) == 1 else None
            return only if only is not None and algorithm in algorithms_of(only) else None
        candidates = (self._keys.get(Place(key_id, key_type)) for key_type in _KINDS)
        return next((key for key in candidates if key is not None and algorithm in algorithms_of(key)), None)

    def _passed(self, moment: float | None) -> float:
        return float("inf") if moment is None else self._clock() - moment

    async def _read_again(self) -> None:
        """Read the keys unless that was tried just now; a failure is told to the log and leaves them as they are."""
        # Whoever waits for the keys is not kept waiting by an issuer that has only just come up.
        patience = _FIRST_READ_AT_MOST_EVERY_SECONDS if self.outdated() else REREAD_AT_MOST_EVERY_SECONDS
        async with self._asking:
            if self._passed(self._asked_at) < patience:
                return
            try:
                await self.load()
            except KeysUnavailable as error:
                _log.warning("The key set cannot be read", action="keys-unavailable", reason=str(error))


def verifying_keys(document: bytes) -> dict[Place, VerifyingKey]:
    """Return the usable public keys of a JSON Web Key Set by their places; raises ValueError."""
    key_set = msgspec.json.decode(document, type=dict[str, Any])
    entries = key_set.get("keys")
    if not isinstance(entries, list):
        message = "not a JSON Web Key Set"
        raise msgspec.ValidationError(message)
    found: dict[Place, dict[str, VerifyingKey]] = defaultdict(dict)
    for entry in entries:
        key = _usable(entry)
        if key is not None:
            thumbprint = key.thumbprint()
            found[Place(str(entry.get("kid") or thumbprint), entry["kty"])][thumbprint] = key
    # Which of two keys of one type and one id is meant, nobody can say: neither is believed.
    ambiguous = [place.key_id for place, keys in found.items() if len(keys) > 1]
    if ambiguous:
        _log.warning(
            "Two keys of one type have one id; neither is believed", action="keys-ambiguous", key_ids=ambiguous
        )
    return {place: next(iter(keys.values())) for place, keys in found.items() if len(keys) == 1}


def _usable(entry: object) -> VerifyingKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    # An issuer may publish kinds of keys we do not know, and a shared secret must never become one we do.
    kind = _KINDS.get(str(entry.get("kty")))
    if kind is None:
        return None
    try:
        key = kind.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if _verifies(key) else None


def _thumbprints(keys: Mapping[Place, VerifyingKey]) -> dict[Place, str]:
    """Return the keys by what they are (RFC 7638)."""
    return {place: key.thumbprint() for place, key in keys.items()}


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
    # The client's own limits are for each byte; this is for all of them.
    with answered_within(_FETCH_TIMEOUT_SECONDS):
        async with httpx.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS) as client:
            answer = await client.get(url)
            return answer.raise_for_status().content
