"""What was answered, as the party that answered and whoever may read the asset see it."""

from datetime import date

import msgspec

from services.agreements.acknowledgements.model import Answer, Answers


class AcknowledgementView(Answer, frozen=True, kw_only=True):
    """What the caller's party has said about an event."""

    asset: str
    version: int
    """The version of all that was answered about the asset."""


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """Holdings, and the parties that say they are right."""

    holdings: dict[str, str]
    """The share of each holder, `n/d`."""
    parties: tuple[str, ...]
    """The ids of the parties that hold to these holdings."""


class ContestView(msgspec.Struct, frozen=True, kw_only=True):
    """An event about ownership that somebody contests, and what conflicts with what about one day."""

    event: str
    """The id of the event."""
    position: int
    """The position of that event."""
    held_on: date
    """The legal day of which all these holdings are."""
    stands: ClaimView
    """What stands by what was known at that position, and the parties that have accepted it."""
    claims: tuple[ClaimView, ...]
    """What is held against it: each other outcome, and who holds to it."""


class ContestsView(msgspec.Struct, frozen=True, kw_only=True):
    asset: str
    contests: tuple[ContestView, ...]
    """The events that are contested, in the order of their positions."""
    version: int
    """The version of all that was answered about the asset; 0 where nothing was."""


def contests_of(state: Answers, version: int) -> ContestsView:
    """Return what conflicts with what, of all that was answered about an asset."""
    alike: dict[tuple[int, str, date], list[Answer]] = {}
    for of_event in state.given.values():
        for answer in of_event.values():
            alike.setdefault((answer.position, answer.event, answer.held_on), []).append(answer)
    contested = (alike[which] for which in sorted(alike) if any(each.verdict == "CONTEST" for each in alike[which]))
    return ContestsView(asset=state.invention, contests=tuple(map(_contest, contested)), version=version)


def acknowledgement_of(state: Answers, version: int, party: str, event: str) -> AcknowledgementView:
    """Return what a party has said about an event."""
    answer = state.of(party, event)
    assert answer is not None, "it was said just now, or before"
    return AcknowledgementView(**msgspec.structs.asdict(answer), asset=state.invention, version=version)


def _contest(answers: list[Answer]) -> ContestView:
    """Return what answers to one event about one day come to, at least one of which contests it."""
    accepting = [each.party for each in answers if each.verdict == "ACCEPT"]
    contesting = [each for each in answers if each.verdict == "CONTEST"]
    first = contesting[0]
    outcomes: dict[str, list[Answer]] = {}
    for each in contesting:
        outcomes.setdefault(each.holdings_hash, []).append(each)
    return ContestView(
        event=first.event,
        position=first.position,
        held_on=first.held_on,
        stands=ClaimView(holdings=first.contested or {}, parties=tuple(sorted(accepting))),
        claims=tuple(
            ClaimView(holdings=alike[0].holdings, parties=tuple(sorted(each.party for each in alike)))
            for _, alike in sorted(outcomes.items())
        ),
    )
