"""The tokens of common issuers are believed with the settings that the operations page names for them."""

import re
import shlex
import time
from typing import Any, NamedTuple

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.settings import load
from shared.web.auth import TokenVerifier
from shared.web.claims import Accepted, subject_id
from shared.web.keys import TrustedKeys
from shared.web.refusals import TokenForeign, TokenMalformed
from tests.architecture.source import ROOT
from tests.told import refuses
from tests.web.published import PublishedKeys, key_set

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NEEDED = {
    "MOIETY_DATABASE_URL": "postgresql://agreements@db:5432/agreements",
    "MOIETY_PEOPLE_KEY": "irrelevant",
}
KEY = RSAKey.generate_key(2048)
ANOTHER_KEY = RSAKey.generate_key(2048)
_CERTIFICATE = "MIIC+zCCAeOgAwIBAgIJ"
_NOW = int(time.time())
_TIMES = {"iat": _NOW, "nbf": _NOW, "exp": _NOW + 3600}
_REPRESENTATIVE = frozenset({"representative"})
_SERVICE = frozenset({"service"})


class Issued(NamedTuple):
    """How an issuer writes tokens: headers and claims as it documents them, and whom they speak for."""

    header: dict[str, str]
    key_members: dict[str, Any]
    person: dict[str, Any]
    known_as: str
    program: dict[str, Any]
    program_known_as: str
    identity: dict[str, Any]
    """What the same issuer tells a client about who signed in."""


AUTH0 = Issued(
    header={"typ": "at+jwt"},
    key_members={"x5t": "abc", "x5c": [_CERTIFICATE], "alg": "RS256", "use": "sig"},
    person={
        "iss": "https://TENANT.eu.auth0.com/",
        "sub": "auth0|6553da60a54af58e29493993",
        "aud": ["https://moiety.example/api", "https://TENANT.eu.auth0.com/userinfo"],
        "client_id": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
        "jti": "73WakrfVbNJBaAmhQtEeDv",
        "scope": "openid profile",
        "https://moiety.example/party": "HUT",
        "https://moiety.example/roles": ["representative"],
    },
    known_as=subject_id("auth0|6553da60a54af58e29493993"),
    program={
        "iss": "https://TENANT.eu.auth0.com/",
        "sub": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients",
        "aud": "https://moiety.example/api",
        "client_id": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
        "jti": "3lCm8yXcbvXAMBwzDMGtVe",
        "https://moiety.example/roles": ["service"],
    },
    program_known_as=subject_id("awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients"),
    identity={
        "iss": "https://TENANT.eu.auth0.com/",
        "sub": "auth0|6553da60a54af58e29493993",
        "aud": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
        "nonce": "n-0S6_WzA2Mj",
        "https://moiety.example/party": "HUT",
        "https://moiety.example/roles": ["representative"],
    },
)
_KEYCLOAK = {
    "iss": "https://sso.example/realms/REALM",
    "azp": "portal",
    "acr": "1",
    "realm_access": {"roles": ["default-roles-realm", "offline_access", "operator"]},
    "scope": "email profile",
}
KEYCLOAK = Issued(
    header={"typ": "JWT"},
    key_members={"x5t": "abc", "x5t#S256": "abc", "x5c": [_CERTIFICATE], "alg": "RS256", "use": "sig"},
    person={
        **_KEYCLOAK,
        "jti": "onrtac:3f1c",
        "aud": ["moiety", "account"],
        "sub": "f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e",
        "typ": "Bearer",
        "sid": "4c0a3a8a-3a47-4f2f-8e89-9e5f9b0a0a0a",
        "resource_access": {"moiety": {"roles": ["representative"]}, "account": {"roles": ["manage-account"]}},
        "preferred_username": "jane",
        "party": "HUT",
    },
    known_as="f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e",
    program={
        **_KEYCLOAK,
        "jti": "trrtcc:312e",
        "aud": "moiety",
        "sub": "144bdeab-9bbf-47d6-9ec4-55982cd20e82",
        "typ": "Bearer",
        "client_id": "ledger",
        "resource_access": {"moiety": {"roles": ["service"]}},
    },
    program_known_as="144bdeab-9bbf-47d6-9ec4-55982cd20e82",
    identity={
        **_KEYCLOAK,
        # Even of a client that has the name of the audience.
        "aud": "moiety",
        "sub": "f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e",
        "typ": "ID",
        "party": "HUT",
        "resource_access": {"moiety": {"roles": ["representative"]}},
    },
)
_ENTRA = {
    "iss": "https://login.microsoftonline.com/TENANT/v2.0",
    "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
    "tid": "TENANT",
    "ver": "2.0",
    "uti": "o5YvjS_pM0qmWL5G5bkAAA",
    "rh": "0.AXkAS.",
}
ENTRA = Issued(
    header={"typ": "JWT"},
    key_members={"x5t": "abc", "x5c": [_CERTIFICATE], "use": "sig", "issuer": _ENTRA["iss"]},
    person={
        **_ENTRA,
        "azp": "a1b2c3d4-be56-4843-9ff4-e66a39bb12e3",
        "azpacr": "0",
        "name": "Jane",
        "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
        "preferred_username": "jane@hut.example",
        "roles": ["representative"],
        "scp": "access_as_user",
        "sub": "HKZpfaHyWadeOouYlitjrI_KffTm222X5rrV3xDqfKQ",
        "extn.party": ["HUT"],
    },
    known_as="690222be-ff1a-4d56-abd1-7e4f7d38e474",
    program={
        **_ENTRA,
        "azp": "b1b2c3d4-be56-4843-9ff4-e66a39bb12e3",
        "azpacr": "1",
        "idtyp": "app",
        "oid": "7cd2a3c2-ff1a-4d56-abd1-7e4f7d38e474",
        "sub": "7cd2a3c2-ff1a-4d56-abd1-7e4f7d38e474",
        "roles": ["service"],
    },
    program_known_as="7cd2a3c2-ff1a-4d56-abd1-7e4f7d38e474",
    identity={
        **_ENTRA,
        "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
        "sub": "HKZpfaHyWadeOouYlitjrI_KffTm222X5rrV3xDqfKQ",
        "nonce": "12345",
        "roles": ["representative"],
        "extn.party": ["HUT"],
    },
)
_OKTA = {"ver": 1, "iss": "https://ORG.okta.com/oauth2/default", "aud": "api://default", "cid": "0oa1gjh63g214q0Hq0g4"}
OKTA = Issued(
    header={},
    key_members={"alg": "RS256", "use": "sig"},
    person={
        **_OKTA,
        "jti": "AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts",
        "uid": "00u1fkl3msqpf4nIA0h8",
        "scp": ["openid", "profile"],
        "auth_time": _NOW,
        "sub": "jane@hut.example",
        "party": "HUT",
        "roles": ["representative"],
    },
    known_as="00u1fkl3msqpf4nIA0h8",
    program={
        **_OKTA,
        "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "scp": ["moiety"],
        "sub": "0oa1gjh63g214q0Hq0g4",
        "roles": ["service"],
    },
    program_known_as="0oa1gjh63g214q0Hq0g4",
    identity={
        **_OKTA,
        "aud": "0oa1gjh63g214q0Hq0g4",
        "sub": "00u1fkl3msqpf4nIA0h8",
        "at_hash": "fPlsvVszI29LU2UhDyJ9vg",
        "party": "HUT",
        "roles": ["representative"],
    },
)
ISSUERS = {"Auth0": AUTH0, "Keycloak": KEYCLOAK, "Entra ID": ENTRA, "Okta": OKTA}


