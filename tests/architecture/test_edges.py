"""Each door to the world is in one place, so that what goes through it can be seen there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import CODE, ROOT, dotted, imported_modules, name_of, python_files, tree_of

PUBLISHERS = {
    "shared/bus/relay.py": "the log's events, under the expectation that sequence = position",
    "shared/bus/consumer.py": "the request for the next messages of a consumer, which is not an event",
    "services/notifications/passing_on.py": "the answer to a partner's request, in an account where nothing is stored",
    "shared/bus/held.py": "the request for messages by number, which is not an event",
}
# Where a driver's exception is known by name; everybody else sees ours, with the driver's as its cause.
NAMING_DRIVERS = {
    "shared/database.py": "what says that the database does not answer now",
    "shared/log/postgres.py": "a version that another append took, and what was recorded by nobody's fault",
    "services/agreements/people/store.py": "whatever else is said, which may repeat what is known of a person",
    "services/ledger/write/store.py": "that somebody is reading, whom a rebuild gives way",
    "services/notifications/store.py": "values that no inbox can hold",
    "shared/migrate.py": "tables that are not there yet, before there is a service",
    "services/cli/migrations.py": "why a database was not migrated, for whoever does it by hand",
}
DRIVERS = ("asyncpg", "psycopg")
# A statement that waits holds a snapshot, and while it does nothing is vacuumed: those who stand by ask again instead.
WAITING_FOR_LOCKS = {
    "services/ledger/write/store.py": "a batch and a rebuild's switch wait for each other, each as long as one of them",
}


def calls_of(path: Path, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def test_only_the_relay_publishes() -> None:
    """A request never publishes: what is on the stream came from the log, through one door."""
    publishing = {
        name_of(path)
        for path in python_files(*CODE)
        if any(module.split(".")[0] == "nats" for module in imported_modules(path))
        and any(calls_of(path, "publish", "publish_async"))
    }

    assert set(PUBLISHERS) == publishing


def test_a_drivers_exceptions_stop_at_the_store() -> None:
    """The driver's errors are named where SQL is; further out a caller meets only named refusals of our own."""
    naming = {
        name_of(path)
        for path in python_files(*CODE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and re.match(rf"^({'|'.join(DRIVERS)})\.(\w+\.)*\w*Error$", dotted(node))
    }
    by_another_name = {
        f"{name_of(path)}: {module}"
        for path in python_files(*CODE)
        for module in imported_modules(path)
        if module.startswith(tuple(f"{driver}." for driver in DRIVERS)) and module != "psycopg.sql"
    }

    assert set(NAMING_DRIVERS) == naming
    assert set() == by_another_name


def test_nobody_stands_by_inside_a_statement() -> None:
    """It would hold up all vacuuming: the log's head, updated by every append, grew as long as a replica waited."""
    waiting = {
        name_of(path)
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".sql"} and re.search(r"\bpg_advisory_\w*lock", path.read_text(encoding="utf-8"))
    }

    assert set(WAITING_FOR_LOCKS) == waiting


def test_there_is_one_door_to_the_database() -> None:
    """What is lost, how a machine that vanished is missed, who stands by and how: said where connections are made."""
    connecting = {
        name_of(path)
        for path in python_files("services", "shared")
        for call in calls_of(path, "connect", "create_pool")
        if dotted(call.func).startswith("asyncpg.")
    }

    # Whoever waits for a service's tables does so before there is a service, and tells in one line what is missing.
    assert {"shared/database.py", "shared/migrate.py"} == connecting


def test_version_conflicts_are_caught_in_one_place() -> None:
    """Reading again and deciding again happens in `handle` and nowhere else."""
    catching = {
        name_of(path)
        for path in python_files(*CODE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and any(dotted(kind).endswith("VersionConflict") for kind in ast.walk(node.type) if isinstance(kind, ast.expr))
    }

    assert {"shared/log/handle.py"} == catching
