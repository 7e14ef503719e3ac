"""An event has one byte form, and what was once written stays readable."""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical_json
from shared.events.registry import Event, event, upcaster
from shared.log.envelope import MAX_BODY_BYTES, Envelope, EventTooLarge, MalformedEvent, decode, encode, traceparent_of
from tests.log.controls import CoinDropped, JarOpened, an_envelope
from tests.told import refuses

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
# Keys of facts are our own names and ids, all ASCII; beyond the basic plane RFC 8785 sorts differently.
KEYS = st.text(alphabet=st.characters(max_codepoint=0x7F))
WHOLE = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=30,
)


@event("tests.LidClosed.v3", entity="lid")
class LidClosed(Event, frozen=True, kw_only=True):
    lid: str
    turns: int
    by: str


@upcaster("tests.LidClosed.v1", to="tests.LidClosed.v2")
def _turns_were_not_counted(data: dict[str, object]) -> dict[str, object]:
    return data | {"turns": 1}


@upcaster("tests.LidClosed.v2", to="tests.LidClosed.v3")
def _nobody_was_named(data: dict[str, object]) -> dict[str, object]:
    return data | {"by": "unknown"}


@given(JSON)
def test_our_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    """An auditor may use any implementation of RFC 8785."""
    assert rfc8785.dumps(value) == canonical_json(value)  # type: ignore[arg-type]  # any JSON value


def test_an_event_reads_back_as_it_was() -> None:
    """Out and back: nothing is lost, nothing is added."""
    envelope = an_envelope(causation_id="evt-1", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")

    assert envelope == decode(encode(envelope))


def test_the_body_is_a_cloudevent_in_canonical_form() -> None:
    """These exact bytes are stored, published, hashed and entered."""
    assert (
        b'{"actor":"psn-1","actorparty":"HUT","agreement":"AGR-1","correlationid":"cor-1",'
        b'"data":{"jar":"J1","limit":100},"datacontenttype":"application/json",'
        b'"dataschema":"urn:moiety:schema:tests.JarOpened.v1","effectiveon":"2024-07-08",'
        b'"id":"0190a000-0000-7000-8000-000000000001","source":"urn:moiety:agreements","specversion":"1.0",'
        b'"streamversion":1,"subject":"jar:J1","time":"2024-07-08T09:30:00.000000Z","type":"tests.JarOpened.v1"}'
    ) == encode(an_envelope())


def test_equal_instants_are_equal_bytes() -> None:
    """The zone a clock was set to does not change a fact."""
    hong_kong = datetime(2024, 7, 8, 17, 30, tzinfo=timezone(timedelta(hours=8)))

    assert encode(an_envelope()) == encode(an_envelope(time=hong_kong))


def test_an_unknown_field_is_ignored() -> None:
    """Later releases may add fields; today's readers go on."""
    body = encode(an_envelope()).replace(b'"limit":100', b'"colour":"red","limit":100')

    assert JarOpened(jar="J1", limit=100) == decode(body).data


@pytest.mark.parametrize("version", [1, 2])
def test_old_versions_read_as_the_current_one(version: int) -> None:
    """Upcasting goes step by step to the current version."""
    body = encode(an_envelope(data=LidClosed(lid="L", turns=1, by="unknown"))).replace(
        b"LidClosed.v3", f"LidClosed.v{version}".encode()
    )
    body = body.replace(b'"by":"unknown",', b"")
    if version == 1:
        body = body.replace(b',"turns":1', b"")

    assert LidClosed(lid="L", turns=1, by="unknown") == decode(body).data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        encode(an_envelope()).replace(b"tests.JarOpened.v1", b"tests.Unheard.v1"),
        encode(an_envelope()).replace(b'"limit":100', b'"limit":"many"'),
        encode(an_envelope()).replace(b'"limit":100', b'"limit":1e400'),
        encode(an_envelope()).replace(b"2024-07-08T09", b"2024-17-08T09"),
        encode(an_envelope()).replace(b'"specversion":"1.0"', b'"specversion":"2.0"'),
        encode(an_envelope()).replace(b'"streamversion":1', b'"streamversion":1.5'),
    ],
)
def test_what_is_not_an_event_is_malformed(body: bytes) -> None:
    """One name for every way in which bytes can fail to be an event."""
    with refuses(MalformedEvent):
        decode(body)


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=500))
def test_damaged_bytes_never_raise_anything_else(damage: bytes, at: int) -> None:
    """Whatever arrives, a consumer meets an event or MalformedEvent."""
    body = encode(an_envelope())
    try:
        read: Envelope | None = decode(body[:at] + damage + body[at + len(damage) :])
    except MalformedEvent:
        read = None

    assert read is None or isinstance(read.data, Event)


def test_an_event_beyond_the_limit_is_refused() -> None:
    """65,535 bytes fit in a log entry, one more does not."""
    room = MAX_BODY_BYTES - len(encode(an_envelope(data=JarOpened(jar="", limit=100))))

    assert MAX_BODY_BYTES == len(encode(an_envelope(data=JarOpened(jar="x" * room, limit=100))))
    with refuses(EventTooLarge) as refused:
        encode(an_envelope(data=JarOpened(jar="x" * (room + 1), limit=100)))
    assert MAX_BODY_BYTES + 1 == refused.value.got


def test_the_subject_tells_agreement_entity_and_event() -> None:
    """Partners subscribe by subject."""
    assert "moiety.v1.AGR-1.jar.CoinDropped" == an_envelope(data=CoinDropped(jar="J1", worth=1)).subject


def test_a_type_is_registered_once() -> None:
    """Two structs under one name would make history ambiguous: it fails at import."""
    with pytest.raises(ValueError, match="twice"):
        event("tests.JarOpened.v1", entity="jar")(JarOpened)


@pytest.mark.parametrize("name", ["JarOpened", "tests.JarOpened", "tests.jarOpened.v1", "tests.JarOpened.v0"])
def test_a_type_has_a_versioned_name(name: str) -> None:
    """Never a module path, always a version."""
    with pytest.raises(ValueError, match=r"is not <service>"):
        event(name, entity="jar")


def test_dates_are_days() -> None:
    """A legal day has no time of day and no zone."""
    assert date(2024, 7, 8) == decode(encode(an_envelope())).effective_on
    assert UTC == decode(encode(an_envelope())).time.tzinfo
    assert b"T" not in msgspec.json.encode(an_envelope().effective_on)


def test_the_trace_of_an_event_is_read_from_its_bytes() -> None:
    """Nothing where there is none, or where the bytes are no event."""
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert trace == traceparent_of(encode(an_envelope(traceparent=trace)))
    assert traceparent_of(encode(an_envelope())) is None
    for body in (b'{"traceparent":', b'{"traceparent":7}', b""):
        assert traceparent_of(body) is None
