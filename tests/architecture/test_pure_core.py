"""What decides knows only what it is told: no server, no clock, no chance."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import (
    PURE_FILES,
    ROOT,
    dotted,
    functions_of,
    imported_modules,
    name_of,
    pure_files,
    python_files,
    tree_of,
)

OUTSIDE = frozenset(
    {
        "asyncio",
        "asyncpg",
        "httpx",
        "litestar",
        "nats",
        "os",
        "psycopg",
        "random",
        "secrets",
        "socket",
        "subprocess",
        "threading",
        "time",
    }
)
CLOCKS_AND_DICE = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "new_id", "urandom", "getrandbits"})


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_the_core_imports_no_edge(path: Path) -> None:
    """A model, a decision, a derivation and a published event import no driver, framework, clock or dice."""
    assert [] == [module for module in imported_modules(path) if module.split(".")[0] in OUTSIDE]


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_time_and_ids_arrive_from_outside(path: Path) -> None:
    """Nothing in the core asks what day it is or makes up an id: both come in with the command."""
    calls = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))

    assert [] == [
        f"line {call.lineno}: {dotted(call.func)}()"
        for call in calls
        if dotted(call.func).split(".")[-1] in CLOCKS_AND_DICE
    ]


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_the_core_waits_for_nothing(path: Path) -> None:
    """Whatever could wait could see the world change: the core has no `async`."""
    assert [] == [function.name for function in functions_of(path) if isinstance(function, ast.AsyncFunctionDef)]


def test_every_file_that_must_be_pure_is_there() -> None:
    """A pure file that moves must take its rule along, so a name that is listed here exists."""
    assert [] == sorted(name for name in PURE_FILES if not (ROOT / name).is_file())


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
