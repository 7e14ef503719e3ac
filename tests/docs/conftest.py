"""The whole system, for documentation that claims to run."""

from collections.abc import Iterator

import pytest

from services.cli import scenario
from shared.testing import Stack, temporary_home
from tests.undeclared import refusing_as_declared_at


@pytest.fixture(scope="package")
def documented() -> Iterator[Stack]:
    """Everything as `make run` starts it, with the sample scenario, on free ports."""
    with temporary_home() as home, Stack(home) as stack:
        scenario.load(home)
        yield stack


@pytest.fixture(autouse=True)
def every_refusal_is_declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the documentation does is refused nothing but what the services describe."""
    if "documented" not in request.fixturenames:
        yield
        return
    with refusing_as_declared_at(request.getfixturevalue("documented")):
        yield
