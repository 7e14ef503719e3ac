"""A caller is believed only with a proper, unexpired access token of our issuer for our audience."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import nullcontext
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from litestar.testing import TestClient

from shared.web.auth import Caller, TokenVerifier
from shared.web.edge import Application
from shared.web.issuer import LocalIssuer
from shared.web.keys import TrustedKeys
from shared.web.refusals import TokenExpired, TokenForeign, TokenMalformed
from tests.told import refuses
from tests.web.kitchen import ACCEPTED, AUDIENCE, ISSUER
from tests.web.published import Clock, PublishedKeys, signed_by_hand


def forged(token: str, **header: Any) -> str:
    head, payload, signature = token.split(".")
    members = msgspec.json.decode(urlsafe_b64decode(head + "=="))
    changed = urlsafe_b64encode(msgspec.json.encode({**members, **header})).rstrip(b"=").decode()
    return f"{changed}.{payload}.{signature}"


async def test_a_proper_token_speaks_for_its_subject(verifier: TokenVerifier, issuer: LocalIssuer):
    """Subject, party, roles and scopes come from the token; roles nobody knows are left out."""
    caller = await verifier.caller_of(issuer.mint("p-1", party="HUT", roles=["representative", "king"], scope="a b"))

    assert caller == Caller("p-1", "HUT", frozenset({"representative"}), frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ({"exp": 1_000_000_000}, TokenExpired),
        ({"nbf": 4_000_000_000}, TokenExpired),
        ({"iss": "https://elsewhere.example"}, TokenForeign),
        ({"aud": "another-service"}, TokenForeign),
        ({"aud": ["another-service", "moiety-2"]}, TokenForeign),
        ({"aud": None}, TokenMalformed),
        ({"exp": None}, TokenMalformed),
        ({"exp": "tomorrow"}, TokenMalformed),
        ({"sub": None}, TokenMalformed),
        ({"sub": ""}, TokenMalformed),
        ({"sub": ["p-1"]}, TokenMalformed),
        ({"party": "HUT/../ATRC"}, TokenMalformed),
        ({"party": None, "roles": ["representative"]}, TokenMalformed),
        ({"party": ["HUT", "ATRC"]}, TokenMalformed),
        ({"party": []}, TokenMalformed),
        ({"party": {"id": "HUT"}}, TokenMalformed),
        ({"scope": ["read"]}, TokenMalformed),
    ],
)
async def test_claims_that_do_not_hold_are_refused(verifier: TokenVerifier, issuer: LocalIssuer, claims, refusal):
    """A signature is not enough: issuer, audience, time and form must all be right."""
    with refuses(refusal):
        await verifier.caller_of(issuer.mint("p-1", **{"party": "HUT", **claims}))


@pytest.mark.parametrize("kind", [None, "JWT", "id+jwt", 7])
async def test_a_token_of_another_kind_is_refused(verifier: TokenVerifier, issuer: LocalIssuer, kind):
    """An identity token of the same issuer is no access token."""
    with refuses(TokenMalformed):
        await verifier.caller_of(forged(issuer.mint("p-1"), typ=kind))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "RS512", "ES512", "PS256", "", None])
async def test_algorithms_outside_the_list_are_refused(verifier: TokenVerifier, issuer: LocalIssuer, algorithm):
    """The list of algorithms is ours, whatever the token says of itself."""
    with refuses(TokenMalformed):
        await verifier.caller_of(forged(issuer.mint("p-1"), alg=algorithm))


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg": ["EdDSA"], "typ": "at+jwt"}',
        b'{"alg": {}, "typ": "at+jwt"}',
        b'{"alg": "\\ud800", "typ": "at+jwt"}',
        b'{"alg": "EdDSA", "typ": "\\ud800"}',
        b'{"alg": "EdDSA", "typ": ["at+jwt"]}',
        b'{"alg": "EdDSA", "typ": "at+jwt", "kid": {}}',
        b'{"alg": NaN}',
        b'["alg"]',
        b'"alg"',
        b"[" * 300,
    ],
)
def test_whatever_stands_in_a_header_is_answered_with_a_problem(client: TestClient[Application], header: bytes):
    """Anybody may write a header: any JSON in it, even text that cannot be encoded, is the caller's mistake."""
    token = f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.e30.AAAA"
    answer = client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert (401, "TOKEN_MALFORMED") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("critical", [[], ["exp"], ["b64"], ["alg"], None, "exp", {}, 7])
async def test_a_token_that_asks_for_more_than_is_understood_is_refused(clock: Clock, critical):
    """`crit` lists what must be understood, and nothing beyond the algorithm is; nobody may write an empty list."""
    key = OKPKey.generate_key("Ed25519")
    key_set = msgspec.json.encode({"keys": [{**key.as_dict(private=False), "kid": "k1"}]})
    verifier = TokenVerifier(TrustedKeys(PublishedKeys(key_set)), ACCEPTED, clock=clock)
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": "k1"}
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "p-1", "exp": clock.now + 60}

    with refuses(TokenMalformed, match="no crit"):
        await verifier.caller_of(signed_by_hand({**header, "crit": critical}, claims, key))
    assert (await verifier.caller_of(signed_by_hand(header, claims, key))).subject == "p-1"


async def test_an_unsigned_token_is_refused(verifier: TokenVerifier, issuer: LocalIssuer):
    """`alg: none` with no signature proves nothing."""
    head, payload, _ = forged(issuer.mint("p-1"), alg="none").split(".")

    with refuses(TokenMalformed):
        await verifier.caller_of(f"{head}.{payload}.")


