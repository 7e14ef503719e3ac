"""The page of alerts says what the rules do."""

from tests.docs.alerts import PAGE, page


def test_the_page_is_what_the_rules_say() -> None:
    """Every event is listed with its rule; `python -m tests.docs.alerts` writes the page."""
    assert page() == PAGE.read_text(encoding="utf-8")
