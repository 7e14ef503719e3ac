"""What is received continues the history that was followed, or it is refused at the first place that says so."""

import pytest

from shared.bus.consumer import Received
from shared.bus.history import linked
from shared.log.chain import START, Head, HistoryDiverged, chain_text, chain_through
from tests.told import refuses

BODIES = [b"one", b"two", b"three", b"four"]


def received(bodies: list[bytes], *, after: int = 0, stating: dict[int, bytes] | None = None) -> list[Received]:
    """What arrives, with the chain stated where a batch ends."""
    stated = {position: chain_text(chain) for position, chain in (stating or {}).items()}
    return [
        Received(position, "moiety.v1._.jar.JarOpened", body, None, stated.get(position))
        for position, body in enumerate(bodies, start=after + 1)
    ]


def test_the_chain_is_worked_out_from_the_bodies() -> None:
    """At every message, wherever it is stated."""
    messages = linked(START, received(BODIES, stating={4: chain_through(START.chain, BODIES)}))

    assert [chain_through(START.chain, BODIES[:n]) for n in (1, 2, 3, 4)] == [each.chain for each in messages]


def test_it_goes_on_from_where_a_history_was_followed_to() -> None:
    """The past is known by one hash alone."""
    followed = Head(2, chain_through(START.chain, BODIES[:2]))

    messages = linked(followed, received(BODIES[2:], after=2, stating={4: chain_through(START.chain, BODIES)}))

    assert [3, 4] == [each.position for each in messages]


@pytest.mark.parametrize("other", [1, 2, 3])
def test_another_event_anywhere_before_is_noticed_where_the_chain_is_stated(other: int) -> None:
    """With both hashes, at the position that states one."""
    true = chain_through(START.chain, BODIES)
    bodies = [body if position != other else b"another" for position, body in enumerate(BODIES, start=1)]

    with refuses(HistoryDiverged) as diverged:
        linked(START, received(bodies, stating={4: true}))

    assert (4, chain_text(true)) == (diverged.value.position, diverged.value.got)
    assert chain_text(chain_through(START.chain, bodies)) == diverged.value.expected


def test_the_same_events_after_another_past_are_another_history() -> None:
    """What was followed was not what is continued here."""
    followed = Head(2, chain_through(START.chain, [b"one", b"other"]))

    with refuses(HistoryDiverged):
        linked(followed, received(BODIES[2:], after=2, stating={3: chain_through(START.chain, BODIES[:3])}))


def test_a_chain_that_is_none_is_another_history() -> None:
    """Whoever wrote it was not the relay."""
    damaged = received(BODIES)[0]._replace(chain="sha256:short")

    with refuses(HistoryDiverged, match="sha256:short"):
        linked(START, [damaged])
