"""The whole system, for documentation that claims to run."""

from collections.abc import Iterator

import pytest

from services.cli import scenario
from shared.testing import Stack, temporary_home


@pytest.fixture(scope="package")
def documented() -> Iterator[Stack]:
    """Everything as `make run` starts it, with the sample scenario, on free ports."""
    with temporary_home() as home, Stack(home) as stack:
        scenario.load(home)
        yield stack
