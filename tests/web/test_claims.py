"""What an access token says is found where its issuer says it, and believed only in the form it must have."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import is_id
from shared.web.claims import GRANTS_ACCESS, Accepted, Claims, claims_of, subject_id
from shared.web.refusals import TokenExpired, TokenForeign, TokenMalformed
from tests.told import refuses
from tests.web.kitchen import ACCEPTED, AUDIENCE, ISSUER

NOW = 1_700_000_000.0
SAID = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60, "sub": "p-1"}


def read(accepted: Accepted = ACCEPTED, *, kind: str = GRANTS_ACCESS, **claims: Any) -> Claims:
    return claims_of(msgspec.json.encode({**SAID, **claims}), accepted, NOW, kind=kind)


IDENTIFYING = [
    {"at_hash": "fPlsvVszI29LU2UhDyJ9vg"},
    {"c_hash": "fPlsvVszI29LU2UhDyJ9vg"},
    {"nonce": "n-0S6_WzA2Mj"},
    {"typ": "ID"},
    {"typ": None},
]


@pytest.mark.parametrize("claims", IDENTIFYING)
def test_a_token_of_no_stated_use_that_says_who_signed_in_is_refused(claims: dict[str, Any]) -> None:
    """It is the client's, and lets nobody in here."""
    assert "p-1" == read(kind="jwt").subject
    with refuses(TokenMalformed, match="expected an access token"):
        read(kind="jwt", **claims)


@pytest.mark.parametrize("claims", IDENTIFYING)
def test_an_access_token_may_say_more(claims: dict[str, Any]) -> None:
    """Its type tells what it is for."""
    assert "p-1" == read(**claims).subject


@pytest.mark.parametrize(
    "subject",
    [
        *("p-1", "6553da60a54af58e29493993", "690222be-ff1a-4d56-abd1-7e4f7d38e474"),
        *("sub-1", f"sub-{40 * '0'}1", f"sub-{40 * 'A'}"),
    ],
)
def test_a_subject_that_is_an_id_is_left_as_it_is(subject: str) -> None:
    """Whoever named persons by their subjects finds them under the same names."""
    assert subject == subject_id(subject)


@pytest.mark.parametrize(
    ("subject", "known_as"),
    [
        ("auth0|6553da60a54af58e29493993", "sub-99d8e1b30b85e5e87e0a8ae8b0a2dd8ba3da6b84"),
        ("awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients", ""),
        ("jane@hut.example", ""),
        ("HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ_", ""),
        ("UNALLOCATED", ""),
        ("\u00e9", ""),
        ("x" * 65, ""),
        ("a b", ""),
    ],
)
def test_a_subject_that_is_no_id_is_hashed(subject: str, known_as: str) -> None:
    """As `sha256sum` hashes it: stable for ever, and whoever administers people can work it out."""
    hashed = subject_id(subject)

    assert f"sub-{sha256(subject.encode()).hexdigest()[:40]}" == hashed
    assert is_id(hashed)


def test_nobody_can_choose_the_subject_that_anothers_is_hashed_to() -> None:
    """What has the form of a hashed subject is hashed once more."""
    hashed = subject_id("jane@hut.example")

    assert subject_id(hashed) not in {hashed, "jane@hut.example"}


@given(st.text(min_size=1))
def test_whatever_the_subject_it_becomes_an_id(subject: str) -> None:
    """Any text an issuer may write; the same text becomes the same id."""
    try:
        subject.encode()
    except UnicodeEncodeError:
        return  # no JSON text
    assert is_id(subject_id(subject))
    assert subject_id(subject) == subject_id(subject)


def test_the_first_name_of_a_subject_that_is_there_counts() -> None:
    """Persons may have a name of their own, programs only the common one."""
    accepted = ACCEPTED._replace(subject=("uid", "sub"))

    assert "00u1" == read(accepted, uid="00u1", sub="jane@hut.example").subject
    assert "0oa2" == read(accepted, sub="0oa2").subject
    with refuses(TokenMalformed, match="uid or sub"):
        read(accepted, uid=7)
    with refuses(TokenMalformed, match="uid or sub"):
        read(accepted, uid=None, sub=None)


