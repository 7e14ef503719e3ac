"""The parts of an audit bundle: what is written is read again, and whatever is missing or too much is told."""

from io import BytesIO

import pytest

from services.ledger.errors import TamperDetected
from services.ledger.tree.bundle import HEADER, read_entries, read_hashes, read_note, written_entries
from shared.log.chain import leaf_hash
from tests.told import refuses

BODIES = (b'{"a":1}', b"", b"x" * 300)
NOTE = b"ledger.example\n3\nroot\n\n\xe2\x80\x94 ledger.example signature\n"


def test_entries_are_read_as_they_were_written():
    """Of any length, empty ones as well."""
    assert list(BODIES) == list(read_entries(BytesIO(written_entries(BODIES)), len(BODIES)))


@pytest.mark.parametrize("size", [2, 4])
def test_fewer_entries_or_more_are_told(size: int):
    """With the position at which they end, or go on."""
    with refuses(TamperDetected):
        list(read_entries(BytesIO(written_entries(BODIES)), size))


def test_an_entry_that_is_cut_off_is_told():
    """In its length or in its bytes."""
    written = written_entries(BODIES)
    for end in (len(written) - 1, len(written) - len(BODIES[2]) - 1):
        with refuses(TamperDetected):
            list(read_entries(BytesIO(written[:end]), len(BODIES)))


def test_hashes_are_read_whole():
    """So many as the checkpoint says, and what follows them is left."""
    hashes = b"".join(map(leaf_hash, BODIES))
    bundle = BytesIO(hashes + b"rest")

    assert (hashes, b"rest") == (read_hashes(bundle, len(BODIES)), bundle.read())


def test_a_missing_hash_is_told_by_its_position():
    """The first that is not there whole."""
    hashes = b"".join(map(leaf_hash, BODIES))
    for end in (0, 32, 95):
        with refuses(TamperDetected):
            read_hashes(BytesIO(hashes[:end]), len(BODIES))


def test_a_note_is_read_up_to_the_empty_line_after_its_signatures():
    """The line ends it, and is none of it."""
    bundle = BytesIO(HEADER + NOTE + b"\nhashes")

    assert (NOTE, b"hashes") == (read_note(bundle), bundle.read())


@pytest.mark.parametrize("bundle", [b"", b"moiety audit bundle v2\n", HEADER, HEADER + NOTE, HEADER + b"x" * 100_000])
def test_what_does_not_begin_with_a_signed_note_is_told(bundle: bytes):
    """By its header, or by what the note lacks."""
    with refuses(TamperDetected):
        read_note(BytesIO(bundle))
