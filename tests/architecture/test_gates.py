"""Commands are admitted by their gates and by nothing beside them: no rule of who and when is said a second time."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import dotted, functions_of, name_of, python_files, tree_of

AGREEMENTS = "services/agreements"
# Where each refusal of a gate is made: once, from the gate. Beside that two slices say something of their own by it.
MADE = {
    "AgreementNotActive": {"contracts/standing.py"},
    "AgreementNotInEffect": {"contracts/standing.py"},
    "PowerMissing": {"parties/decisions.py"},
    # A party that has said when it leaves does not say so twice; who has left does nothing with what it no longer sees.
    "PartyHasLeft": {"contracts/standing.py", "contracts/ending.py", "contracts/handling.py", "preview/api.py"},
    # Nobody is verified, named or declared an affiliate who takes part in nothing new.
    "PartyIsInactive": {"parties/decisions.py"},
}
# Of those who speak for no party no gate asks anything, and people are asked about under no agreement.
_OPERATORS = {"affiliations/handling.py: declare", "affiliations/handling.py: end", "parties/handling.py: register"}
_OPERATORS |= {"parties/handling.py: change", "notices/handling.py: record"}
_ADMITTING = {"admit", "empowered"}


def test_what_a_gate_refuses_is_refused_by_gates() -> None:
    """No handling and no decision says by itself that an agreement is not active or that a power is missing."""
    made: dict[str, set[str]] = {name: set() for name in MADE}
    for path in python_files(AGREEMENTS):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and (name := dotted(node.func).split(".")[-1]) in made:
                made[name].add(name_of(path).removeprefix(f"{AGREEMENTS}/"))

    assert MADE == made


def test_every_handling_admits_its_command() -> None:
    """What reads for a command asks its gate, itself or through a function beside it, and in one way."""
    passing = [
        f"{name_of(path)}: {function.name}"
        for path in python_files(AGREEMENTS)
        if path.name == "handling.py"
        for function in _handlings(path)
        if f"{name_of(path).removeprefix(f'{AGREEMENTS}/')}: {function.name}" not in _OPERATORS
        and not _admits(function, path)
    ]

    assert [] == passing


def test_there_are_handlings() -> None:
    """The test above would also pass if none were found."""
    found = {path.parent.name for path in python_files(AGREEMENTS) if any(_handlings(path))}

    assert {"contracts", "contributions", "disputes", "projects", "transfers"} <= found


def _handlings(path: Path) -> Iterator[ast.AsyncFunctionDef]:
    """Yield what decides a command that somebody gives; what time does is given by nobody."""
    for function in functions_of(path):
        parameters = {parameter.arg for parameter in (*function.args.args, *function.args.kwonlyargs)}
        decides = function.returns is not None and dotted(function.returns) == "Decided"
        if isinstance(function, ast.AsyncFunctionDef) and decides and "command" in parameters:
            yield function


def _admits(function: ast.AsyncFunctionDef, path: Path) -> bool:
    called = {dotted(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    beside = [each for each in functions_of(path) if each.name in called and isinstance(each, ast.AsyncFunctionDef)]
    return bool(called & _ADMITTING) or any(each is not function and _admits(each, path) for each in beside)
