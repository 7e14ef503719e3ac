"""The whole system, for documentation that claims to run."""

from collections.abc import Iterator

import pytest

from shared.testing import Stack, temporary_home


@pytest.fixture(scope="package")
def documented() -> Iterator[Stack]:
    """Everything as `make run` starts it, on free ports and without the sample scenario."""
    with temporary_home() as home, Stack(home) as stack:
        yield stack
