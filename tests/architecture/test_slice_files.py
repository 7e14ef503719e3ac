"""Every slice of agreements has the same files: whoever has read one knows where everything is in all of them."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, dotted, name_of, python_files, tree_of

AGREEMENTS = ROOT / "services" / "agreements"
SAME = ("model", "decisions", "handling", "api", "errors", "bodies", "views")
# What some have besides: a subject with rules of its own, by its name; its routes, where they would not fit the api.
SUBJECTS = {
    "affiliations": {"declarations"},
    "background": {"access"},
    "consent": {"acts", "counting", "holders", "proposal", "waiting"},
    "contracts": {"amendments", "ending", "finding", "policy", "resolved", "sight", "standing", "versions"},
    "contributions": {"voices"},
    "disputes": {"affected", "binding", "resolving"},
    "indexing": {"keeping", "listings", "store"},
    "inventions": {"counting", "determinations", "determine", "holding", "interest", "naming"},
    "licences": {"check", "reach"},
    "links": {"cli", "page", "reading", "store", "words"},
    "notices": {"periods"},
    "ownership": {"account", "exposure", "freezing", "why"},
    "people": {"cli", "register", "rekeying", "repeats", "sealing", "store"},
    "simulation": {"__main__", "cases", "determination", "messages", "ownership", "workers"},
    "tasks": {"asking", "awaited", "imagined", "keeping", "places", "store", "trying", "way", "ways"},
    "transfers": {"executing"},
}
# The slices that decide no command, and so have only what they need; and one that decides about another's things.
READING = {"consent", "indexing", "links", "ownership", "people", "preview", "simulation", "tasks"}
OF_OTHERS = {"retirement": {"model", "views"}}
# Not a subject but what time does in all of them.
NO_SLICES = {"scheduler", "migrations"}


def slices() -> list[str]:
    folders = (path.name for path in AGREEMENTS.iterdir() if (path / "__init__.py").exists())
    return sorted(name for name in folders if name not in NO_SLICES)


def files_of(name: str) -> set[str]:
    return {path.stem for path in (AGREEMENTS / name).glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("name", slices())
def test_a_slice_has_the_files_of_all_slices(name: str) -> None:
    """None is missing where something is decided, and none is besides but for subjects that are named here."""
    own = SUBJECTS.get(name, set())
    routes = {f"{subject}_api" for subject in own}
    files = files_of(name)

    assert set() == files - {*SAME, *own, *routes}
    assert own <= files
    if name not in READING:
        assert OF_OTHERS.get(name, set()) == {*SAME} - files


def test_what_is_named_here_is_there() -> None:
    """A slice that is renamed takes its names along."""
    assert {*SUBJECTS, *READING, *OF_OTHERS} <= {*slices()}
    assert READING == {name for name in slices() if "decisions" not in files_of(name)}


def test_the_files_are_named_where_people_begin() -> None:
    """Whoever adds a slice reads which files it has."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert [] == [name for name in SAME if f"`{name}.py`" not in page]


def test_what_callers_send_and_see_is_where_it_belongs() -> None:
    """Bodies are in `bodies.py` and views in `views.py`, not between the routes."""
    places = {"Body": "bodies.py", "View": "views.py"}
    elsewhere = [
        f"{name_of(path)}: {node.name}"
        for path in python_files("services/agreements")
        if path.parent != AGREEMENTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for ending, place in places.items()
        if node.name.endswith(ending) and node.name != ending and path.name != place
    ]

    assert [] == elsewhere


def test_routes_are_in_the_api() -> None:
    """Whoever looks for what answers an address finds it there."""
    elsewhere = {name_of(path) for path in python_files("services/agreements") if _routes(path)}

    assert {"services/agreements/feed.py"} == {each for each in elsewhere if not each.endswith("api.py")}


def _routes(path: Path) -> bool:
    return any(
        isinstance(decorator, ast.Call) and dotted(decorator.func) in {"get", "post"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.AsyncFunctionDef)
        for decorator in node.decorator_list
    )
