"""The state diagrams leave nothing out; that their arrows are true is walked in tests/agreements/machine/."""

import pytest

from services.agreements.gates import Gate
from shared.events.registry import event_name
from tests.docs.drawings import DRAWINGS, Drawing, aggregates, commands, events, is_of
from tests.docs.gates import PAGE, page


def test_everything_that_lives_is_drawn() -> None:
    """There is a diagram of every aggregate, so that none lives by rules that nobody can look up."""
    # What parties' systems answer, and what proves that they have notice, passes from no state into another.
    assert set(aggregates()) - {"acknowledgement", "notice"} == {drawing.aggregate.name for drawing in DRAWINGS}


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
def test_every_state_is_drawn(drawing: Drawing) -> None:
    """A state that the code knows and the diagram does not would be a secret."""
    assert set(map(str, drawing.states)) == {after for _, _, after in drawing.arrows}


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.heading)
def test_every_event_is_drawn(drawing: Drawing) -> None:
    """Every published event of what is drawn is on one of its arrows."""
    published = {event_name(kind.TYPE) for kind in events() if is_of(drawing, kind)}

    assert published == {event for _, event, _ in drawing.arrows}


def test_no_command_is_without_a_gate() -> None:
    """Whatever can be done says which power it takes, or that it takes none, and how the agreement has to stand."""
    assert [] == [each.__name__ for each in commands() if not isinstance(getattr(each, "gate", None), Gate)]


def test_what_each_command_takes_is_written() -> None:
    """The table is that of the code; `python -m tests.docs.gates` writes it."""
    assert page() == PAGE.read_text(encoding="utf-8")
