"""Each door to the world is in one place, so that what goes through it can be seen there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import CODE, dotted, imported_modules, name_of, python_files, tree_of

PUBLISHERS = {
    "shared/bus/relay.py": "the log's events, under the expectation that sequence = position",
    "shared/bus/consumer.py": "the request for the next messages of a consumer, which is not an event",
}
# Where a driver's exception is known by name; everybody else sees ours, with the driver's as its cause.
POSTGRES_MODULES = re.compile(
    r"^shared/(log/postgres|migrate|embedded/\w+|testing|database)\.py$"
    r"|^services/(agreements|ledger|notifications)/(\w+/)?store\.py$"
)


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
    naming = sorted(
        {
            f"{name_of(path)}:{node.lineno} {dotted(node)}"
            for path in python_files(*CODE)
            if not POSTGRES_MODULES.match(name_of(path))
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Attribute) and re.match(r"^asyncpg\.(exceptions\.|\w+Error$)", dotted(node))
        }
    )

    assert [] == naming


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
