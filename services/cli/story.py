"""What a run of the sample scenario shows: a refusal, a derivation, two clocks; a few lines for people."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from services.cli.scenario import Scenario
    from services.cli.standing import Standing

_PROPOSED: Final = "agreements.DeterminationProposed.v1"
_ADOPTED: Final = "agreements.DeterminationAdopted.v1"


def refusal(story: "Scenario", answers: Mapping[str, Any]) -> str:
    """Return a step that was refused as it must be, and the problem it was answered with."""
    step = next(step for step in story.steps if step.request.startswith("POST") and step.expect.status >= 400)  # noqa: PLR2004
    problem = answers[step.id]
    return f"{step.title}: [red]{problem['status']} {problem['code']}[/] {problem['detail']}"


def derivation(bodies: Iterable[bytes]) -> str:
    """Return one holder's share as the sum it is: an element's part times the holder's people's parts of it."""
    data = next(event["data"] for event in map(msgspec.json.decode, bodies) if event["type"] == _PROPOSED)
    holder, share = next(iter(data["shares"].items()))
    people = {person["person"] for person in data["derivation"]["people"] if holder in person["holders"]}
    terms = [
        f"{element['share']} · {part} [dim]({element['element']} {person})[/]"
        for element in data["derivation"]["elements"]
        for person, part in element["contributors"].items()
        if person in people
    ]
    return f"{holder} [bold]{share}[/] = {' + '.join(terms)}"


def two_clocks(standing: "Standing", bodies: Iterable[bytes]) -> list[str]:
    """Return who owned the asset on the day of its conception, as known before its adoption and since."""
    for position, event in enumerate(map(msgspec.json.decode, bodies), start=1):
        if event["type"] == _ADOPTED:
            asset, day = event["data"]["invention"], event["effectiveon"]
            known = {position - 1: "before the adoption", position: "since"}
            return [
                f"{asset} on {day}, as known {words}: {_listed(standing.holders(asset, effective=day, known=at))}"
                for at, words in known.items()
            ]
    return []


def _listed(holders: Mapping[str, str]) -> str:
    return ", ".join(f"{holder} [bold]{share}[/]" for holder, share in holders.items())
