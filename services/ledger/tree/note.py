"""Signed notes and checkpoints, in the formats of the public transparency logs.

c2sp.org/signed-note@v1.0.0 (text, keys, Ed25519 signatures) and c2sp.org/tlog-checkpoint@v1.0.0 (what a log signs).
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.ledger.errors import NoteRefused, SignedByAnother
from services.ledger.tree.merkle import HASH_BYTES
from shared.positions import LAST_POSITION, position_of

ED25519: Final = 0x01
KEY_ID_BYTES = 4
ED25519_KEY_BYTES = 32
# Both limits are ours (the specification asks for at least 16 signatures): notes come from outside.
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_SIGNATURE_PREFIX = "\N{EM DASH} "
_PRIVATE_PREFIX = "PRIVATE+KEY+"


def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Return the four bytes by which a signature names its key."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:KEY_ID_BYTES]


def check_key_name(name: str) -> None:
    """Raise NoteRefused unless the name may be a key's: not empty, without spaces, control characters or `+`."""
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise NoteRefused(f"{name!r} cannot name a key")


@dataclass(frozen=True)
class Verifier:
    """A key that is trusted to sign notes; its text form is the vkey `<name>+<key id>+<key>`."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a vkey; raises NoteRefused for anything but a well-formed Ed25519 key whose id is right."""
        name, hex_id, key = _parse_key(vkey)
        if key_id(name, ED25519, key).hex() != hex_id:
            raise NoteRefused(f"expected key id {key_id(name, ED25519, key).hex()}, got {hex_id!r}")
        return cls(name, key)

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519, self.public_key)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([ED25519]) + self.public_key).decode()}"

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raise NoteRefused unless the signature over the text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError) as error:
            raise NoteRefused(f"the signature of {self.name} does not verify") from error


@dataclass(frozen=True)
class Signer:
    """A key that signs notes; its text form is that of Go's sumdb/note, `PRIVATE+KEY+<name>+<key id>+<seed>`."""

    name: str
    _seed: bytes

    @classmethod
    def generate(cls, name: str) -> Self:
        check_key_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a private key; raises NoteRefused, never quoting the text, which is a secret."""
        if not text.startswith(_PRIVATE_PREFIX):
            raise NoteRefused(f"a signing key starts with {_PRIVATE_PREFIX}")
        name, hex_id, seed = _parse_key(text.removeprefix(_PRIVATE_PREFIX))
        signer = cls(name, seed)
        if signer.verifier.key_id.hex() != hex_id:
            raise NoteRefused(f"expected key id {signer.verifier.key_id.hex()}, got {hex_id!r}")
        return signer

    @cached_property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seed)

    def secret_text(self) -> str:
        """Return the text that `parse` reads: it is the secret itself."""
        seed = b64encode(bytes([ED25519]) + self._seed).decode()
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{seed}"

    def sign(self, text: str) -> str:
        """Return the note: the text, an empty line and this key's signature line."""
        _check_text(text)
        signature = self._key.sign(text.encode())
        line = b64encode(self.verifier.key_id + signature).decode()
        return f"{text}\n{_SIGNATURE_PREFIX}{self.name} {line}\n"

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"  # never the seed: representations end up in logs


