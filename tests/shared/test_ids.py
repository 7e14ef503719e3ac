"""An id fits everywhere it goes: a stream, a subject, a URL."""

from uuid import UUID

import pytest

from shared.ids import is_id, new_id, uuid7_hex


@pytest.mark.parametrize("text", [*("HUT", "INV-5G-1", "a", "0" * 64), pytest.param(new_id("ctb"), id="a new one")])
def test_these_are_ids(text: str) -> None:
    """Letters, digits and hyphens, up to 64."""
    assert is_id(text)


@pytest.mark.parametrize(
    "text", ["", "-a", "a.b", "a b", "a>", "*", "a/b", "é", "a\n", "0" * 65, "a:b", "../etc", "a\x00", "UNALLOCATED"]
)
def test_these_are_not(text: str) -> None:
    """No dots, wildcards, slashes or control characters: they would mean something to NATS, HTTP or SQL."""
    assert not is_id(text)


def test_fresh_ids_are_distinct_and_ordered_by_time() -> None:
    """A UUIDv7 says when, so that neighbours in time are neighbours in an index."""
    made = [UUID(hex=uuid7_hex()) for _ in range(1000)]

    assert 1000 == len(set(made))
    assert {7} == {one.version for one in made}
    assert {"specified in RFC 4122"} == {one.variant for one in made}
    milliseconds = [one.int >> 80 for one in made]
    assert sorted(milliseconds) == milliseconds
