"""The AsyncAPI document is one to the official parser, by the hashes of its lock."""

import json
from typing import Any

import pytest

from shared.web.contract.asyncapi import document
from shared.web.contract.routes import as_file
from shared.web.contract.schemas import published
from tests.clients.generated import HERE, installed, run_node

# Advice about documents for people: these say who publishes the feed, and not whom to write to.
_ADVICE = {"asyncapi-info-contact", "asyncapi-latest-version"}


@pytest.fixture(scope="module")
def read() -> Any:
    def parsed(part: Any) -> Any:
        said = json.loads(run_node(HERE / "asyncapi.cjs", installed(), read=as_file(part)))
        wrong = [each for each in said["diagnostics"] if each["code"] not in _ADVICE]
        return wrong, said["messages"]

    return parsed


@pytest.mark.servers
def test_the_official_parser_reads_every_channel_and_finds_nothing_wrong(read):
    """Each event has its message, at the address under which partners get it."""
    wrong, found = read(document())

    assert [] == wrong
    addresses = {
        name: f"moiety.party.{{party}}.{{agreement}}.{kind.ENTITY}.{kind.__name__}"
        for name, kind in published().items()
    }
    assert addresses == found


@pytest.mark.servers
def test_the_official_parser_finds_what_is_wrong(read):
    """Else it would tell us nothing."""
    broken = document() | {"channels": {"PartyRegistered": {"address": 7}}}

    wrong, _ = read(broken)

    assert ["channels", "PartyRegistered", "address"] in [each["path"] for each in wrong]
