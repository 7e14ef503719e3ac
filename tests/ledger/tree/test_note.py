"""Notes and checkpoints are read and written as the public transparency logs do, and nothing else is believed."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.errors import NoteRefused
from services.ledger.tree.merkle import EMPTY_ROOT
from services.ledger.tree.note import (
    Checkpoint,
    Signer,
    Verifier,
    check_key_name,
    key_id,
    open_checkpoint,
    open_note,
    parse_checkpoint,
)
from tests.told import refuses

# The example of c2sp.org/signed-note.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
TEXT = "This is an example message.\n"
NOTE = f"{TEXT}\n— example.com/foo {SIGNATURE}\n".encode()
EXAMPLE = Verifier.parse(VKEY)

ORIGIN = "ledger.example/moiety"
SIGNER = Signer.generate(ORIGIN)
CHECKPOINT = Checkpoint(ORIGIN, 5, EMPTY_ROOT)


def test_the_published_note_verifies():
    """The specification's own example is read with its own key."""
    assert TEXT == open_note(NOTE, [EXAMPLE])


def test_a_key_is_written_as_it_was_read():
    """A vkey goes out and back unchanged, also when its base64 holds a plus."""
    assert VKEY == str(EXAMPLE)
    plus = Verifier("a", b"\xef\xbe\xfb" * 10 + b"\xef\xbe")
    assert "+" in str(plus).split("+", 2)[2]
    assert plus == Verifier.parse(str(plus))


def test_key_ids_bind_name_and_kind_of_key():
    """The same public key under another algorithm has another id (vector: an Ed25519 cosigner)."""
    encoded = "BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    algorithm, *public_key = b64decode(encoded)

    assert algorithm == 4
    assert key_id("witness.example/w1", 4, bytes(public_key)).hex() == "eb762cc2"
    with refuses(NoteRefused, match="type 4"):
        Verifier.parse(f"witness.example/w1+eb762cc2+{encoded}")


def test_what_is_signed_is_read_back():
    """Sign, write, read, verify: the text comes back as it went out."""
    note = SIGNER.sign(str(CHECKPOINT)).encode()

    assert CHECKPOINT == open_checkpoint(note, SIGNER.verifier)


def test_a_signing_key_is_read_back_from_its_text():
    """The private key's text form is Go's, and holds all there is."""
    assert SIGNER.secret_text().startswith("PRIVATE+KEY+ledger.example/moiety+")
    assert SIGNER == Signer.parse(SIGNER.secret_text() + "\n")


def test_a_signing_key_keeps_its_secret():
    """Neither its representation nor a refusal shows the seed."""
    seed = SIGNER.secret_text().split("+", 4)[4]  # base64 has such signs of its own

    assert seed not in repr(SIGNER)
    with pytest.raises(NoteRefused) as refused:
        Signer.parse(SIGNER.secret_text()[:-4])
    assert seed[:20] not in str(refused.value)
    with pytest.raises(NoteRefused) as refused:
        Signer.parse("PRIVATE+KEY+other+00000000+" + seed)
    assert seed[:20] not in str(refused.value)


# -- what a note may be -----------------------------------------------------------------------------------------------


def signed_by(*signers, text=TEXT):
    lines = [signer.sign(text).rpartition("\n\n")[2] for signer in signers]
    return (text + "\n" + "".join(lines)).encode()


def test_signatures_of_strangers_are_ignored():
    """Unknown keys neither help nor hurt, even sixteen of them."""
    strangers = [Signer.generate(f"stranger-{number}") for number in range(16)]

    assert TEXT == open_note(signed_by(*strangers, SIGNER), [SIGNER.verifier])
    with pytest.raises(NoteRefused, match="no trusted key"):
        open_note(signed_by(*strangers), [SIGNER.verifier])


def test_a_known_key_that_fails_refuses_the_whole_note():
    """A wrong signature by a trusted key is an alarm, whoever else signed well."""
    other = Signer.generate("other")
    _, _, wrong = SIGNER.sign("Another text.\n").rpartition("\n\n")
    note = signed_by(other) + wrong.encode()

    assert TEXT == open_note(note, [other.verifier])
    with refuses(NoteRefused, match=ORIGIN):
        open_note(note, [other.verifier, SIGNER.verifier])


def test_the_same_name_with_another_key_is_a_stranger():
    """Trust is in keys, not in names; whoever took the wrong one is told which signed."""
    other = Signer.generate(ORIGIN)
    with pytest.raises(NoteRefused, match="no trusted key") as refused:
        open_note(signed_by(other), [SIGNER.verifier])

    for signer in (SIGNER, other):
        assert f"{ORIGIN}+{signer.verifier.key_id.hex()}" in str(refused.value)
    assert "the key, and the origin" in str(refused.value)


