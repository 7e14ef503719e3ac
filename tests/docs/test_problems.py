"""The list of problems is complete: it is made from the classes that raise them."""

from shared.errors import all_refusals
from tests.docs.problems import PAGE, page, published_refusals

# Between services, or on the command line: no caller of an API meets these.
UNPUBLISHED_MODULES = ("shared.bus.", "services.cli.", "tests.")


def test_the_page_is_what_the_code_says() -> None:
    """Every refusal is listed with its status and its message; `python -m tests.docs.problems` writes the page."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_no_refusal_is_forgotten() -> None:
    """A refusal is listed, or is one that no caller of an API can meet."""
    unlisted = set(all_refusals()) - set(published_refusals())

    assert [] == sorted(
        refusal.__qualname__ for refusal in unlisted if not refusal.__module__.startswith(UNPUBLISHED_MODULES)
    )
