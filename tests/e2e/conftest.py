"""A whole stack as real processes, shared by the tests of this folder: each one leaves it healed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import scenario
from shared.testing import PROCESSES, Stack, temporary_home
from tests.undeclared import refusing_as_declared_at

LAST_LINES = 12


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that `make check` can leave it out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.stack)


@pytest.fixture(autouse=True)
def last_words(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the processes said last, which pytest shows beside a failure."""
    yield
    if "stack" in request.fixturenames:
        running: Stack = request.getfixturevalue("stack")
        for name in PROCESSES:
            lines = running.log_path(name).read_text(errors="replace").splitlines()
            print(f"--- {name}", *lines[-LAST_LINES:], sep="\n")  # noqa: T201  # see above


@pytest.fixture(autouse=True)
def every_refusal_is_declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """The processes refuse nothing that their descriptions do not say."""
    if "stack" not in request.fixturenames:
        yield
        return
    with refusing_as_declared_at(request.getfixturevalue("stack")):
        yield


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything running, with the sample scenario in it."""
    with temporary_home() as home, Stack(home, log_level="WARNING") as running:
        scenario.load(home)
        yield running
