"""Safe repeats: a caller names a request once, and repeating it under that name changes nothing more."""

import re
from hashlib import sha256
from typing import Annotated, Any, Final

from litestar import Request
from litestar.params import HeaderParameter

from shared.forms import whole
from shared.log.keys import KEPT_DAYS
from shared.log.store import IdempotencyKey
from shared.web.auth import Caller
from shared.web.refusals import IdempotencyKeyMalformed

# draft-ietf-httpapi-idempotency-key-header asks for a structured-field string, in quotes; most clients send it bare.
_QUOTED: Final = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"'
_BARE: Final = r"[\x21\x23-\x7e]{1,255}"
_KEY: Final = re.compile(f"(?P<quoted>{_QUOTED})|(?P<bare>{_BARE})")

KEY_HEADER: Final = "Idempotency-Key"
IdempotencyKeyHeader = Annotated[
    str | None,
    HeaderParameter(
        name=KEY_HEADER,
        required=False,
        description=(
            "The caller's own name for this request: repeating it under the same name changes nothing more,"
            f" for {KEPT_DAYS} days."
        ),
        schema_extra={"pattern": whole(f"(?:{_QUOTED}|{_BARE})")},
    ),
]


def key_of(header: str) -> str:
    """Return the key a header names; quoted and bare are the same key."""
    match = _KEY.fullmatch(header.strip())
    if match is None:
        raise IdempotencyKeyMalformed(got=header[:300])
    if match["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", match["quoted"][1:-1])
    return match["bare"]


def fingerprint_of(method: str, target: str, body: bytes) -> bytes:
    """Return what tells two requests under one key apart."""
    # Lengths first, so that no byte can move from one part to the next and keep the digest.
    head = f"{len(method)}:{method}{len(target)}:{target}"
    return sha256(head.encode() + body).digest()


async def idempotency(
    request: Request[Any, Any, Any], idempotency_key_header: IdempotencyKeyHeader = None
) -> IdempotencyKey | None:
    """Provide `idempotency: NamedDependency[IdempotencyKey | None]`; raises IdempotencyKeyMalformed."""
    if idempotency_key_header is None:
        return None
    scope = request.scope
    target = scope["path"] + "?" + scope["query_string"].decode("latin-1")
    fingerprint = fingerprint_of(scope["method"], target, await request.body())
    # A key is the caller's in the party and the roles it speaks for now: the same person for another party is another.
    caller: Caller = request.user
    name = f"{caller.party or ''}/{','.join(sorted(caller.roles))}/{caller.subject}"
    return IdempotencyKey(name, key_of(idempotency_key_header), fingerprint)
