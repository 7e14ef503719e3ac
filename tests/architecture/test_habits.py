"""Habits that a reader relies on and a reviewer would otherwise have to remember."""

import ast
import re
from pathlib import Path

from shared.errors import DomainError, all_refusals
from tests.architecture.source import (
    CODE,
    ROOT,
    TEXT_SUFFIXES,
    dotted,
    functions_of,
    imported_modules,
    name_of,
    python_files,
    tree_of,
)

MAX_FILE_LINES = 400
MAX_TEST_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MEDIAN_FILE_LINES = 200
VAGUE = re.compile(r"(Manager|Helper|Util|Utils)$|^Base[A-Z]")
VAGUE_FILES = frozenset({"utils.py", "helpers.py", "base.py", "common.py", "misc.py"})


def test_every_refusal_says_what_it_means() -> None:
    """A refusal's docstring is the message a person reads: one sentence, not the name again."""
    unsaid = [
        refusal.__name__
        for refusal in all_refusals()
        if not refusal.title().endswith(".") or len(refusal.title().split()) < 4
    ]

    assert [] == unsaid


def test_every_refusal_is_of_a_kind() -> None:
    """The kind decides the HTTP status, so none hangs directly below the root but those HTTP itself needs."""
    direct = {refusal.__name__ for refusal in DomainError.__subclasses__() if not refusal.abstract}

    assert {"MethodNotAllowed", "InternalFailure", "RequestRefused"} >= direct


def test_tests_pretend_nothing() -> None:
    """Given, when and then are data and real servers: no mock, no monkeypatch, no skipped or expected failure."""
    pretending = re.compile(r"^(mock|patch|monkeypatch|MagicMock|AsyncMock|skip|skipif|xfail|importorskip)$")
    found = [
        f"{name_of(path)}: {name}"
        for path in python_files("tests")
        for node in ast.walk(tree_of(path))
        for name in _names(node)
        if pretending.match(name)
    ]

    assert [] == found


def test_what_lasts_as_long_as_a_connection_is_asked_for_by_whoever_has_it_alone() -> None:
    """A pool's connection is given back as it is: what was set or locked would meet whoever has it next."""
    lasting = re.compile(
        r"pg_(try_)?advisory_lock|\bLISTEN\b|\bCURSOR\b|\bWITH HOLD\b|\bPREPARE\b|\bCREATE TEMP|\bset_config\("
        r"|\bSET (SESSION|ROLE|TIME ZONE)\b|\A\s*SET (?!LOCAL|TRANSACTION)[A-Za-z]"
    )
    allowed = {
        *("shared/database.py", "shared/migrate.py"),
        *("services/ledger/write/rebuild.py", "services/notifications/cli.py"),
    }
    found = [
        f"{name_of(path)}: {node.value.strip()[:60]}"
        for path in python_files(*CODE)
        if name_of(path) not in allowed
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and lasting.search(node.value)
    ]

    assert [] == found


def test_whoever_asks_over_http_is_patient_by_what_gives_connections_back() -> None:
    """Asyncio's own timeout cuts off what the clients shield, and a connection counts as in use for ever."""
    found = [
        name_of(path)
        for path in python_files(*CODE)
        if {"httpx", "httpcore"} & {module.partition(".")[0] for module in imported_modules(path)}
        and re.search(r"asyncio\.(timeout|timeout_at|wait_for)\(", path.read_text(encoding="utf-8"))
        # Bounds what is said to a mail server, by another library; over HTTP it only asks who is asked.
        and name_of(path) != "services/notifications/mail/sender.py"
        # The command of a person who asks with a client of its own, which goes with it.
        and not name_of(path).startswith("services/cli/")
    ]

    assert [] == found


def test_tests_import_no_doubles_library() -> None:
    """The only doubles are those that keep the same contract as the real thing."""
    doubles = {"unittest.mock", "mock", "pytest_mock", "freezegun", "time_machine", "respx"}

    assert [] == [name_of(path) for path in python_files("tests") if doubles & set(imported_modules(path))]


