"""The source as these tests read it: files and their syntax trees, never imported for the sake of being looked at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared")
# Whoever talks to the world says so by a name of these, or is listed; every other file decides, derives or describes,
# and must not know the world around it. So a new file is pure until somebody says that it cannot be.
EDGE_NAMES = frozenset(
    {
        *("__main__.py", "alarming.py", "api.py", "app.py", "cli.py", "consumer.py", "feed.py"),
        *("handling.py", "inbox.py", "relay.py", "store.py"),
    }
)
EDGE_FOLDERS = ("services/cli", "services/ledger/read/answers", "shared/bus", "shared/embedded", "shared/web")
EDGE_FILES = frozenset(
    {
        "services/agreements/affiliations/declarations_api.py",
        "services/agreements/concern.py",
        "services/agreements/contracts/amendments_api.py",
        "services/agreements/contracts/ending_api.py",
        "services/agreements/contracts/finding.py",
        "services/agreements/contracts/sight.py",
        "services/agreements/finding.py",
        "services/agreements/following.py",
        "services/agreements/histories.py",
        "services/agreements/indexing/keeping.py",
        "services/agreements/inventions/interest.py",
        "services/agreements/links/page_api.py",
        "services/agreements/links/reading.py",
        "services/agreements/people/register.py",
        "services/agreements/people/rekeying.py",
        "services/agreements/people/repeats.py",
        "services/agreements/people/sealing.py",
        "services/agreements/requests.py",
        "services/agreements/responses.py",
        "services/agreements/scheduler/deadlines.py",
        "services/agreements/scheduler/registry.py",
        "services/agreements/scheduler/schedule.py",
        "services/agreements/simulation/workers.py",
        "services/agreements/tasks/asking.py",
        "services/agreements/tasks/awaited.py",
        "services/agreements/tasks/imagined.py",
        "services/agreements/tasks/keeping.py",
        "services/agreements/tasks/places.py",
        "services/agreements/tasks/trying.py",
        "services/agreements/tasks/way.py",
        "services/agreements/tasks/ways.py",
        "services/ledger/check/alarms.py",
        "services/ledger/check/catalogue.py",
        "services/ledger/check/evidence.py",
        "services/ledger/check/fsck.py",
        "services/ledger/write/rebuild.py",
        "services/ledger/write/signed.py",
        "services/ledger/write/signing.py",
        "services/ledger/write/writer.py",
        "services/notifications/feeds/checkpoints.py",
        "services/notifications/kept.py",
        "services/notifications/escalations/escalating.py",
        "services/notifications/evidence/api.py",
        "services/notifications/explaining.py",
        "services/notifications/going_back.py",
        "services/notifications/live.py",
        "services/notifications/looking.py",
        "services/notifications/contributors/links.py",
        "services/notifications/contributors/sender.py",
        "services/notifications/mail/letters/reading.py",
        "services/notifications/mail/addresses.py",
        "services/notifications/mail/keeping.py",
        "services/notifications/mail/sender.py",
        "services/notifications/mail/server.py",
        "services/notifications/mail/taking.py",
        "services/notifications/notices/proving.py",
        "services/notifications/passing_on.py",
        "services/notifications/evidence/proofs.py",
        "services/notifications/reminders/reminding.py",
        "services/notifications/sse.py",
        "services/notifications/taking_up.py",
        "services/notifications/gate/gate.py",
        "services/notifications/streams/jetstream.py",
        "services/notifications/webhooks/post.py",
        "services/notifications/webhooks/register.py",
        "services/notifications/webhooks/sender.py",
        "shared/clock.py",
        "shared/database.py",
        "shared/ids.py",
        "shared/log/batch.py",
        "shared/log/compared.py",
        "shared/log/context.py",
        "shared/log/handle.py",
        "shared/log/hold.py",
        "shared/log/keys.py",
        "shared/log/latest.py",
        "shared/log/memory.py",
        "shared/log/postgres.py",
        "shared/log/recounting.py",
        "shared/log/recovery.py",
        "shared/log/snapshots.py",
        "shared/migrate.py",
        "shared/parts.py",
        "shared/settings.py",
        "shared/telemetry.py",
        "shared/testing.py",
    }
)
TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".sql", ".toml", ".yaml", ".yml", ".json", ".conf", ".sh", ".lock", ".txt", ".html", ".js", ""}
)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below folders of the repository, in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def edge_files() -> list[Path]:
    """Return the files that talk to the world: to servers, clocks, dice, files and whoever calls."""
    inside = {path for folder in EDGE_FOLDERS for path in python_files(folder)}
    return [
        path for path in python_files(*CODE) if path.name in EDGE_NAMES or name_of(path) in EDGE_FILES or path in inside
    ]


def pure_files() -> list[Path]:
    """Return the files that decide, derive and describe: they must not know the world around them."""
    return sorted({*python_files(*CODE)} - {*edge_files()})


def module_of(path: Path) -> str:
    """Return the name that a file is imported by."""
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


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
