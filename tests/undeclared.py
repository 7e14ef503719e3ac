"""Catching every refusal that its route does not declare: in this process as it is logged, elsewhere in its log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from shared.testing import Stack

ACTION = "refusal-undeclared"


@contextmanager
def refusing_as_declared() -> Iterator[None]:
    """Fail when a route of this process refuses what its description does not say."""
    found: list[str] = []

    def note(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if entry.get("action") != ACTION:
            return entry
        found.append(f"{entry['code']} at {entry['route']}")
        # Whoever watches closest is told, and nobody around it.
        raise structlog.DropEvent

    # In the one list that is there, as the library's own capturing does: bound loggers hold on to it.
    processors = structlog.get_config()["processors"]
    processors.insert(0, note)
    try:
        yield
    finally:
        if note in processors:
            processors.remove(note)
    if found:
        pytest.fail(f"not declared: {', '.join(found)}", pytrace=False)


@contextmanager
def refusing_as_declared_at(stack: Stack) -> Iterator[None]:
    """Fail when a route of a stack's processes refuses what its description does not say."""
    before = len(stack.said(ACTION))
    yield
    if found := stack.said(ACTION)[before:]:
        pytest.fail("\n".join(["not declared:", *found]), pytrace=False)
