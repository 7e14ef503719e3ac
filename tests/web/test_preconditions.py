"""A change names the version it was decided on and may name itself, so that repeating it is safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from shared.web.edge import Application
from shared.web.etag import etag_of, versions_of
from shared.web.idempotency import fingerprint_of, key_of
from shared.web.issuer import LocalIssuer
from shared.web.refusals import IdempotencyKeyMalformed, IfMatchMalformed
from tests.told import refuses


def test_a_change_on_the_current_version_answers_the_next_etag(client: TestClient[Application], deciding, recipe):
    """The answer's ETag is what the next change has to name."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers={**deciding, "Idempotency-Key": "k-1"})

    assert (200, etag_of(4)) == (answer.status_code, answer.headers["etag"])
    assert {"title": "Bread", "actor": "person-1", "party": "HUT", "key": "k-1"} == answer.json()


def test_a_change_that_names_no_version_is_refused(client: TestClient[Application], signed, recipe):
    """Without If-Match the answer is 428, not a lost update."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers=signed)

    assert (428, "IF_MATCH_REQUIRED") == (answer.status_code, answer.json()["code"])


def test_what_is_missing_is_told_before_that_if_match_is(client: TestClient[Application], signed, recipe):
    """There is no version to name of what is not there."""
    answer = client.post("/v1/recipes/unknown", json=recipe, headers=signed)

    assert (404, "RECIPE_NOT_FOUND") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "header", ["3", '"3', '3"', '"3" "4"', "*, *", '"3", *', 'w/"3"', '"\u0663"', "", ",", '"a b"']
)
def test_an_if_match_that_is_none_is_refused(header):
    """It is `*`, or entity tags in a list."""
    with refuses(IfMatchMalformed):
        versions_of(header)


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ("*", None),
        (" * ", None),
        ('W/"3"', {3}),
        ('"3", "4"', {3, 4}),
        ('"3",W/"4" , "3"', {3, 4}),
        (', "3",, ', {3}),
        ('"03"', set()),
        ('"-3"', set()),
        ('"three", "3"', {3}),
        ('""', set()),
        ('"3-gzip"', {3}),
        ('W/"3-br"', {3}),
        ('"3.5f0c2a91-zstd", "4--gzip"', {3, 4}),
        ('"3-gzip-br"', set()),
        ('"3-GZIP"', set()),
        ('"-gzip"', set()),
        ('"99999999999999999999"', set()),
    ],
)
def test_an_if_match_names_versions_as_http_says(header, versions):
    """Any, one of several, also as a compressing proxy writes it; a tag that is none of ours names none."""
    assert versions == versions_of(header)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("*", 200),
        ('W/"3"', 200),
        ('"3-gzip"', 200),
        ('"2", "3"', 200),
        ('"2"', 412),
        ('"2-gzip"', 412),
        ('"x"', 412),
        ("3", 400),
    ],
)
def test_a_change_is_decided_on_what_is_named(client: TestClient[Application], signed, recipe, header, status):
    """RFC 9110, 13.1.1: true if one of them stands."""
    answer = client.post("/v1/recipes/bread", json=recipe, headers={**signed, "If-Match": header})

    assert status == answer.status_code


@given(st.integers(min_value=0, max_value=2**53))
def test_every_version_comes_back_from_its_etag(version: int):
    """An entity tag says exactly its version."""
    assert frozenset({version}) == versions_of(etag_of(version))


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
    with refuses(IdempotencyKeyMalformed):
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
    assert first["fingerprint"] != sent("p-1", b"{}", "?dry=true")["fingerprint"]
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


def test_a_key_that_nothing_would_be_known_by_is_refused(client: TestClient[Application], signed):
    """What records nothing takes no name for itself; a read, which every proxy repeats, does not mind one."""
    named = {**signed, "Idempotency-Key": "k-1"}
    answer = client.post("/v1/tastings", headers=named)

    assert (400, "IDEMPOTENCY_KEY_NOT_TAKEN") == (answer.status_code, answer.json()["code"])
    assert (
        200
        == client.post("/v1/tastings", headers=signed).status_code
        == client.get("/v1/me", headers=named).status_code
    )
