"""What the bytes of an entry must be, whatever else is entered."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.ledger.errors import EntryRefused
from services.ledger.rules.entry import read_entry
from shared.canonical import canonical_json
from shared.log.envelope import encode
from tests.log.controls import an_envelope
from tests.told import refuses

BODY = encode(an_envelope())
TIME = b'"time":"2024-07-08T09:30:00.000000Z"'


def dated(time: str) -> bytes:
    assert TIME in BODY
    return BODY.replace(TIME, b'"time":' + canonical_json(time))


@pytest.mark.parametrize("offset", [0, 8, -5])
def test_an_entry_may_be_dated_in_any_zone(offset: int):
    """It is the same instant, however others write it."""
    written = datetime(2024, 7, 8, 9, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))

    assert an_envelope().time == read_entry(dated(written.isoformat())).time


@pytest.mark.parametrize("time", ["2024-07-08T09:30:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_an_entry_is_dated_at_an_instant_that_there_is(time: str):
    """Without its offset a time is none; beyond the calendar there is none in UTC."""
    with refuses(EntryRefused):
        read_entry(dated(time))


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"jar:J1", b"jar:J2"),
        BODY.replace(b'"limit":100', b'"limit":"many"'),
        BODY + b" ",
        BODY[:-1] + b',"zz":"' + b"x" * 65_536 + b'"}',
        b"{}",
    ],
    ids=["of another stream", "no such event", "not canonical", "too large", "nothing"],
)
def test_an_entry_is_an_event_in_its_stream_in_canonical_form(body: bytes):
    """Or is refused by what it is not."""
    with refuses(EntryRefused):
        read_entry(body)
