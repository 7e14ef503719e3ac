"""Everything that is wrong with a body is told at once, where it stands and in words."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from services.agreements.contracts.bodies import DraftAgreementBody
from services.agreements.contributions.bodies import RecordContributionBody
from services.agreements.disputes.bodies import OpenDisputeBody
from services.agreements.parties.bodies import RegisterPartyBody
from services.agreements.transfers.bodies import ProposeTransferBody
from services.cli.scenario import read
from shared.web.body import read_body
from shared.web.edge import Application
from shared.web.refusals import BodyMistyped
from shared.web.violations import MOST_VIOLATIONS, violations_of
from tests.told import refuses

_BODIES: dict[str, Any] = {
    "POST /v1/agreements": DraftAgreementBody,
    "POST /v1/contributions": RecordContributionBody,
    "POST /v1/disputes": OpenDisputeBody,
    "POST /v1/parties": RegisterPartyBody,
    "POST /v1/transfers": ProposeTransferBody,
}
_STEPS = [(step.body, _BODIES[step.request]) for step in read().steps if step.request in _BODIES]
_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 10**20, 1.5, "", "HUT", "no id", "2024-08-15", "2024-13-01", "1/2", "\0", [], {}, ["HUT"]]
)
_ID = "an id: 1 to 64 letters, digits and hyphens that begin with no hyphen, and not UNALLOCATED"
_KIND = "one of APPLIED_RESEARCH_INSTITUTE, COMPANY, FUNDER, GOVERNMENT, OTHER or UNIVERSITY"


def places_in(value: Any, *above: str | int) -> list[tuple[str | int, ...]]:
    """Return where in a document anything stands."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(place for name, each in below for place in places_in(each, *above, name))]


@st.composite
def changed_bodies(draw: st.DrawFn) -> tuple[Any, Any]:
    """Draw a body of the sample story with something odd in one place or two, or a member too many."""
    body, annotation = draw(st.sampled_from(_STEPS))
    changed = {"body": deepcopy(body)}
    for _ in range(draw(st.integers(1, 2))):
        *above, last = draw(st.sampled_from(places_in(changed)[1:]))
        target: Any = changed
        with suppress(LookupError, TypeError):
            for step in above:
                target = target[step]
            target[draw(st.sampled_from([last, last, "odd"])) if isinstance(target, dict) else last] = draw(_ODD)
    return changed["body"], annotation


def told(problem: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["pointer"], each["code"], each["expected"]) for each in problem["errors"]]


def test_all_that_is_wrong_is_told_at_once(client: TestClient[Application], deciding):
    """Whoever writes a client corrects everything, and asks again once."""
    body = {"elements": [{"name": 7, "weight": "500"}, {"name": "salt"}, "pepper"], "oven/1~": 1}
    answer = client.post("/v1/recipes/bread", json=body, headers=deciding)
    problem = answer.json()

    assert (400, "BODY_MISTYPED") == (answer.status_code, problem["code"])
    assert [
        ("/title", "MISSING", "text"),
        ("/elements/0/name", "TYPE", "text"),
        ("/elements/0/weight", "TYPE", "a whole number"),
        ("/elements/1/weight", "MISSING", "a whole number"),
        ("/elements/2", "TYPE", "an object"),
        ("/oven~11~0", "UNKNOWN", "one of elements or title"),
    ] == told(problem)
    assert {"at": "$.elements[0].name"} == problem["ids"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"legal_name": ""}, ("/legal_name", "LENGTH", "a line of 1 to 200 characters that can be seen")),
        ({"legal_name": "\u202e"}, ("/legal_name", "FORM", "a line of 1 to 200 characters that can be seen")),
        ({"country": "Hong Kong"}, ("/country", "FORM", "two capital letters such as HK")),
        ({"kind": "CLUB"}, ("/kind", "CHOICE", _KIND)),
        ({"local_ids": ["x"] * 21}, ("/local_ids", "LENGTH", "a list of at most 20 items")),
        ({"party": "a b"}, ("/party", "FORM", _ID)),
    ],
)
def test_what_is_expected_is_said_in_words(changed: dict[str, Any], expected: tuple[str, str, str]):
    """Nobody has to read a pattern; at the top stands the same of the first of them."""
    body = {"kind": "COMPANY", "legal_name": "A", "country": "HK"} | changed
    with refuses(BodyMistyped) as refused:
        read_body(msgspec.json.encode(body), RegisterPartyBody)

    [violation] = refused.value.errors
    assert expected == (violation.pointer, violation.code, violation.expected)
    assert violation.expected in violation.message
    assert "regex" not in str(refused.value)


@given(changed_bodies())
def test_there_is_something_wrong_exactly_where_the_decoder_refuses(changed):
    """What is looked for after a refusal is what the decoder asks for, and nothing else."""
    body, annotation = changed
    try:
        msgspec.convert(body, annotation)
    except msgspec.ValidationError:
        refused = True
    else:
        refused = False

    assert refused == bool(violations_of(body, annotation))


def test_a_body_that_is_wrong_throughout_is_told_so_in_part(client: TestClient[Application], deciding):
    """The answer does not grow with whatever is sent."""
    body = {"title": "x", "elements": list(range(3 * MOST_VIOLATIONS))}
    problem = client.post("/v1/recipes/bread", json=body, headers=deciding).json()

    assert MOST_VIOLATIONS == len(problem["errors"])


def test_what_a_caller_sent_is_told_in_bounds(client: TestClient[Application], deciding):
    """A name of theirs stands in a pointer, shortened and encodable."""
    answer = client.post("/v1/recipes/bread", content=b'{"' + b"x" * 5_000 + b'": 1}', headers=deciding)

    assert 400 == answer.status_code
    assert 500 > max(len(each["pointer"]) for each in answer.json()["errors"])
