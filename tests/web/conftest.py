"""The small service, an issuer it believes, and a client of it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from shared.web.app import create_app
from shared.web.auth import TokenVerifier
from shared.web.edge import Application
from shared.web.etag import etag_of
from shared.web.issuer import LocalIssuer
from shared.web.keys import TrustedKeys
from tests.web.kitchen import ACCEPTED, AUDIENCE, ISSUER, ROUTES, WebSettings
from tests.web.published import Clock, PublishedKeys


@pytest.fixture
def issuer() -> LocalIssuer:
    return LocalIssuer.with_new_key(issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def published(issuer: LocalIssuer) -> PublishedKeys:
    return PublishedKeys(issuer.jwks())


@pytest.fixture
def monotonic() -> Clock:
    """What the age of keys is measured with."""
    return Clock(1000.0)


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def verifier(published: PublishedKeys, clock: Clock, monotonic: Clock) -> TokenVerifier:
    return TokenVerifier(TrustedKeys(published, clock=monotonic), ACCEPTED, clock=clock)


@pytest.fixture
def settings(tmp_path: Path, issuer: LocalIssuer) -> WebSettings:
    issuer.write_jwks(tmp_path / "jwks.json")
    return WebSettings(jwks=str(tmp_path / "jwks.json"))


@pytest.fixture
def app(settings: WebSettings) -> Application:
    return create_app(service="kitchen", settings=settings, routes=ROUTES)


@pytest.fixture
def client(app: Application) -> Iterator[TestClient[Application]]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def token(issuer: LocalIssuer) -> str:
    return issuer.mint("person-1", party="HUT", roles=["representative"])


@pytest.fixture
def signed(token: str) -> dict[str, str]:
    """Return the headers of a caller whom every route accepts."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def deciding(signed: dict[str, str]) -> dict[str, str]:
    """Return the headers of a caller who decided on version 3."""
    return {**signed, "If-Match": etag_of(3)}


@pytest.fixture
def recipe() -> dict[str, Any]:
    return {"title": "Bread", "elements": [{"name": "flour", "weight": 500}]}
