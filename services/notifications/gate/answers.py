"""What nats-server asks about a connection, and what it is answered: tokens in a form of its own, signed by its keys.

The form is ADR-26 of nats-architecture-and-design; `tests/notifications/test_gate.py` has the server itself read it.
"""

from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from shared.errors import MoietyError
from shared.log.parties import PARTNER_API, acknowledging, stream_of
from shared.nkeys import AccountKey, is_signed_by_server

# The account that partners come into (shared/embedded/nats.py).
ACCOUNT: Final = "PARTNERS"
# What a server of this kind of configuration does not look at here, it has in its own: how much one may say and hear.
_UNLIMITED: Final = -1
_HEADER: Final = b'{"typ":"JWT","alg":"ed25519-nkey"}'
_PARTS: Final = 3


class NotAsked(MoietyError):
    """What came is no question of a server's."""


class Question(NamedTuple):
    """Who asks, about which connection, and what that has shown; an empty token where it has shown none."""

    server: str
    connection: str
    host: str
    token: str


class _Server(msgspec.Struct):
    id: str


class _Client(msgspec.Struct):
    host: str = ""


class _Shown(msgspec.Struct):
    auth_token: str = ""


class _About(msgspec.Struct):
    server_id: _Server
    user_nkey: str
    client_info: _Client
    connect_opts: _Shown


class _Request(msgspec.Struct):
    iss: str
    nats: _About


def read_question(asked: bytes) -> Question:
    """Read a question, which a server has signed; raises NotAsked."""
    parts = asked.split(b".")
    if len(parts) != _PARTS:
        raise NotAsked("not three parts")
    try:
        payload, signature = _decoded(parts[1]), _decoded(parts[2])
        request = msgspec.json.decode(payload, type=_Request)
    except ValueError as error:
        raise NotAsked(str(error)) from error
    about = request.nats
    if request.iss != about.server_id.id or not is_signed_by_server(request.iss, asked.rpartition(b".")[0], signature):
        raise NotAsked("no server has signed it")
    return Question(request.iss, about.user_nkey, about.client_info.host, about.connect_opts.auth_token)


def admission(key: AccountKey, question: Question, party: str, *, now: float, until: float) -> bytes:
    """Answer that a connection speaks for a party until a time."""
    user = _signed(
        key,
        {
            **_about(key, question, now),
            "aud": ACCOUNT,
            "name": party,
            "exp": int(until),
            "nats": {"type": "user", "version": 2, **rights_of(party)},
        },
    )
    return _answer(key, question, now, {"jwt": user.decode()})


def refusal(key: AccountKey, question: Question, reason: str, *, now: float) -> bytes:
    """Answer that a connection speaks for nobody; the reason stays between server and gate."""
    return _answer(key, question, now, {"error": reason})


def rights_of(party: str) -> Mapping[str, object]:
    """Return what a party's system may do: look at its own stream, pull from its consumers, and acknowledge.

    It makes no consumer itself: a right cannot look into a request, and one that delivers into the requests for
    another's messages empties that one's consumer.
    """
    stream = stream_of(party)
    publish = [
        f"{PARTNER_API}.STREAM.INFO.{stream}",
        f"{PARTNER_API}.CONSUMER.INFO.{stream}.*",
        f"{PARTNER_API}.CONSUMER.MSG.NEXT.{stream}.*",
        f"$JS.ACK.{stream}.>",
        acknowledging(party),
    ]
    return {
        "pub": {"allow": publish},
        "sub": {"allow": [f"{inbox_of(party)}.>"]},
        "subs": _UNLIMITED,
        "data": _UNLIMITED,
        "payload": _UNLIMITED,
    }


def inbox_of(party: str) -> str:
    """Return the prefix of the inboxes on which a party's system is answered."""
    return f"_INBOX_{party}"


def _about(key: AccountKey, question: Question, now: float) -> dict[str, object]:
    return {"iss": key.public, "iat": int(now), "sub": question.connection}


def _answer(key: AccountKey, question: Question, now: float, said: Mapping[str, str]) -> bytes:
    claims = {"type": "authorization_response", "version": 2, **said}
    return _signed(key, {**_about(key, question, now), "aud": question.server, "nats": claims})


def _signed(key: AccountKey, claims: Mapping[str, object]) -> bytes:
    name = b32encode(sha256(msgspec.json.encode(claims)).digest()).decode().rstrip("=")
    signed = b".".join((_encoded(_HEADER), _encoded(msgspec.json.encode({**claims, "jti": name}))))
    return b".".join((signed, _encoded(key.sign(signed))))


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
