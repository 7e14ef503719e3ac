"""Every member of every body and answer is explained where callers look for it."""

import tomllib
from typing import Annotated, Generic, TypeVar

import msgspec
import pytest

from shared.web.members import FILE, in_general, meaning_of, meanings_of
from tests.architecture.source import ROOT
from tests.web.described import SERVICES, published

T = TypeVar("T")


class Dish(msgspec.Struct, rename={"made": "made_on"}):
    """What is served."""

    kind: str
    made: Annotated[
        str,
        msgspec.Meta(min_length=1),
    ]
    """The day on which
    it was cooked.
    """
    version: int
    unheard_of: int


class Soup(Dish, rename={"made": "made_on"}):
    kind: str
    """Which soup."""
    unheard_of: int


class Menu(msgspec.Struct, Generic[T]):
    items: list[T]


class Served(msgspec.Struct):
    """Something of no use to whoever reads about a dish."""


class Plate(Served):
    pass


def test_a_member_means_what_its_name_means_everywhere():
    """What is said once of a name holds wherever nothing else is said."""
    assert in_general()["kind"] == meanings_of(Dish)["kind"]
    assert in_general()["items"] == meanings_of(Menu)["items"]


def test_a_docstring_below_a_member_goes_first():
    """What is said of a member in its struct holds there, under the name it has in JSON."""
    assert meanings_of(Dish)["made_on"] == "The day on which\nit was cooked."


def test_what_is_inherited_means_the_same():
    """A body that narrows a published value says of its members what that says, or its own."""
    assert meanings_of(Soup) == {**meanings_of(Dish), "kind": "Which soup."}


def test_nothing_is_said_of_what_nobody_explained():
    """A member without an explanation is found by the test below, and answered as without one."""
    assert "unheard_of" not in meanings_of(Dish)


def test_a_struct_means_what_it_says_or_inherits():
    """The docstring of a base that has no members is about something else."""
    assert meaning_of(Dish) == meaning_of(Soup) == "What is served."
    assert meaning_of(Plate) is None


@pytest.mark.parametrize("service", SERVICES)
def test_every_property_is_explained(service):
    """Whoever reads the documents is told of each property what it means.

    Say what it means in shared/web/members.toml, if that is what the name means everywhere; if it is special, in a
    docstring below the member.
    """
    schemas = published(service)["components"]["schemas"]

    assert [] == [
        f"{name}.{member}: say it in shared/web/{FILE}, or in a docstring below the member"
        for name, schema in schemas.items()
        for member, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]


def test_every_explanation_is_of_something():
    """A line about a name that nothing has any more goes with it."""
    used = {
        member
        for service in SERVICES
        for schema in published(service)["components"]["schemas"].values()
        for member in schema.get("properties", {})
    }

    assert set() == set(in_general()) - used


def test_explanations_are_sentences():
    """They begin with a capital and end with a full stop, and none is there twice."""
    lines = (ROOT / "shared" / "web" / FILE).read_text(encoding="utf-8")

    assert tomllib.loads(lines) == in_general()
    assert [] == [said for said in in_general().values() if not (said[0].isupper() and said.endswith("."))]


def test_nothing_is_explained_that_is_nowhere():
    """What is said of a name that no body and no answer has any more would be found by nobody to be wrong."""
    said = {
        (name, member.get("description"))
        for service in SERVICES
        for schema in published(service)["components"]["schemas"].values()
        for name, member in schema.get("properties", {}).items()
    }

    assert [] == sorted(in_general().items() - said)
