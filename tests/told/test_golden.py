import ast

from tests import told
from tests.architecture.source import ROOT


def test_nothing_is_written_of_tests_that_are_gone():
    """What is written of each file's tests is of tests that are still there; the tables' files are compared whole."""
    gone: list[str] = []
    for path in sorted(told.GOLDEN.rglob("test_*.txt")):
        file = str(path.relative_to(told.GOLDEN).with_suffix(""))
        tests = ROOT / "tests" / f"{file}.py"
        nodes = ast.walk(ast.parse(tests.read_text(encoding="utf-8"))) if tests.exists() else ()
        names = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        gone += [f"{file}: {each}" for each in told.read(file) if each.partition("[")[0].split("::")[-1] not in names]

    assert [] == gone


def test_nothing_is_said_by_nothing():
    """A refusal that names something by None fails whichever test meets it."""
    assert told.says_nothing(None)
    assert told.says_nothing(["HUT", None])
    assert told.says_nothing("2025-06-01 to None")
    assert not told.says_nothing({"signature": None})
    assert not told.says_nothing("NONE")


def test_what_is_written_is_read_again():
    """A heading for each test, a line for each thing told."""
    file = "agreements/test_start_project"

    assert (told.GOLDEN / f"{file}.txt").read_text(encoding="utf-8") == told.written_in(told.read(file))