@pytest.mark.parametrize("name", ["https://moiety.example/party", "extn.party", "a.b", "party"])
def test_a_claim_is_found_by_its_whole_name(name: str) -> None:
    """Dots and slashes within a name mean nothing."""
    accepted = ACCEPTED._replace(party=name)

    assert "HUT" == read(accepted, **{name: "HUT"}).party
    assert read(accepted, other="HUT").party is None


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("/resource_access/moiety/roles", {"resource_access": {"moiety": {"roles": ["auditor"]}}}),
        ("/https:~1~1moiety.example~1claims/roles", {"https://moiety.example/claims": {"roles": ["auditor"]}}),
        ("/a~0b", {"a~b": ["auditor"]}),
        ("/~01", {"~1": ["auditor"]}),
    ],
)
def test_a_nested_claim_is_found_by_a_json_pointer(pointer: str, said: dict[str, Any]) -> None:
    """Each step is one member."""
    assert {"auditor"} == read(ACCEPTED._replace(roles=pointer), **said).roles


@pytest.mark.parametrize("said", [{}, {"a": 1}, {"a": []}, {"a": None}, {"a": {"b": {}}}, {"a": "b"}])
def test_a_pointer_that_leads_nowhere_finds_nothing(said: dict[str, Any]) -> None:
    """Not every token has every claim."""
    assert set() == read(ACCEPTED._replace(roles="/a/b/c"), **said).roles


@pytest.mark.parametrize("party", ["HUT", ["HUT"]])
def test_a_party_may_stand_alone_in_a_list(party: object) -> None:
    """Some issuers write every attribute of their own as a list."""
    assert "HUT" == read(party=party).party


@pytest.mark.parametrize("roles", [["auditor", "operator", "king"], "auditor operator king"])
def test_roles_may_be_a_list_or_words(roles: object) -> None:
    """Those nobody knows are left out."""
    assert {"auditor", "operator"} == read(roles=roles).roles


@pytest.mark.parametrize("roles", [7, {"auditor": True}, ["auditor", 7], [["auditor"]], True])
def test_roles_of_another_form_are_refused(roles: object) -> None:
    """A mistake of the issuer's settings is told, not taken for having no role."""
    with refuses(TokenMalformed, match="a list of texts in roles"):
        read(roles=roles)


@pytest.mark.parametrize("audience", ["moiety", "https://moiety.example/api", ["elsewhere", "moiety"]])
def test_any_of_the_audiences_will_do(audience: object) -> None:
    """A service may be known by several names."""
    accepted = ACCEPTED._replace(audiences=frozenset({"moiety", "https://moiety.example/api"}))

    assert "p-1" == read(accepted, aud=audience).subject


@pytest.mark.parametrize("audience", ["moiety https://moiety.example/api", "Moiety", [], ["elsewhere"], ""])
def test_other_audiences_are_refused(audience: object) -> None:
    """Only the whole name counts."""
    with refuses(TokenForeign):
        read(ACCEPTED._replace(audiences=frozenset({"moiety", "https://moiety.example/api"})), aud=audience)


@pytest.mark.parametrize("leeway", [0, 5, 300])
def test_clocks_may_differ_by_the_leeway(leeway: float) -> None:
    """Before its beginning and after its end a token is believed for this long, and not a moment longer."""
    accepted = ACCEPTED._replace(leeway_seconds=leeway)

    assert NOW + 60 + leeway == read(accepted).expires_at
    assert "p-1" == read(accepted, nbf=NOW + leeway).subject
    with refuses(TokenExpired):
        read(accepted, exp=NOW - leeway)
    with refuses(TokenExpired):
        read(accepted, nbf=NOW + leeway + 1)


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"{", b'{"iss": "\xff"}', b"7"])
def test_what_is_no_object_is_refused(payload: bytes) -> None:
    """Anything may be signed."""
    with refuses(TokenMalformed):
        claims_of(payload, ACCEPTED, NOW, kind=GRANTS_ACCESS)