def test_text_may_hold_empty_lines():
    """Text and signatures part at the last empty line."""
    text = "One.\n\nTwo.\n\n\nThree.\n"

    assert text == open_note(signed_by(SIGNER, text=text), [SIGNER.verifier])


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"example.com/foo Uw", b"example.com/foo  Uw"),
        NOTE.replace(b"example.com/foo", b"example.com+foo"),
        NOTE.replace(b"example.com/foo ", b""),
        NOTE + "— stranger AAAA\n".encode(),
        NOTE + "— stranger not*base64\n".encode(),
        NOTE.replace(b"This", b"Th\tis"),
        NOTE.replace(b"This", b"Th\xffis"),
        NOTE.replace(b"\n\n", b"\n\r\n"),
        b"x" * 1_000_001,
        NOTE + "— stranger AAAAAAA=\n".encode() * 100,
    ],
)
def test_a_malformed_note_is_refused(note):
    """Each rule of form is kept, also on lines of strangers."""
    with refuses(NoteRefused):
        open_note(note, [EXAMPLE])


def test_no_byte_of_a_note_can_be_changed():
    """Flip any bit of any byte: the note is refused."""
    for place in range(len(NOTE)):
        for bit in range(8):
            altered = NOTE[:place] + bytes([NOTE[place] ^ 1 << bit]) + NOTE[place + 1 :]
            with refuses(NoteRefused):
                open_note(altered, [EXAMPLE])


@given(st.binary(max_size=200))
def test_any_bytes_are_either_a_note_or_refused(data):
    """Nothing that arrives makes the reader fail in any other way."""
    for note in (data, NOTE + data, data + NOTE):
        try:
            open_note(note, [EXAMPLE])
        except NoteRefused:
            continue


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x01b"])
def test_a_key_name_is_one_word(name):
    """No space of any alphabet, no plus, no control character, and not nothing."""
    with refuses(NoteRefused):
        check_key_name(name)


def test_a_signature_is_more_than_the_id_of_its_key():
    """A line with nothing after the id has signed nothing, even if a trusted key signed beside it."""
    bare = b64encode(b"\x00" * 4).decode()

    with refuses(NoteRefused, match="at least one byte more"):
        open_note(NOTE + f"— stranger {bare}\n".encode(), [EXAMPLE])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("foo", "bar"),
        VKEY[:-4],
        VKEY + "AAAA",
        VKEY.replace("Aeky", "Beky"),
    ],
)
def test_a_malformed_key_is_refused(vkey):
    """A key whose id, length or kind is wrong is nobody's."""
    with refuses(NoteRefused):
        Verifier.parse(vkey)


# -- checkpoints ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_has_the_published_text():
    """Origin, size and base64 root, a line each."""
    assert str(CHECKPOINT) == f"{ORIGIN}\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert CHECKPOINT == parse_checkpoint(str(CHECKPOINT))


def test_extension_lines_of_others_are_read_over():
    """The format allows them; we neither write nor interpret them."""
    assert CHECKPOINT == parse_checkpoint(str(CHECKPOINT) + "extension\n")


@pytest.mark.parametrize("size", [str(2**63), str(2**64), "9" * 5000])
def test_a_size_that_no_log_can_have_is_refused_by_name(size):
    """However many digits it has, and before anybody counts on it."""
    with refuses(NoteRefused, match=f"at most {2**63 - 1}, got {len(size)} digits"):
        parse_checkpoint(str(CHECKPOINT).replace("\n5\n", f"\n{size}\n"))
    assert parse_checkpoint(str(CHECKPOINT).replace("\n5\n", f"\n{2**63 - 1}\n")).size == 2**63 - 1


@pytest.mark.parametrize("size", ["05", "-5", "+5", " 5", "5 ", "0x5", "", "five", "\N{ARABIC-INDIC DIGIT FIVE}"])
def test_a_size_is_decimal_without_leading_zeros(size):
    """One size, one text."""
    with refuses(NoteRefused):
        parse_checkpoint(str(CHECKPOINT).replace("\n5\n", f"\n{size}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n5\n",
        str(CHECKPOINT)[:-1],
        "\n" + str(CHECKPOINT),
        str(CHECKPOINT) + "\n",
        str(CHECKPOINT).replace("47DE", ""),
        str(CHECKPOINT).replace("uFU=", "uFV="),
        f"{ORIGIN}\n5\n{b64encode(b'short').decode()}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    """Missing lines, empty lines, and roots that are not the one text of 32 bytes."""
    with refuses(NoteRefused):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_log_is_refused():
    """A key vouches for its own log only."""
    note = SIGNER.sign(str(CHECKPOINT._replace(origin="elsewhere.example"))).encode()

    with refuses(NoteRefused, match=r"elsewhere\.example"):
        open_checkpoint(note, SIGNER.verifier)
