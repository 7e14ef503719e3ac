"""Events by their published names: what a release does not know it does not guess."""

import pytest

from shared.events.registry import Data, Event, UnknownEventType, event, read_event, upcaster


@event("tests.DoorOpened.v2", entity="door")
class DoorOpened(Event, frozen=True, kw_only=True):
    door: str
    by: str


@upcaster("tests.DoorOpened.v1", to="tests.DoorOpened.v2")
def _named(data: Data) -> Data:
    return {**data, "by": "unknown"}


@upcaster("tests.DoorSlammed.v1", to="tests.DoorSlammed.v2")
def _slammed(data: Data) -> Data:
    return data


def test_an_old_version_reads_as_the_current_one():
    """What it could not say is filled in."""
    assert DoorOpened(door="D", by="unknown") == read_event("tests.DoorOpened.v1", b'{"door":"D"}')


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("tests.DoorOpened.v3", "tests.DoorOpened.v3"),
        ("tests.DoorSlammed.v1", "tests.DoorSlammed.v2"),
        ("tests.DoorSlammed.v2", "tests.DoorSlammed.v2"),
    ],
)
def test_what_this_release_does_not_know_is_told_by_its_name(name: str, unknown: str):
    """Also where an old version is known to become one that is not."""
    with pytest.raises(UnknownEventType) as told:
        read_event(name, b'{"door":"D"}')
    assert (unknown,) == told.value.args


@pytest.mark.parametrize("name", ["DoorOpened", "tests.DoorOpened", "tests.doorOpened.v1", "tests.DoorOpened.v0"])
def test_a_name_has_a_service_an_event_and_a_version(name: str):
    """A mistake in code, told when it is imported."""
    with pytest.raises(ValueError, match="is not <service>"):
        event(name, entity="door")


@pytest.mark.parametrize("name", ["tests.DoorOpened.v2", "tests.DoorOpened.v1"])
def test_a_name_is_given_once(name: str):
    """To an event or to a version of before."""

    class Another(Event, frozen=True, kw_only=True):
        door: str

    with pytest.raises(ValueError, match="twice"):
        event(name, entity="door")(Another)
    with pytest.raises(ValueError, match="twice"):
        upcaster(name, to="tests.DoorOpened.v3")(_named)
