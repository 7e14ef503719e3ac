"""The source as these tests read it: files and their syntax trees, never imported for the sake of being looked at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared")
PURE_NAMES = frozenset({"model.py", "decisions.py"})
PURE_FILES = frozenset(
    {
        "services/agreements/contracts/amendments.py",
        "services/agreements/contracts/ending.py",
        "services/agreements/contracts/policy.py",
        "services/agreements/contracts/standing.py",
        "services/agreements/contracts/versions.py",
        "services/ledger/tree/merkle.py",
        "services/ledger/tree/note.py",
        "services/ledger/rules/facts.py",
        "services/ledger/rules/history.py",
        "services/ledger/rules/holdings.py",
        "services/ledger/check/replay.py",
        "services/ledger/check/verify.py",
        "services/agreements/commands.py",
        "services/agreements/creation.py",
        "services/agreements/gates.py",
        "services/agreements/things.py",
        "services/agreements/inventions/counting.py",
        "services/agreements/inventions/determinations.py",
        "services/agreements/inventions/determine.py",
        "services/notifications/alerts.py",
        "services/notifications/known.py",
        "shared/errors.py",
        "shared/ratio.py",
        "shared/canonical.py",
        "shared/log/aggregate.py",
        "shared/log/envelope.py",
    }
)
PURE_FOLDERS = ("services/agreements/consent", "shared/events")
TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".sql", ".toml", ".yaml", ".yml", ".json", ".conf", ".sh", ".lock", ".txt", ".html", ".js", ""}
)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below folders of the repository, in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def pure_files() -> list[Path]:
    """Return the files that decide and derive: they must not know the world around them."""
    inside = {path for folder in PURE_FOLDERS for path in python_files(folder)}
    return [
        path for path in python_files(*CODE) if path.name in PURE_NAMES or name_of(path) in PURE_FILES or path in inside
    ]


def name_of(path: Path) -> str:
    """Return the path as people write it: from the repository's root, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file, methods and inner ones too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the full name of everything a file imports, `module` and `module.name` alike."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for names and attributes of names; the empty text for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