def settings_on_the_page() -> dict[str, dict[str, str]]:
    """Return what the page's table has somebody set, by issuer."""
    rows = re.findall(r"^\| ([\w ]+) \| (`MOIETY_ISSUER=.*?`) \|", PAGE, re.MULTILINE)
    return {
        issuer: dict(shlex.split(setting)[0].split("=", 1) for setting in re.findall(r"`([^`]+)`", settings))
        for issuer, settings in rows
    }


def verifier_of(issued: Issued, settings: dict[str, str]) -> TokenVerifier:
    published = [
        {**KEY.as_dict(private=False), "kid": "k1", **issued.key_members},
        {**ANOTHER_KEY.as_dict(private=False), "kid": "k2", "use": "enc", "alg": "RSA-OAEP"},
    ]
    keys = TrustedKeys(PublishedKeys(key_set(*published)))
    return TokenVerifier(keys, Accepted.of(load("agreements", NEEDED | settings)))


def token(header: dict[str, str], claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "kid": "k1", **header}
    return jwt.encode(header, {**_TIMES, **claims}, KEY, algorithms=["RS256"], default_type=None)


def test_every_issuer_on_the_page_is_tried() -> None:
    """Settings that nobody tried would be a guess."""
    assert ISSUERS.keys() == settings_on_the_page().keys()


@pytest.mark.parametrize("name", ISSUERS)
async def test_a_person_is_believed(name: str) -> None:
    """With their party, their roles, and a name that is an id."""
    issued = ISSUERS[name]
    caller = await verifier_of(issued, settings_on_the_page()[name]).caller_of(token(issued.header, issued.person))

    assert (issued.known_as, "HUT", _REPRESENTATIVE) == (caller.subject, caller.party, caller.roles)


@pytest.mark.parametrize("name", ISSUERS)
async def test_a_program_is_believed(name: str) -> None:
    """A service of ours, or of a party's, that has a token of its own."""
    issued = ISSUERS[name]
    caller = await verifier_of(issued, settings_on_the_page()[name]).caller_of(token(issued.header, issued.program))

    assert (issued.program_known_as, None, _SERVICE) == (caller.subject, caller.party, caller.roles)


@pytest.mark.parametrize("name", ISSUERS)
async def test_an_identity_token_is_refused(name: str) -> None:
    """It says who signed in to a client, and lets nobody in here."""
    issued = ISSUERS[name]
    header = {"typ": "JWT"} if issued.header else {}

    with refuses((TokenMalformed, TokenForeign)):
        await verifier_of(issued, settings_on_the_page()[name]).caller_of(token(header, issued.identity))


@pytest.mark.parametrize("name", ISSUERS)
async def test_another_tenants_token_is_refused(name: str) -> None:
    """Common issuers sign for many, some of them with the same keys."""
    issued = ISSUERS[name]
    elsewhere = {**issued.person, "iss": re.sub("TENANT|REALM|ORG", "OTHER", issued.person["iss"])}

    with refuses(TokenForeign):
        await verifier_of(issued, settings_on_the_page()[name]).caller_of(token(issued.header, elsewhere))


@pytest.mark.parametrize("name", [name for name, issued in ISSUERS.items() if issued.header != {"typ": "at+jwt"}])
async def test_without_its_settings_it_is_refused(name: str) -> None:
    """An access token that does not say it is one has to be allowed by somebody."""
    issued = ISSUERS[name]
    settings = {key: value for key, value in settings_on_the_page()[name].items() if key != "MOIETY_JWT_TYPES"}

    with refuses(TokenMalformed, match="typ at"):
        await verifier_of(issued, settings).caller_of(token(issued.header, issued.person))
    proper = await verifier_of(issued, settings).caller_of(token({"typ": "at+jwt"}, issued.person))
    assert issued.known_as == proper.subject