async def test_the_public_key_is_no_shared_secret(verifier: TokenVerifier, issuer: LocalIssuer):
    """A token signed with HMAC under our published key is refused: the oldest trick."""
    published_key = msgspec.json.decode(issuer.jwks())["keys"][0]
    secret = OctKey.import_key(urlsafe_b64decode(published_key["x"] + "="))
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "p-1", "exp": time.time() + 60}
    header = {"alg": "HS256", "typ": "at+jwt", "kid": published_key["kid"]}

    with refuses(TokenMalformed):
        await verifier.caller_of(jwt.encode(header, claims, secret))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_a_key_is_used_only_with_its_own_algorithm(verifier: TokenVerifier, issuer: LocalIssuer, algorithm):
    """An allowed algorithm that does not fit the key is refused before any signature is looked at."""
    with refuses(TokenForeign):
        await verifier.caller_of(forged(issuer.mint("p-1"), alg=algorithm))


async def test_every_changed_character_is_noticed(verifier: TokenVerifier, issuer: LocalIssuer):
    """Changing any character of a token makes it worthless."""
    token = issuer.mint("p-1", party="HUT", roles=["auditor"])
    await verifier.caller_of(token)

    for at, character in enumerate(token):
        # The last character of the signature holds bits that mean nothing; a different one may decode alike.
        if at == len(token) - 1:
            break
        changed = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        with refuses((TokenMalformed, TokenForeign)):
            await verifier.caller_of(changed)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "\u00e9.a.b", "x" * 9000, "\x00"])
async def test_what_is_no_token_at_all_is_refused(verifier: TokenVerifier, text):
    """Nonsense in the place of a token is malformed, never an error of ours."""
    with refuses(TokenMalformed):
        await verifier.caller_of(text)


async def test_another_issuers_key_is_not_believed(verifier: TokenVerifier):
    """A token with all the right claims under a key we were not given is foreign."""
    stranger = LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)

    with refuses(TokenForeign):
        await verifier.caller_of(stranger.mint("p-1"))


async def test_a_strangers_signature_under_our_key_id_is_not_believed(verifier: TokenVerifier, issuer: LocalIssuer):
    """The key id says which key to check with, nothing more."""
    ours = msgspec.json.decode(issuer.jwks())["keys"][0]["kid"]
    stranger = LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)

    with refuses(TokenForeign):
        await verifier.caller_of(stranger.mint("p-1", header={"kid": ours}))


async def test_a_token_without_key_id_is_checked_with_the_only_key(verifier: TokenVerifier, issuer: LocalIssuer):
    """Where there is one key, a token need not name it."""
    assert (await verifier.caller_of(issuer.mint("p-1", header={"kid": None}))).subject == "p-1"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
        (ECKey.generate_key("P-256"), "ES256"),
        (RSAKey.generate_key(2048), "RS256"),
    ],
)
async def test_each_accepted_algorithm_is_understood(key, algorithm, clock: Clock):
    """Issuers sign with Ed25519 (under both its names), ES256 or RS256."""
    key_set = msgspec.json.encode({"keys": [{**key.as_dict(private=False), "kid": "k1"}]})
    verifier = TokenVerifier(TrustedKeys(PublishedKeys(key_set)), ACCEPTED, clock=clock)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "p-1", "exp": clock.now + 60}
    header = {"alg": algorithm, "typ": "at+jwt", "kid": "k1"}
    with pytest.warns(SecurityWarning) if algorithm == "EdDSA" else nullcontext():
        token = jwt.encode(header, claims, key, algorithms=[algorithm])

    assert (await verifier.caller_of(token)).subject == "p-1"


async def test_a_remembered_token_still_expires(verifier: TokenVerifier, issuer: LocalIssuer, clock: Clock):
    """A token verified once is believed until its own end and not a moment longer than the leeway."""
    token = issuer.mint("p-1", lifetime_seconds=60)
    await verifier.caller_of(token)

    clock.now += 70
    with pytest.raises(TokenExpired):
        await verifier.caller_of(token)


@pytest.mark.parametrize(
    ("authorization", "code", "challenge"),
    [
        (None, "TOKEN_MISSING", 'Bearer realm="moiety"'),
        ("Basic dXNlcjpwYXNz", "TOKEN_MALFORMED", 'error="invalid_token"'),
        ("Bearer", "TOKEN_MALFORMED", 'error="invalid_token"'),
        ("Bearer e30.e30.e30", "TOKEN_MALFORMED", 'error="invalid_token"'),
    ],
)
def test_a_refused_token_answers_401_with_a_challenge(client: TestClient[Application], authorization, code, challenge):
    """The challenge follows RFC 6750: no error code for those who sent nothing."""
    answer = client.get("/v1/me", headers={"Authorization": authorization} if authorization else {})

    assert (401, code) == (answer.status_code, answer.json()["code"])
    assert challenge in answer.headers["www-authenticate"]
    assert authorization is not None or "error" not in answer.headers["www-authenticate"]


def test_a_caller_without_the_role_is_told_which_is_needed(
    client: TestClient[Application], issuer: LocalIssuer, recipe
):
    """A proper token without the role answers 403, not 401."""
    auditor = issuer.mint("p-2", roles=["auditor"])
    answer = client.post("/v1/recipes/bread", json=recipe, headers={"Authorization": f"Bearer {auditor}"})
    problem = answer.json()

    assert (403, "ROLE_MISSING") == (answer.status_code, problem["code"])
    assert (["representative"], ["auditor"]) == (problem["expected"], problem["got"])
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_the_token_is_looked_at_before_the_body(client: TestClient[Application]):
    """A stranger learns nothing from sending bodies, however large."""
    assert client.post("/v1/recipes/bread", content=b"x" * 100_000).status_code == 401
