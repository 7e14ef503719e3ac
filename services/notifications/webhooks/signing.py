"""Standard Webhooks 1.0.0: what is signed, and how keys and signatures are written.

github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme". Only the caller says what
time it is and draws keys.
"""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from hmac import digest
from typing import Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Scheme = Literal["v1", "v1a"]
"""HMAC-SHA256 with a key that both know, or Ed25519 with one whose public half the receiver knows."""

# Of a key for either scheme: what the specification recommends for `v1`, and the seed of an Ed25519 key.
KEY_BYTES: Final = 32


class Key(NamedTuple):
    """What a webhook is signed with: bytes that were drawn."""

    scheme: Scheme
    secret: bytes

    def signature(self, identifier: str, timestamp: int, body: bytes) -> str:
        """Return a signature as the header has it."""
        signed = b".".join((identifier.encode(), str(timestamp).encode(), body))
        if self.scheme == "v1":
            return f"v1,{_text(digest(self.secret, signed, sha256))}"
        return f"v1a,{_text(self._private.sign(signed))}"

    @property
    def verified_with(self) -> str:
        """What the receiver needs: the secret itself as `whsec_…`, or the public key as `whpk_…`."""
        if self.scheme == "v1":
            return f"whsec_{_text(self.secret)}"
        return f"whpk_{_text(self._private.public_key().public_bytes_raw())}"

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)


def signed(identifier: str, timestamp: int, body: bytes, keys: Iterable[Key]) -> dict[str, str]:
    """Return the headers of a webhook: signed with every key that is valid, so that a receiver may change between them.

    The time is that of the attempt, in whole seconds; the id is the same at every attempt.
    """
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(key.signature(identifier, timestamp, body) for key in keys),
    }


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
