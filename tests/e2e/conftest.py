"""A whole stack as real processes, shared by the tests of this folder: each one leaves it healed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import scenario
from shared.testing import Stack, temporary_home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that `make check` can leave it out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything running, with the sample scenario in it."""
    with temporary_home() as home, Stack(home, log_level="WARNING") as running:
        scenario.load(home)
        yield running
