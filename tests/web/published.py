"""An issuer's key set and a time that the tests move."""

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
from joserfc.jwk import OKPKey


class Clock:
    """A clock that stands where it was put, and counts who looks at it."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.now


class PublishedKeys:
    """What the issuer's key set address answers, and how often it was asked."""

    def __init__(self, document: bytes) -> None:
        self.document: bytes | None = document
        self.asked = 0

    async def __call__(self) -> bytes:
        self.asked += 1
        if self.document is None:
            message = "connection refused"
            raise OSError(message)
        return self.document


def key_set(*entries: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"keys": entries})


def signed_by_hand(header: dict[str, Any], claims: dict[str, Any], key: OKPKey) -> str:
    """Return a token whatever stands in its header, which a library would refuse to write."""
    parts = [urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=") for part in (header, claims)]
    signature = urlsafe_b64encode(key.private_key.sign(b".".join(parts))).rstrip(b"=")  # type: ignore[union-attr]
    return b".".join([*parts, signature]).decode()
