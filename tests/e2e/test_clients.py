"""Clients that others generate from the documents play a short story, each in its own language."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.testing import Stack
from tests.clients.generated import python_client, run_node, typescript_client
from tests.web.described import SERVICES

TOLD = {
    "statuses": ["DRAFT", "PROPOSED", "WITHDRAWN"],
    "refused": "VERSION_MISMATCH",
    "transfers": ["person:VR-SEMI", "HUT-RD", "HUT"],
    "holders": {"ATRC": "37/72", "HUT": "35/72"},
    "alerts": ["boolean"],
}
DRAFT = {
    "kind": "MOU",
    "title": "A memorandum drafted by a generated client",
    "parties": ["HUT", "ATRC"],
    "binding": False,
    "ip_terms_binding": False,
    "terms": {"ownership": {"method": "ELEMENTS"}, "consent": {"NON_EXCLUSIVE": {"rule": "NOTICE", "days": 30}}},
    "period": {"from": "2030-01-01"},
    "document_hash": f"sha256:{'0' * 64}",
}


@pytest.fixture
def token(stack: Stack) -> str:
    return stack.home.issuer.mint("HUT-REP", party="HUT", roles=["representative"])


@pytest.fixture
def generated(tmp_path: Path) -> Iterator[Path]:
    """Packages that can be imported for the time of a test."""
    python_client(tmp_path)
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("moiety_")]:
        del sys.modules[name]


def test_a_client_in_typescript_plays_a_story(stack: Stack, token, tmp_path):
    """openapi-typescript reads the documents, tsc finds nothing wrong with a story told in their types, and it runs."""
    story = typescript_client(tmp_path)
    addresses = {service: stack.home.url(service) for service in SERVICES}

    assert json.loads(run_node(story, folder=tmp_path, STORY=json.dumps({**addresses, "token": token}))) == TOLD


def test_a_client_in_python_plays_a_story(stack: Stack, token, generated):
    """openapi-python-client makes all of the documents, warns of nothing, and what it makes is what is answered."""
    with ExitStack() as opened:
        clients = {
            service: opened.enter_context(
                import_module(f"moiety_{service}").AuthenticatedClient(base_url=stack.home.url(service), token=token)
            )
            for service in SERVICES
        }

        assert told_in_python(clients) == TOLD


def told_in_python(clients: dict[str, Any]) -> dict[str, Any]:
    """Tell the story by the generated functions and models."""
    models = import_module("moiety_agreements.models")

    def call(service: str, operation: str, *path: Any, **said: Any) -> Any:
        return import_module(f"moiety_{service}.api.{operation}").sync_detailed(*path, client=clients[service], **said)

    drafted = call("agreements", "agreements.draft_agreement", body=models.DraftAgreementBody.from_dict(DRAFT)).parsed
    version = call("agreements", "agreements.show_agreement", drafted.agreement).headers["ETag"]
    proposed = call("agreements", "agreements.propose_agreement", drafted.agreement, if_match=version).parsed
    withdraw = partial(
        call,
        "agreements",
        "agreements.withdraw_agreement",
        drafted.agreement,
        body=models.WithdrawAgreementBody(reason="The story is told."),
    )
    refused = withdraw(if_match=version).parsed
    withdrawn = withdraw(if_match=f'"{proposed.version}"').parsed
    transfers = call("agreements", "transfers.list_transfers", agreement="MOU-5G").parsed
    asked = {"effective": date(2024, 8, 30), "known": "2024-09-01"}
    owned = call("ledger", "ownership.read_ownership", "INV-5G-1", **asked).parsed
    inbox = call("notifications", "inbox.read_inbox", limit=1).parsed
    return {
        "statuses": [drafted.status.value, proposed.status.value, withdrawn.status.value],
        "refused": refused.code,
        "transfers": [transfer.from_ for transfer in transfers.items],
        "holders": owned.holders.additional_properties,
        "alerts": ["boolean" if isinstance(alert.needs_acknowledgement, bool) else "" for alert in inbox.items],
    }