def test_no_test_has_a_deadline_of_its_own() -> None:
    """How patient drawn examples are is said once, for all tests: a deadline fails whenever the machine is busy."""
    found = [
        f"{name_of(path)}:{node.lineno} {node.arg}"
        for path in python_files("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.keyword) and node.arg in {"deadline", "derandomize", "suppress_health_check"}
    ]

    assert {"tests/conftest.py"} == {each.partition(":")[0] for each in found}


def test_whoever_waits_for_what_it_cancelled_cancels_it_again() -> None:
    """A cancellation can be lost in a library, and what runs for ever is then waited for as long: `end_all` knows."""
    found = [
        f"{name_of(path)}: {function.name}"
        for path in python_files(*CODE)
        for function in functions_of(path)
        if function.name != "end_all" and {"cancel", "gather"} <= _called_in(function)
    ]

    assert [] == found


def test_files_are_read_in_one_sitting() -> None:
    """A file of code has at most 400 lines; a file of tests, which nobody reads from end to end, a few more."""
    too_long = [
        f"{name_of(path)}: {lines}"
        for path in python_files(*CODE, "tests")
        if (lines := len(path.read_text(encoding="utf-8").splitlines()))
        > (MAX_TEST_FILE_LINES if name_of(path).startswith("tests/") else MAX_FILE_LINES)
    ]

    assert [] == too_long


def test_functions_fit_on_a_screen() -> None:
    """A function has at most 60 lines, signature and docstring included."""
    too_long = [
        f"{name_of(path)}: {function.name}"
        for path in python_files(*CODE, "tests")
        for function in functions_of(path)
        if function.end_lineno is not None and function.end_lineno - function.lineno >= MAX_FUNCTION_LINES
    ]

    assert [] == too_long


def test_most_files_are_short() -> None:
    """Half of the code's files have fewer than 200 lines."""
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*CODE))

    assert lengths[len(lengths) // 2] < MEDIAN_FILE_LINES


def test_names_say_what_things_are() -> None:
    """No class is a Manager or a Helper, no file is `utils.py`: a name that fits anything says nothing."""
    classes = [
        f"{name_of(path)}: {node.name}"
        for path in python_files(*CODE)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    files = [name_of(path) for path in python_files(*CODE) if path.name in VAGUE_FILES]

    assert [] == classes + files


def test_every_test_says_what_it_promises() -> None:
    """A test's docstring is one sentence that a reader of the promise would understand."""
    silent = [
        f"{name_of(path)}: {function.name}"
        for path in python_files("tests")
        for function in functions_of(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert [] == silent


def test_nothing_refers_to_the_machine_it_was_written_on() -> None:
    """A clone is complete: no file names this checkout's directory or the home of whoever wrote it."""
    foreign = (f"{ROOT}/", f"{Path.home()}/")
    found = [
        f"{name_of(path)}:{number} {line.strip()[:100]}"
        for path in _text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if any(directory in line for directory in foreign)
    ]

    assert [] == found


def test_suppressions_name_what_they_suppress() -> None:
    """A bare suppression hides the next mistake on its line too."""
    bare = re.compile(r"#\s*(noqa(?!:\s*[A-Z]+[0-9]+)|type:\s*ignore(?!\[))")
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files(*CODE, "tests")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]

    assert [] == found


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.arg):
        return [node.arg]
    return []


def _text_files() -> list[Path]:
    """Return what people read and write here; data and assets of others are none of this test's business."""
    folders = ("shared", "services", "tests", "docs", "deploy", "examples", ".ci")
    below = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    return sorted(
        path
        for path in [*below, *ROOT.glob("*")]
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and "__pycache__" not in path.parts
        and "assets" not in path.parts
        and not path.name.startswith(".")
        and not path.is_relative_to(ROOT / "deploy" / "secrets")
    )


def _called_in(function: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {dotted(called).rpartition(".")[2] for called in calls}
