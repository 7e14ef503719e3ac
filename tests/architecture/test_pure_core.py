"""What decides knows only what it is told: no server, no clock, no chance."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import (
    EDGE_FILES,
    EDGE_FOLDERS,
    ROOT,
    dotted,
    edge_files,
    functions_of,
    imported_modules,
    module_of,
    name_of,
    pure_files,
    python_files,
    tree_of,
)

OUTSIDE = frozenset(
    {
        *("asyncio", "asyncpg", "granian", "httpx", "litestar", "nats", "os", "pathlib", "psycopg"),
        *("random", "secrets", "socket", "structlog", "subprocess", "threading", "time"),
    }
)
CLOCKS_AND_DICE = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "new_id", "urandom", "getrandbits"})
FILES = frozenset({"open", "read_bytes", "read_text", "write_bytes", "write_text"})
# What the core may take from a file at the edge: data that does nothing.
PLAIN = frozenset(
    {
        *(f"services.agreements.links.reading.{name}" for name in ("STYLE", "TEMPLATES", "WORDS")),
        *(f"services.notifications.mail.letters.reading.{name}" for name in ("TEMPLATES", "WORDS")),
        *("shared.bus.consumer.StreamMessage", "shared.log.store.LogEntry", "shared.log.store.Recordable"),
        "services.notifications.inbox.store.InboxAlert",
        "shared.web.refusals.Refused",
    }
)
# All of `shared.ids` is names, but for `new_id`, which is looked for above.
EDGES = frozenset(module_of(path) for path in edge_files() if path.name != "__init__.py") - {"shared.ids"}


def taken_from_outside(path: Path) -> list[str]:
    """Return what a file imports of the world, or of those of our files that talk to it."""
    return [
        module
        for module in imported_modules(path)
        if module.split(".")[0] in OUTSIDE or (module.rpartition(".")[0] in EDGES and module not in PLAIN)
    ]


def asked_of_the_world(path: Path) -> list[str]:
    """Return which clocks, dice and files are asked, and where."""
    calls = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))
    return [
        f"line {call.lineno}: {dotted(call.func)}()"
        for call in calls
        if dotted(call.func).split(".")[-1] in CLOCKS_AND_DICE | FILES
    ]


def waits(path: Path) -> list[str]:
    return [function.name for function in functions_of(path) if isinstance(function, ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_the_core_imports_no_edge(path: Path) -> None:
    """What decides, derives or describes imports no driver, framework, clock or dice, and no file of ours that does."""
    assert [] == taken_from_outside(path)


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_time_and_ids_arrive_from_outside(path: Path) -> None:
    """Nothing in the core asks what day it is, makes up an id or opens a file: all of it comes in with the command."""
    assert [] == asked_of_the_world(path)


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_the_core_waits_for_nothing(path: Path) -> None:
    """Whatever could wait could see the world change: the core has no `async`."""
    assert [] == waits(path)


def test_the_edge_is_no_wider_than_it_is() -> None:
    """What is listed as an edge exists, and could not be pure: whatever can be is checked to be."""
    listed = [ROOT / name for name in sorted(EDGE_FILES)]
    pure = [path for path in listed if not (taken_from_outside(path) or asked_of_the_world(path) or waits(path))]

    assert [] == [name_of(path) for path in pure]
    assert all((ROOT / name).is_dir() for name in EDGE_FOLDERS)


def test_evolving_never_refuses() -> None:
    """`evolve` believes: a `raise` in it would make history unreadable when a rule tightens.

    (An assert may tell the type checker that a stream starts with its first event.)
    """
    refusing = [
        f"{name_of(path)}:{node.lineno} {function.name}"
        for path in python_files("services")
        for function in functions_of(path)
        if function.name == "evolve" or function.name.startswith(("evolve_", "_evolve"))
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
    ]

    assert [] == refusing


def test_there_is_something_to_evolve() -> None:
    """The test above would also pass if nobody called it `evolve`."""
    evolving = {path.parent.name for path in python_files("services") for f in functions_of(path) if f.name == "evolve"}

    assert {"parties", "contracts", "projects", "inventions", "licences"} <= evolving
