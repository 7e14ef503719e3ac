"""What is changed beside what mutmut changes: whether a branch is ever taken, and whether anything is done at all.

Turning a condition round is noticed by whatever passes it; that a guard never refuses, only by a test of the refusal.
"""

from collections.abc import Iterator
from typing import Any, cast

import libcst as cst
from mutmut.mutation.mutators import mutation_operators


def force(node: cst.If | cst.CompIf) -> Iterator[cst.If | cst.CompIf]:
    """Never take a branch, and always; leave out everything, and nothing."""
    condition = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    for operator, constant in ((cst.And(), "False"), (cst.Or(), "True")):
        yield node.with_changes(test=cst.BooleanOperation(condition, operator, cst.Name(constant)))


def leave_out(node: cst.Expr) -> Iterator[cst.BaseSmallStatement]:
    """Leave out what is done for its effect: a check, an addition, something yielded."""
    if isinstance(node.value, cst.Call | cst.Yield):
        yield cst.Pass()


def use_them() -> None:
    """Have mutmut make these changes too: it has no setting for it, and looks into its list when it mutates a file."""
    cast("list[Any]", mutation_operators).extend([(cst.If, force), (cst.CompIf, force), (cst.Expr, leave_out)])