class Checkpoint(NamedTuple):
    """What the log commits to: its origin, its size and the root of its tree."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text; raises NoteRefused. Extension lines are allowed, ignored, and never written by us."""
    origin, size, root, *extensions = _lines(text, "checkpoint", at_least=3)
    if not origin or not all(extensions):
        raise NoteRefused("a checkpoint has no empty lines")
    if not (size.isascii() and size.isdigit()) or (size != "0" and size.startswith("0")):
        raise NoteRefused(f"a checkpoint's size is decimal without leading zeros, got {size[:80]!r}")
    entries = position_of(size)
    if entries is None:
        raise NoteRefused(f"a checkpoint's size is at most {LAST_POSITION}, got {len(size)} digits: {size[:80]}")
    return Checkpoint(origin, entries, _base64(root, length=HASH_BYTES))


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """Return the checkpoint that this key, being the log's own, signed; raises NoteRefused."""
    checkpoint = parse_checkpoint(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise NoteRefused(f"expected origin {verifier.name!r}, got {checkpoint.origin!r}")
    return checkpoint


def open_note(note: bytes, trusted: Iterable[Verifier]) -> str:
    """Return the text of a note that at least one trusted key signed. Raises NoteRefused.

    1. The note is valid UTF-8 without control characters other than newline.
    2. Text and signatures part at the last empty line.
    3. Every signature line is well-formed, whoever signed.
    4. Signatures by unknown keys are ignored; one by a trusted key must verify, or the whole note is refused.
    5. At least one trusted key has signed.
    """
    # 1. Form.
    if len(note) > MAX_NOTE_BYTES:
        raise NoteRefused(f"a note holds at most {MAX_NOTE_BYTES} bytes")
    try:
        content = note.decode()
    except UnicodeDecodeError as error:
        raise NoteRefused("a note is valid UTF-8") from error
    # 2. The signatures cannot hold an empty line, the text can.
    text, separator, signatures = content.rpartition("\n\n")
    text += "\n"
    if not separator or not signatures:
        raise NoteRefused("a note is text, an empty line, and signatures")
    _check_text(text)
    # 3. Well-formed lines.
    lines = _lines(signatures, "signature part", at_least=1)
    if len(lines) > MAX_SIGNATURES:
        raise NoteRefused(f"a note holds at most {MAX_SIGNATURES} signatures")
    parsed = [_parse_signature(line) for line in lines]
    # 4. Known keys must verify.
    known = {(verifier.name, verifier.key_id): verifier for verifier in trusted}
    verified = False
    for name, identifier, signature in parsed:
        verifier = known.get((name, identifier))
        if verifier is not None:
            verifier.verify(text.encode(), signature)
            verified = True
    # 5. And one must have signed.
    if not verified:
        raise SignedByAnother(
            trusted=[f"{name}+{identifier.hex()}" for name, identifier in known],
            signed_by=[f"{name}+{identifier.hex()}" for name, identifier, _ in parsed],
        )
    return text


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteRefused("a note's text ends with a newline")
    if any(character < " " and character != "\n" for character in text):
        raise NoteRefused("a note's text holds no control characters")


def _lines(text: str, what: str, *, at_least: int) -> list[str]:
    """Split at line feeds alone: `splitlines` would also split at separators that are ordinary text here."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < at_least:
        raise NoteRefused(f"the {what} has at least {at_least} lines, each ended by a newline")
    return lines


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    """Return a signature line's key name, key id and signature."""
    name, separator, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(_SIGNATURE_PREFIX) or not separator:
        raise NoteRefused(f"a signature line is an em dash, a key name and base64, got {line[:80]!r}")
    check_key_name(name)
    signature = _base64(encoded)
    if len(signature) <= KEY_ID_BYTES:
        raise NoteRefused("a signature holds a key id and at least one byte more")
    return name, signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:]


def _parse_key(text: str) -> tuple[str, str, bytes]:
    """Return name, key id and key of `<name>+<key id>+<base64>`; the base64 may itself contain `+`."""
    try:
        name, hex_id, encoded = text.strip().split("+", 2)
    except ValueError as error:
        raise NoteRefused("a key is <name>+<key id>+<base64>") from error
    check_key_name(name)
    key = _base64(encoded, length=1 + ED25519_KEY_BYTES)
    if key[0] != ED25519:
        raise NoteRefused(f"expected a key of type {ED25519} (Ed25519), got type {key[0]}")
    return name, hex_id, key[1:]


def _base64(text: str, *, length: int | None = None) -> bytes:
    """Decode standard base64, accepting only the one text that encodes these bytes."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteRefused("malformed base64") from error
    if b64encode(data).decode() != text:
        raise NoteRefused("base64 in other than its canonical form")
    if length is not None and len(data) != length:
        raise NoteRefused(f"expected {length} bytes, got {len(data)}")
    return data
