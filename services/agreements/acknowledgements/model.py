"""What was answered to the events of one asset: by whom, to which, and whether it still contests."""

from datetime import date

import msgspec

from shared.errors import NotFound
from shared.events.acknowledgement import OwnershipAcknowledged, Verdict
from shared.events.registry import Event
from shared.log.aggregate import Aggregate


class ContestNotFound(NotFound):
    """The caller's party has contested no event with this id about this asset, or has accepted it since."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a party said last about an event."""

    party: str
    event: str
    """The id of the event that is answered."""
    position: int
    """The position of that event."""
    held_on: date
    """The legal day of which the holdings are."""
    holdings: dict[str, str]
    """What the party worked out: the share of each holder, `n/d`."""
    holdings_hash: str
    """The hash of the canonical JSON of these holdings."""
    verdict: Verdict
    """Whether that is what stands (`ACCEPT`) or not (`CONTEST`)."""
    contested: dict[str, str] | None
    """The holdings that stood, where the party contests them."""
    note_hash: str | None
    """The hash of a note, which stays outside; null for none."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """All of an asset, the last of each party to each event."""

    invention: str
    # By the id of the event, and in it by party.
    given: dict[str, dict[str, Answer]]

    def of(self, party: str, event: str) -> Answer | None:
        return self.given.get(event, {}).get(party)

    def contest(self, party: str, event: str) -> Answer:
        """Return how a party contests an event; raises ContestNotFound."""
        answer = self.of(party, event)
        if answer is None or answer.verdict != "CONTEST":
            raise ContestNotFound(asset=self.invention)
        return answer


def evolve(state: Answers | None, event: Event) -> Answers:
    assert isinstance(event, OwnershipAcknowledged)
    given = state.given if state else {}
    of_event = {**given.get(event.answers, {}), event.party: _answer(event)}
    return Answers(invention=event.invention, given={**given, event.answers: of_event})


def _answer(event: OwnershipAcknowledged) -> Answer:
    return Answer(
        party=event.party,
        event=event.answers,
        position=event.position,
        held_on=event.held_on,
        holdings=event.holdings,
        holdings_hash=event.holdings_hash,
        verdict=event.verdict,
        contested=event.contested,
        note_hash=event.note_hash,
    )


ACKNOWLEDGEMENT = Aggregate("acknowledgement", Answers, evolve, ContestNotFound)
