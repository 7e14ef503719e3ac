"""What a service said instead of an answer is told in its own words."""

import httpx
import pytest

from shared.bus.answered import check_answered


def test_a_problem_is_told_in_its_own_words():
    """Its status, code and detail, and no link to a page about the status."""
    problem = {"code": "LEDGER_DAMAGED", "title": "Damaged.", "detail": "Damaged. (position=91)"}

    with pytest.raises(ValueError, match=r"^503 LEDGER_DAMAGED: Damaged\. \(position=91\)$"):
        check_answered(httpx.Response(503, json=problem))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"code":1}', b"\xff"])
def test_what_is_no_problem_is_told_by_its_status(body: bytes):
    """A proxy's page is not repeated."""
    with pytest.raises(ValueError, match=r"^502 and nothing that says why$"):
        check_answered(httpx.Response(502, content=body))


def test_an_answer_is_one():
    """Nothing is raised."""
    check_answered(httpx.Response(200, content=b"x"))
