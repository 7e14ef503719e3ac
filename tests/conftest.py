"""Real servers for the tests that ask for them: started once per session, clean for every test."""

from collections.abc import Callable, Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from shared.embedded.nats import EmbeddedNats
from shared.testing import MigratedDatabase, Servers, running_servers
from tests.told import telling_as_written
from tests.undeclared import refusing_as_declared

_SERVER_FIXTURES = {"servers"}

# How long an example or its making takes says how busy the machine is, and nothing about what is promised. The same
# examples in every run: whatever fails is the change at hand. To go looking, `--hypothesis-profile searching`.
settings.register_profile("moiety", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("searching", settings.get_profile("moiety"), derandomize=False, max_examples=1_000)
settings.load_profile("moiety")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that `make check` can leave it out."""
    for item in items:
        if isinstance(item, pytest.Function) and _SERVER_FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.servers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Let a situation fail that meets a refusal which its route does not declare."""
    with refusing_as_declared():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Do the same for a test, and let it fail when a refusal tells anything but what is written of it."""
    with refusing_as_declared(), telling_as_written(item):
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One PostgreSQL and one NATS server for the whole session."""
    with running_servers() as running:
        yield running


@pytest.fixture
def fresh_database(servers: Servers) -> Iterator[Callable[[str], MigratedDatabase]]:
    """Make databases of a service: migrated, empty, gone after the test."""
    created: list[MigratedDatabase] = []

    def create(service: str) -> MigratedDatabase:
        created.append(servers.create(service))
        return created[-1]

    yield create
    for database in created:
        servers.drop(database)


@pytest.fixture
def log_database(fresh_database: Callable[[str], MigratedDatabase]) -> MigratedDatabase:
    """An empty log."""
    return fresh_database("agreements")


@pytest.fixture
def ledger_database(fresh_database: Callable[[str], MigratedDatabase]) -> MigratedDatabase:
    """An empty ledger."""
    return fresh_database("ledger")


@pytest.fixture
def notifications_database(fresh_database: Callable[[str], MigratedDatabase]) -> MigratedDatabase:
    """Empty inboxes."""
    return fresh_database("notifications")


@pytest.fixture
def empty_nats(servers: Servers) -> EmbeddedNats:
    """The NATS server with nothing on it."""
    servers.empty_nats()
    return servers.nats
