from collections.abc import Iterator

import pytest

from shared.embedded.home import Home
from shared.testing import temporary_home


@pytest.fixture
def home() -> Iterator[Home]:
    """A stack's directory with its secrets and without servers."""
    with temporary_home() as made:
        yield made
        made.nats.stop()
        made.postgres.stop()
