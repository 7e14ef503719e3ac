"""Published events are promises: what was written once reads for ever, and reads the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import rfc8785

import shared.events
from shared.events.registry import registered
from shared.log.envelope import MalformedEvent, decode, encode

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
TYPES = sorted(name for name, event in registered().items() if event.__module__.startswith(shared.events.__name__))


def test_every_published_event_has_its_golden_file():
    """A new event is written down once, as it will be read by others from then on."""
    assert TYPES == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_old_bytes_read_and_write_the_same(path: Path):
    """Out and back again, byte for byte."""
    body = path.read_bytes()

    assert body == encode(decode(body))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_bytes_are_canonical(path: Path):
    """Any other implementation of RFC 8785 writes the same bytes, so anyone can take the hashes again."""
    body = path.read_bytes()

    assert body == rfc8785.dumps(json.loads(body))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_number_in_an_event_can_lose_anything(path: Path):
    """Ratios are text and counts are integers: a float has no place in a fact."""

    def refuse(text: str) -> float:
        raise AssertionError(text)

    json.loads(path.read_bytes(), parse_float=refuse)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_field_of_tomorrow_is_ignored_today(path: Path):
    """Within a version fields are only added, so a reader of the older release goes on reading."""
    tomorrow: dict[str, Any] = json.loads(path.read_bytes())
    tomorrow["data"]["of_tomorrow"] = {"anything": [1]}
    tomorrow["oftomorrow"] = "too"

    assert decode(path.read_bytes()) == decode(json.dumps(tomorrow).encode())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_missing_field_is_told(path: Path):
    """What is not of its type is not believed."""
    event = json.loads(path.read_bytes())
    del event["data"][min(event["data"])]

    with pytest.raises(MalformedEvent):
        decode(json.dumps(event).encode())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_schema_accepts_it(path: Path):
    """The JSON Schema that msgspec derives from the struct is true of what is published."""
    event = json.loads(path.read_bytes())

    jsonschema.validate(event["data"], msgspec.json.schema(registered()[event["type"]]))
