"""A change names the version it was decided on and may name itself, so that repeating it is safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from shared.web.edge import Application
from shared.web.etag import etag_of, version_of
from shared.web.idempotency import fingerprint_of, key_of
from shared.web.issuer import LocalIssuer
from shared.web.refusals import IdempotencyKeyMalformed, IfMatchMalformed


def test_a_change_on_the_current_version_answers_the_next_etag(client: TestClient[Application], deciding, recipe):
    """The answer's ETag is what the next change has to name."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers={**deciding, "Idempotency-Key": "k-1"})

    assert (200, etag_of(4)) == (answer.status_code, answer.headers["etag"])
    assert {"title": "Bread", "actor": "person-1", "party": "HUT", "key": "k-1"} == answer.json()


def test_a_change_that_names_no_version_is_refused(client: TestClient[Application], signed, recipe):
    """Without If-Match the answer is 428, not a lost update."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers=signed)

    assert (428, "IF_MATCH_REQUIRED") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("header", ["*", "3", 'W/"3"', '"3", "4"', '"03"', '"-3"', '"three"', '""', '"3', '"\u0663"'])
def test_an_if_match_that_names_no_one_version_is_refused(header):
    """Weak tags, lists, the star and other spellings are not a version somebody decided on."""
    with pytest.raises(IfMatchMalformed):
        version_of(header)


@given(st.integers(min_value=0, max_value=2**53))
def test_every_version_comes_back_from_its_etag(version: int):
    """An entity tag says exactly its version."""
    assert version == version_of(etag_of(version))


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('"a key with spaces"', "a key with spaces"),
        (r'"say \"please\""', 'say "please"'),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_key_is_the_same_quoted_or_bare(header, key):
    """Clients that follow the draft and clients that do not name their requests alike."""
    assert key == key_of(header)


@pytest.mark.parametrize(
    "header", ["", '""', "two words", '"open', "ü", "x" * 256, '"' + "x" * 256 + '"', "a\nb", '"\\x"']
)
def test_a_key_that_is_none_is_refused(header):
    """Empty, overlong and unprintable keys are malformed."""
    with pytest.raises(IdempotencyKeyMalformed):
        key_of(header)


def test_a_malformed_key_answers_400(client: TestClient[Application], deciding, recipe):
    """The refusal reaches the caller before anything is decided."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers={**deciding, "Idempotency-Key": "two words"})

    assert (400, "IDEMPOTENCY_KEY_MALFORMED") == (answer.status_code, answer.json()["code"])


def test_a_key_belongs_to_its_caller_and_its_payload(client: TestClient[Application], issuer: LocalIssuer):
    """The same key of another caller is another key; the same key with another payload has another fingerprint."""

    def sent(subject: str, body: bytes, query: str = "") -> dict[str, str]:
        headers = {"Authorization": f"Bearer {issuer.mint(subject)}", "Idempotency-Key": "k"}
        answer: dict[str, str] = client.post(f"/v1/fingerprint{query}", content=body, headers=headers).json()
        return answer

    first = sent("p-1", b"{}")
    assert first == sent("p-1", b"{}")
    assert first["fingerprint"] != sent("p-1", b"{ }")["fingerprint"]
    assert first["fingerprint"] != sent("p-1", b"{}", "?dry=1")["fingerprint"]
    assert first["fingerprint"] == sent("p-2", b"{}")["fingerprint"]
    assert first["caller"] != sent("p-2", b"{}")["caller"]


def test_one_person_for_two_parties_has_two_sets_of_keys(client: TestClient[Application], issuer: LocalIssuer):
    """What was answered to one party must never be replayed to another, whoever asks."""

    def caller(party: str, role: str) -> str:
        token = issuer.mint("counsel", party=party, roles=[role])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        named: str = client.post("/v1/fingerprint", content=b"{}", headers=headers).json()["caller"]
        return named

    callers = [caller("HUT", "representative"), caller("EGU", "representative"), caller("HUT", "auditor")]

    assert 3 == len(set(callers))


def test_a_request_may_go_without_a_key(client: TestClient[Application], signed):
    """Naming a request is the caller's choice."""
    assert {"key": None} == client.post("/v1/fingerprint", headers=signed).json()


@given(st.text(max_size=20), st.text(max_size=20), st.binary(max_size=20), st.integers(min_value=1, max_value=10))
def test_no_byte_moves_between_the_parts_of_a_fingerprint(method: str, target: str, body: bytes, moved: int):
    """A body that begins where another's target ends has another fingerprint."""
    moved_target = target[:-moved]
    if moved_target == target:
        return
    shifted = target[len(moved_target) :].encode() + body

    assert fingerprint_of(method, target, body) != fingerprint_of(method, moved_target, shifted)
