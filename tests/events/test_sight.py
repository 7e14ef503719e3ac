"""What has to be known to tell whom an event concerns: little of it, told by few streams, and as good as everything."""

from collections.abc import Sequence

from hypothesis import given
from msgspec.structs import replace

from shared.events.agreement import AgreementDrafted
from shared.events.concerned import EVERYBODY, NOBODY, Circle, Circles, about, concerned, kind_of, lessons
from shared.events.invention import DeterminationAdopted, InventionDisclosed
from shared.events.log import LogContinued
from shared.events.party import PartyRegistered
from shared.events.sight import concerns, folded, partners_in, stream_of, unknown
from shared.log.envelope import Envelope
from tests.docs.made import made
from tests.events.histories import PARTIES, histories, told

Events = list[tuple[int, Envelope]]


def numbered(history: Sequence[Envelope]) -> Events:
    """Return a history as it would stand in the log: each event in the stream of what it is about."""
    return [(position, replace(each, stream=_stream(each))) for position, each in enumerate(history, 1)]


def _stream(envelope: Envelope) -> str:
    entity = envelope.data.ENTITY
    return f"{entity}:{getattr(envelope.data, entity, 'X')}"


def told_to(events: Events, party: str, asked: list[set[str]]) -> list[int]:
    """Return which of all events concern a party, by asking for circles as somebody does who keeps the log alone."""
    circles: dict[str, Circle] = {}
    while names := unknown(party, events, circles):
        asked.append(names)
        streams = {stream_of(name) for name in names}
        if partners_in(names):
            streams |= {envelope.stream for _, envelope in events if isinstance(envelope.data, AgreementDrafted)}
        known = folded([(position, each) for position, each in events if each.stream in streams], {})
        circles |= {name: known.get(name, NOBODY) for name in names}
    return [position for position, envelope in events if concerns(party, position, envelope, circles)]


@given(histories)
def test_who_is_in_what_is_told_by_its_own_stream(history: list[Envelope]):
    """So that nothing else has to be read: of all events only an agreement's teach of anything besides."""
    for position, envelope in numbered(history):
        for name in lessons(envelope, position):
            assert envelope.stream == stream_of(name) or (envelope.data.ENTITY, kind_of(name)) == (
                "agreement",
                "partners",
            )


@given(histories)
def test_few_circles_say_the_same_as_all(history: list[Envelope]):
    """Whoever asks for what is unknown comes to what the one function says with everything known."""
    events = numbered(history)
    circles: Circles = folded(events, {})
    for party in PARTIES:
        expected = [position for position, each in events if party in _parties(position, each, circles)]
        assert expected == told_to(events, party, [])


def _parties(position: int, envelope: Envelope, circles: Circles) -> set[str]:
    parties = {*concerned(envelope, position, circles)}
    there = (
        party
        for party in PARTIES
        for stay in circles.get(f"party:{party}", NOBODY).stays.get(party, ())
        if stay.since <= position
    )
    return parties | {*there} if EVERYBODY in parties else parties


def test_an_asset_is_asked_about_where_nothing_else_lets_the_party_in():
    """What has happened to one is long."""
    agreed = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    named = {"agreement": "AGR-1", "invention": "INV-1"}
    adopted = made(DeterminationAdopted, **named, shares={"HUT": "1/2", "NLN": "1/2"})
    events = numbered([told(agreed), told(made(InventionDisclosed, **named)), told(adopted)])
    of_hut: list[set[str]] = []
    of_nln: list[set[str]] = []

    assert [1, 2, 3] == told_to(events, "HUT", of_hut)
    assert [2, 3] == told_to(events, "NLN", of_nln)
    assert all(f"invention:{each}" not in names for names in of_hut for each in ("INV-1",))
    assert [{"invention:INV-1"}] == of_nln[1:]


def test_what_happens_to_the_log_is_told_to_whoever_was_registered():
    """Whoever comes later finds the log as it is by then."""
    events = numbered([told(made(PartyRegistered, party="HUT")), told(made(LogContinued))])
    events += [(3, replace(told(made(PartyRegistered, party="NLN")), stream="party:NLN"))]

    assert [1, 2] == told_to(events, "HUT", [])
    assert [3] == told_to(events, "NLN", [])
    assert () == about(events[1][1])
