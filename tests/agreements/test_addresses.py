"""Where representatives are written to: told to the one program that writes, of whoever is one today."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.agreements.people.model import PersonalData, Secrets
from services.agreements.people.views import Address
from shared.languages import Language
from tests.agreements.portals import JSON, Portal

OpenPortal = Callable[..., Portal]
PERIOD = {"from": "2020-01-01"}


def asked(*representatives: tuple[str, str]) -> JSON:
    return {"representatives": [{"party": party, "person": person} for party, person in representatives]}


async def represented(operator: Portal, party: str, person: str, **changed: Any) -> None:
    """Have a party name a person its representative."""
    named = {"person": person, "powers": ["SIGN", "APPOINT", "PERSONNEL"], "period": PERIOD, **changed}
    await operator.change(f"/v1/parties/{party}", "representatives", named)


@pytest.fixture
def notifier(portal_of: OpenPortal) -> Portal:
    return portal_of(None, "notifier", person="notifications")


@pytest.fixture
async def written_to(operator: Portal, hut: Portal) -> Portal:
    """HUT has named a representative who reads Chinese, and keeps an address of theirs."""
    await represented(operator, "HUT", "HUT-REP")
    person = {"person": "HUT-REP", "name": "王家欣", "email": "ky.wong@hut.example", "language": "zh-Hant"}
    await hut.create("/v1/people", person)
    return hut


async def test_the_program_that_writes_is_told_where_to(written_to: Portal, notifier: Portal):
    """Name, address and language of each of them, and the answer is to be kept nowhere."""
    answer = await notifier.post("/v1/addresses", asked(("HUT", "HUT-REP"), ("HUT", "HUT-REP")))

    expected = {
        "party": "HUT",
        "person": "HUT-REP",
        "name": "王家欣",
        "email": "ky.wong@hut.example",
        "language": "zh-Hant",
    }
    assert (200, {"addresses": [expected]}) == (answer.status_code, answer.json())
    assert "no-store" == answer.headers["Cache-Control"]


async def test_of_nobody_else_is_anything_told(written_to: Portal, operator: Portal, atrc: Portal, notifier: Portal):
    """Not of who is no representative, of another party's, of one without an address, nor of one nobody knows."""
    await written_to.create("/v1/people", {"person": "STUDENT", "name": "A student", "email": "s@hut.example"})
    await represented(operator, "ATRC", "ATRC-REP")
    await represented(operator, "ATRC", "UNKNOWN")
    await atrc.create("/v1/people", {"person": "ATRC-REP", "name": "Without an address"})

    others = asked(("HUT", "STUDENT"), ("ATRC", "HUT-REP"), ("ATRC", "ATRC-REP"), ("ATRC", "UNKNOWN"), ("NIL", "X"))
    answer = await notifier.post("/v1/addresses", others)

    assert (200, {"addresses": []}) == (answer.status_code, answer.json())


async def test_whoever_speaks_for_a_party_no_more_is_not_written_to(
    operator: Portal, written_to: Portal, notifier: Portal
):
    """The period of the powers counts, on the day of the question."""
    await represented(operator, "HUT", "HUT-REP", period={"from": "2020-01-01", "to": "2020-02-01"})

    assert {"addresses": []} == (await notifier.post("/v1/addresses", asked(("HUT", "HUT-REP")))).json()


async def test_whoever_was_erased_is_not_written_to(written_to: Portal, notifier: Portal):
    """The address goes with everything else that was known, and the language too."""
    erased = (await written_to.post("/v1/people/HUT-REP/erase")).json()

    assert {"addresses": []} == (await notifier.post("/v1/addresses", asked(("HUT", "HUT-REP")))).json()
    assert (None, None) == (erased["email"], erased["language"])


async def test_nobody_else_may_ask(written_to: Portal, portal_of: OpenPortal):
    """Neither a party of its own people, nor operators, auditors, or the other services."""
    for role in ("representative", "partner", "operator", "auditor", "service"):
        refused = await portal_of("HUT", role, person="HUT-REP").post("/v1/addresses", asked(("HUT", "HUT-REP")))
        assert (403, "ROLE_MISSING") == (refused.status_code, refused.json()["code"])


async def test_the_program_that_writes_may_ask_nothing_else(written_to: Portal, notifier: Portal):
    """Of people, events or agreements it reads nothing."""
    for path in ("/v1/people", "/v1/people/HUT-REP", "/v1/events", "/v1/agreements", "/v1/tasks", "/v1/parties"):
        assert 403 == (await notifier.get(path)).status_code


@pytest.mark.parametrize("many", [0, 101])
async def test_so_many_are_asked_for_at_once_and_no_more(notifier: Portal, many: int):
    """A question has a bound, as every list has."""
    answer = await notifier.post("/v1/addresses", asked(*(("HUT", f"P{each}") for each in range(many))))

    assert 400 == answer.status_code


async def test_a_language_is_one_of_those_in_which_letters_are_written(hut: Portal):
    """English unless another is said; nobody is promised letters that there are none of."""
    said = {"person": "P", "name": "Somebody", "language": "tlh"}

    assert 400 == (await hut.post("/v1/people", said)).status_code
    assert "en" == (await hut.create("/v1/people", said | {"language": "en"}))["language"]
    assert "en" == (await hut.create("/v1/people", {"person": "Q", "name": "Another"}))["language"]


def test_who_was_known_before_there_were_languages_is_written_to_in_english():
    """What is sealed stays readable as it is."""
    before = b'{"data":{"name":"Somebody","email":null,"orcid":null},"salt":"00","said":[]}'

    assert Language.ENGLISH == msgspec.json.decode(before, type=Secrets).data.language


def test_representations_of_addresses_say_nothing():
    """They end up in logs and tracebacks."""
    address = Address(party="HUT", person="P", name="A name", email="a@b.example", language=Language.ENGLISH)

    assert "a@b.example" not in repr(address) + repr(PersonalData(name="A name", email="a@b.example"))
