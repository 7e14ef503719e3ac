"""Canonical JSON (RFC 8785) and the hashes that are taken over it."""

import hashlib

import msgspec

# RFC 8785 orders keys by UTF-16 code units and msgspec by UTF-8 bytes. The two agree for every key without
# a character beyond the basic plane, and all our keys are ASCII names or ids; a property test compares
# these bytes with the rfc8785 package's. Floats have no place in a fact, so their formatting never matters.
_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical_json(value: object) -> bytes:
    """Return the canonical bytes of structs, dicts, lists, text, integers, booleans and null."""
    return _ENCODER.encode(value)


def sha256_text(data: bytes) -> str:
    """Return `sha256:` and 64 hex digits: how hashes are written in events and answers."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def content_hash(value: object) -> str:
    """Return the hash that an attestation binds: over the canonical bytes of the content."""
    return sha256_text(canonical_json(value))
