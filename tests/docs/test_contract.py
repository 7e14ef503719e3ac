"""The contract with partners' systems is what is published: every type, every field, and nothing else."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from litestar.testing import TestClient

from services.agreements.app import create
from shared.events.registry import _upcasters, registered
from shared.settings import Settings
from shared.web.contract.asyncapi import document
from shared.web.contract.schemas import DIALECT, published
from tests.docs.contract import DOCS, GOLDEN, SCHEMAS, files

TYPES = list(published())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient[Any]:
    """Return a client of agreements that has no database: the contract needs none."""
    keys = tmp_path_factory.mktemp("keys") / "jwks.json"
    return TestClient(create(Settings(service="agreements", http_port=1, issuer="urn:issuer", jwks=str(keys))))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_files_are_what_is_published(path: Path):
    """`python -m tests.docs.contract` writes them."""
    assert files()[path] == path.read_text(encoding="utf-8")


def test_every_version_that_is_read_has_its_schema():
    """Also one that is written no more: what was published under it stays in feeds for ever."""
    written = {path.stem for path in SCHEMAS.glob("*.json")}

    assert {*TYPES, *(name for name in _upcasters if name.startswith("agreements."))} == written


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_found_by_what_the_events_call_it(name: str, client: TestClient[Any]):
    """`dataschema` is the `$id` of what is served under the type, to everybody, as JSON Schema has it."""
    event = json.loads((GOLDEN / f"{name}.json").read_bytes())
    answer = client.get(f"/schemas/{event['dataschema'].removeprefix('urn:moiety:schema:')}.json")
    schema = answer.json()

    assert (200, "application/schema+json") == (answer.status_code, answer.headers["content-type"])
    assert (DIALECT, event["dataschema"]) == (schema["$schema"], schema["$id"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(event["data"], schema)


@pytest.mark.parametrize("name", TYPES)
def test_a_message_accepts_what_is_published_and_nothing_else(name: str):
    """The AsyncAPI document says it of the whole event, envelope included."""
    event = json.loads((GOLDEN / f"{name}.json").read_bytes())
    whole = document()
    message = {**whole["components"]["messages"][registered()[name].__name__]["payload"], **_schemas(whole)}

    jsonschema.validate(event, message)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**event, "type": "agreements.Other.v1"}, message)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**event, "data": {}}, message)


def test_the_document_of_the_feed_is_served_to_everybody(client: TestClient[Any]):
    """Without a token, as it is in `docs/`."""
    answer = client.get("/asyncapi.json")

    assert "application/vnd.aai.asyncapi+json;version=3.1.0" == answer.headers["content-type"]
    assert (DOCS / "asyncapi.json").read_bytes() == answer.content


@pytest.mark.parametrize("name", ["agreements.PartyRegistered.v1", "agreements.PartyRegistered.v2.json", "x.json"])
def test_there_is_no_other_schema(name: str, client: TestClient[Any]):
    """A type that was never published has none."""
    assert 404 == client.get(f"/schemas/{name}").status_code


def _schemas(whole: dict[str, Any]) -> dict[str, Any]:
    return {"components": {"schemas": whole["components"]["schemas"]}}
