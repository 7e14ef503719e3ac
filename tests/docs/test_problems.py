"""The list of problems is complete: it is made from what the routes declare."""

import pytest

from shared.errors import Unavailable, all_refusals
from shared.web.refusals import Problem
from shared.web.trace import trace_of
from tests.architecture.source import name_of, python_files
from tests.docs.problems import PAGE, page, published_refusals

# What no caller of an API meets, and why.
INTERNAL = {
    "AddressesUnavailable": "agreements are asked again",
    "LinksUnavailable": "agreements are asked again",
    "AlarmsUnavailable": "the ledger is asked again",
    "CatchUpSkips": "the consumer waits and asks again",
    "DayUnavailable": "agreements are asked again",
    "DeadlinesUnavailable": "agreements are asked again",
    "FeedUnavailable": "the consumer waits and asks again",
    "MailNotPrivate": "what waits goes on waiting",
    "MailServerUnavailable": "it is tried again",
    "NotHeld": "whoever looks at a stream is told that it ends before",
    "PositionSkipped": "the consumer waits and asks again",
    "ProgressMoved": "a process that was overtaken reads anew",
}


def test_the_page_is_what_the_code_says() -> None:
    """Every problem is listed with its status and its message; `python -m tests.docs.problems` writes the page."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_refusal_is_declared_by_a_route() -> None:
    """A refusal that no route declares would surprise its caller, unless it never leaves the inside."""
    # The command line has no callers but people, who read the message.
    ours = ("services.agreements.", "services.ledger.", "services.notifications.", "shared.")
    undeclared = {refusal for refusal in all_refusals() if refusal.__module__.startswith(ours)} - published_refusals()

    assert [] == sorted(refusal.__name__ for refusal in undeclared if refusal.__name__ not in INTERNAL)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_whoever_only_reads_is_told_nothing_of_commands(method: str) -> None:
    """What cannot be had now is all there is to a read; that a command may have been recorded concerns who sent it."""
    told = {
        refusal.__name__: Problem.of(refusal(), 503, trace_of([]), method)
        for refusal in published_refusals()
        if issubclass(refusal, Unavailable)
    }
    of_commands = {name for name, problem in told.items() if "this command" in f"{problem.title} {problem.detail}"}

    assert of_commands == (set() if method in {"GET", "HEAD", "OPTIONS"} else {"LogUnavailable", "ServiceStopping"})


def test_no_two_problems_share_a_name() -> None:
    """`code` and `type` are what programs read, so each names one rule."""
    codes = [refusal.code() for refusal in published_refusals()]

    assert sorted(set(codes)) == sorted(codes)


def test_what_is_internal_exists() -> None:
    """The exceptions above name classes that are still there."""
    code = "".join(path.read_text(encoding="utf-8") for path in python_files("services", "shared"))

    assert [] == [name for name in INTERNAL if f"class {name}(" not in code], name_of(PAGE)
