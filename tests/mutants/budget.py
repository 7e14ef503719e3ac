"""A plugin of pytest: each mutant gets so many seconds of the tests that reach it, those first that are closest to it.

A mutant that only what is left out would notice counts as one that nothing noticed. So it does where the mutant makes
one test so slow that no time is left for the next.
"""

import os
import time
from collections import Counter
from functools import cache
from itertools import chain
from typing import Final

import pytest
from mutmut.state import state

# Of the processor's time, so that it does not matter how busy the machine is.
BUDGET_SECONDS: Final = 5.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that reach the fewest functions: they were written for what is mutated."""
    if os.environ.get("MUTANT_UNDER_TEST") != "stats":
        items.sort(key=lambda item: functions_reached()[item.nodeid])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol() -> bool | None:
    """Take tests for done without running them once the time is spent."""
    return True if is_mutant() and time.process_time() > BUDGET_SECONDS else None


def is_mutant() -> bool:
    """Tell whether this is the process of a mutant: mutmut says in the environment what it is doing."""
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


@cache
def functions_reached() -> Counter[str]:
    """Return how many functions each test reaches, once that is known; mutants are forked from who has counted."""
    return Counter(chain.from_iterable(state().tests_by_mangled_function_name.values()))
