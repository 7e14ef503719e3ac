"""Keys as nats-server writes them: Ed25519, base32 with a prefix that says whose, and a checksum behind it.

The package of that name (nkeys 0.2.1) comes as source alone, which no image here is built from, and brings a second
library for the same curve.
"""

from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from binascii import crc_hqx
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SEED: Final = 18 << 3  # its text begins with S
_ACCOUNT: Final = 0  # A
_SERVER: Final = 13 << 3  # N
_CHECKSUM_BYTES: Final = 2
_KEY_BYTES: Final = 32


class AccountKey:
    """The key of an account: what it signs, nats-server believes of connections to whatever account it names."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, seed: str) -> Self:
        """Read a key from its seed, `SA…`; raises ValueError."""
        # Five bits of the account's prefix stand in the first byte, the others in the second.
        return cls(Ed25519PrivateKey.from_private_bytes(_decoded(seed, bytes([_SEED | _ACCOUNT >> 5, _ACCOUNT << 3]))))

    @property
    def seed(self) -> str:
        return _encoded(bytes([_SEED | _ACCOUNT >> 5, _ACCOUNT << 3]), self._private.private_bytes_raw())

    @property
    def public(self) -> str:
        """Its name, `A…`."""
        return _encoded(bytes([_ACCOUNT]), self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def is_signed_by_server(server: str, message: bytes, signature: bytes) -> bool:
    """Tell whether the server of this name, `N…`, has signed a message."""
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(server, bytes([_SERVER]))).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True


def _encoded(prefix: bytes, key: bytes) -> str:
    raw = prefix + key
    return b32encode(raw + crc_hqx(raw, 0).to_bytes(_CHECKSUM_BYTES, "little")).decode().rstrip("=")


def _decoded(text: str, prefix: bytes) -> bytes:
    try:
        raw = b32decode(text + "=" * (-len(text) % 8))
    except (NotBase32, ValueError) as error:
        raise ValueError("a key in base32") from error
    body, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
    if len(body) != len(prefix) + _KEY_BYTES or not body.startswith(prefix):
        raise ValueError("a key of the kind that is wanted here")
    if crc_hqx(body, 0).to_bytes(_CHECKSUM_BYTES, "little") != checksum:
        raise ValueError("a key whose checksum is right")
    return body.removeprefix(prefix)
