"""Encryption of personal data: a key per person, wrapped by one master key.

Everything is AES-256-GCM, as a random nonce and the sealed bytes. What something belongs to is authenticated with it,
so that no row can be put in another's place, nor an older version in a newer one's.
"""

import contextlib
import os
from base64 import b64decode
from collections.abc import Iterable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from services.agreements.people.errors import PersonUnreadable
from services.agreements.people.model import PersonalData, Secrets
from shared.errors import StartupError
from shared.log.snapshots import SnapshotSeal

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 32
_WANTED: Final = "MOIETY_PEOPLE_KEY must be 32 random bytes in base64"
_EITHER_ALPHABET: Final = str.maketrans("-_", "+/")


class MasterKey:
    """Opens the keys of people, and makes new ones; it never touches their data itself.

    Keys of before open what they wrapped, and wrap nothing any more.
    """

    def __init__(self, key: bytes, previous: Iterable[bytes] = ()) -> None:
        self._cipher = AESGCM(key)
        self._previous = tuple(map(AESGCM, previous))

    @classmethod
    def parse(cls, text: str, previous: str = "") -> "MasterKey":
        """Read a key and those before it, each 32 bytes in base64; raises StartupError, which repeats none."""
        present = _key(text, _WANTED)
        wanted = "MOIETY_PEOPLE_PREVIOUS_KEYS must be keys of 32 bytes in base64 with blanks between them"
        return cls(present, [_key(each, wanted) for each in previous.split()])

    def new_key(self, party: str, person: str) -> bytes:
        """Return a fresh key for a person, wrapped."""
        return _seal(self._cipher, AESGCM.generate_key(_KEY_BYTES * 8), _owner(party, person))

    def seal(self, secrets: Secrets, wrapped: bytes, party: str, person: str, version: int) -> bytes:
        """Encrypt what is known of a person under their key; raises PersonUnreadable if that cannot be opened."""
        cipher = self._unwrap(wrapped, party, person)
        return _seal(cipher, msgspec.json.encode(secrets), _version(party, person, version))

    def open(self, sealed: bytes, wrapped: bytes, party: str, person: str, version: int) -> Secrets:
        """Decrypt what is known of a person; raises PersonUnreadable."""
        cipher = self._unwrap(wrapped, party, person)
        return msgspec.json.decode(_open(cipher, sealed, _version(party, person, version)), type=Secrets)

    def seal_words(self, words: str, wrapped: bytes, party: str, person: str, about: str) -> bytes:
        """Encrypt what a person wrote about something under their key; raises PersonUnreadable."""
        return _seal(self._unwrap(wrapped, party, person), words.encode(), _words(party, person, about))

    def open_words(self, sealed: bytes, wrapped: bytes, party: str, person: str, about: str) -> str:
        """Decrypt what a person wrote about something; raises PersonUnreadable."""
        return _open(self._unwrap(wrapped, party, person), sealed, _words(party, person, about)).decode()

    def secret(self, wrapped: bytes, party: str, person: str, about: str) -> bytes:
        """Return what nobody works out without a person's key, the same each time; raises PersonUnreadable."""
        key, _ = self._opened(wrapped, party, person)
        return HKDFExpand(SHA256(), _KEY_BYTES, _secret(party, person, about)).derive(key)

    def rewrap(self, wrapped: bytes, party: str, person: str) -> bytes | None:
        """Return a person's key wrapped anew, None if the present key opens it; raises PersonUnreadable."""
        key, cipher = self._opened(wrapped, party, person)
        return None if cipher is self._cipher else _seal(self._cipher, key, _owner(party, person))

    def _unwrap(self, wrapped: bytes, party: str, person: str) -> AESGCM:
        key, _ = self._opened(wrapped, party, person)
        return AESGCM(key)

    def _opened(self, wrapped: bytes, party: str, person: str) -> tuple[bytes, AESGCM]:
        """Return a person's key, and what opened it."""
        for cipher in (self._cipher, *self._previous):
            with contextlib.suppress(PersonUnreadable):
                return _open(cipher, wrapped, _owner(party, person)), cipher
        raise PersonUnreadable


def snapshot_seal(text: str) -> SnapshotSeal:
    """Return the seal of snapshots that goes with a key in base64; raises StartupError, which does not repeat it.

    Of the present key alone: a snapshot is made anew where a person's key is wrapped anew.
    """
    return SnapshotSeal(_key(text, _WANTED))


def salted(data: PersonalData) -> Secrets:
    """Return the data with a salt of its own."""
    return Secrets(data=data, salt=os.urandom(_SALT_BYTES).hex())


def _key(text: str, wanted: str) -> bytes:
    try:
        key = b64decode(text.translate(_EITHER_ALPHABET), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise StartupError(wanted)
    return key


def _seal(cipher: AESGCM, content: bytes, belongs_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, belongs_to)


def _open(cipher: AESGCM, sealed: bytes, belongs_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], belongs_to)
    except (InvalidTag, ValueError):
        raise PersonUnreadable from None


# Ids hold no slash, so no two things are named alike.
def _owner(party: str, person: str) -> bytes:
    return f"moiety/person-key/{party}/{person}".encode()


def _version(party: str, person: str, version: int) -> bytes:
    return f"moiety/person/{party}/{person}/{version}".encode()


def _words(party: str, person: str, about: str) -> bytes:
    return f"moiety/person-words/{party}/{person}/{about}".encode()


def _secret(party: str, person: str, about: str) -> bytes:
    return f"moiety/person-secret/{party}/{person}/{about}".encode()
