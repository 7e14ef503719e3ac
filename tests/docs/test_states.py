"""The state diagrams are true: what is drawn is what the code does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.agreements.affiliations.model import AFFILIATION
from services.agreements.background.model import BACKGROUND
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.agreements.licences.model import LICENCE
from services.agreements.opportunities.model import OPPORTUNITY
from services.agreements.participants.model import PARTICIPANT
from services.agreements.parties.model import PARTY
from services.agreements.projects.model import PROJECT
from services.agreements.projects.progress import PROGRESS
from services.agreements.transfers.model import TRANSFER
from shared.log.aggregate import Aggregate
from shared.log.events import Event, event_name, registered
from tests.architecture.source import ROOT
from tests.docs.made import made

AGGREGATES: tuple[Aggregate[Any], ...] = (
    PARTY,
    AFFILIATION,
    AGREEMENT,
    BACKGROUND,
    OPPORTUNITY,
    PROJECT,
    PROGRESS,
    PARTICIPANT,
    CONTRIBUTION,
    INVENTION,
    LICENCE,
    TRANSFER,
    DISPUTE,
)
# What has no status is always in the one state that its diagram names.
ONLY_STATE = {"affiliation": "DECLARED", "progress": "REPORTED"}
BEFORE = "[*]"
PARTIES = ("ATRC", "HUT")
DEPTH = 4

Arrow = tuple[str, str, str]


def drawn(aggregate: Aggregate[Any]) -> set[Arrow]:
    """Return the arrows of the aggregate's diagram: from, event, to."""
    text = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", text, re.DOTALL)
    names = {aggregate.name for aggregate in AGGREGATES}
    for diagram in diagrams:
        arrows = re.findall(r"^ +(\S+) --> (\S+): (\w+)$", diagram, re.MULTILINE)
        entities = {kind.ENTITY for kind in kinds() for _, _, event in arrows if event == event_name(kind.TYPE)}
        if entities & names == {aggregate.name}:
            return {(before, event, after) for before, after, event in arrows}
    return set()


def kinds() -> list[type[Event]]:
    """Return the events of the published contracts."""
    return [kind for name, kind in registered().items() if name.startswith("agreements.")]


def events_of(aggregate: Aggregate[Any]) -> Iterator[Event]:
    """Yield each of the aggregate's events, once for each party that could be behind it."""
    for kind in kinds():
        if kind.ENTITY == aggregate.name:
            yield from (made(kind, parties=PARTIES, party=party) for party in PARTIES)


def status_of(aggregate: Aggregate[Any], state: Any) -> str:
    if state is None:
        return BEFORE
    return str(state.status) if hasattr(state, "status") else ONLY_STATE[aggregate.name]


def evolved(aggregate: Aggregate[Any]) -> set[Arrow]:
    """Return every arrow there is when any event follows any other, to a depth."""
    first = [event for event in events_of(aggregate) if _begins(aggregate, event)]
    arrows: set[Arrow] = set()
    states = []
    for event in first:
        states.append(aggregate.evolve(None, event))
        arrows.add((BEFORE, event_name(event.TYPE), status_of(aggregate, states[-1])))
    following = [event for event in events_of(aggregate) if not _begins(aggregate, event)]
    for _ in range(DEPTH):
        reached = {}
        for state in states:
            for event in following:
                after = aggregate.evolve(state, event)
                arrows.add((status_of(aggregate, state), event_name(event.TYPE), status_of(aggregate, after)))
                reached[repr(after)] = after
        states = list(reached.values())
    return arrows


def _begins(aggregate: Aggregate[Any], event: Event) -> bool:
    try:
        aggregate.evolve(None, event)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.name)
def test_every_arrow_is_what_the_code_does(aggregate: Aggregate[Any]) -> None:
    """An event drawn from one state to another really leads there."""
    assert drawn(aggregate)
    assert set() == drawn(aggregate) - evolved(aggregate)


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.name)
def test_every_state_is_drawn(aggregate: Aggregate[Any]) -> None:
    """A state that the code knows and the diagram does not would be a secret."""
    status = getattr(aggregate.state, "__annotations__", {}).get("status")
    known = {str(each) for each in status} if status else {ONLY_STATE[aggregate.name]}

    assert known == {after for _, _, after in drawn(aggregate)}


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.name)
def test_every_event_is_drawn(aggregate: Aggregate[Any]) -> None:
    """Every published event of the aggregate is on one of its arrows."""
    assert {event_name(event.TYPE) for event in events_of(aggregate)} == {event for _, event, _ in drawn(aggregate)}
