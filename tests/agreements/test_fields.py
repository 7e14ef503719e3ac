"""Text is what it looks like: whoever signs a title has seen all of it."""

import msgspec
import pytest

from services.agreements.fields import Id, Line, Paragraph

UNSEEN = [
    *(
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9b",
        "\xad",
        "\u061c",
        "\u200b",
        "\u200e",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
    ),
    *("\ufeff", "\U000e0041"),
]
SEEN = ["Straße", "香港大學", "\u0645\u06cc\u200c\u062e\u0648", "\u0915\u094d\u200d\u0937", "a b", "🧪"]
BLANK = ["", " ", "\u00a0", "\u3000 ", "\u200d"]


def reads(text: str, form: object) -> bool:
    try:
        return bool(text == msgspec.convert(text, form))
    except msgspec.ValidationError:
        return False


@pytest.mark.parametrize("form", [Line, Paragraph])
@pytest.mark.parametrize("character", UNSEEN)
def test_text_holds_nothing_that_hides_or_turns_it(form: object, character: str):
    """Control and format characters could clear a terminal, reverse a name or hide a word."""
    assert not reads(f"A {character}title", form)
    assert not reads(f"A title{character}", form)


@pytest.mark.parametrize("form", [Line, Paragraph])
@pytest.mark.parametrize("text", BLANK)
def test_blank_text_is_no_text(form: object, text: str):
    """Something must be there to be read."""
    assert not reads(text, form)


@pytest.mark.parametrize("form", [Line, Paragraph])
@pytest.mark.parametrize("text", SEEN)
def test_every_script_is_text(form: object, text: str):
    """Also those that need a joiner between their letters."""
    assert reads(text, form)


@pytest.mark.parametrize("text", ["UNALLOCATED", "HUT\n", "person:VR", ""])
def test_nobody_is_called_like_the_holder_of_what_nobody_holds(text: str):
    """A party of that name would own what the ledger says is nobody's."""
    assert not reads(text, Id)
    assert reads("UNALLOCATED-2", Id)


def test_lines_end_in_paragraphs_only():
    """A reason may have lines and tabs, a title is one."""
    assert reads("first\n\tsecond", Paragraph)
    assert reads("\nsecond", Paragraph)
    assert not any(reads(text, Line) for text in ("first\nsecond", "first\n", "first\tsecond", "first\r"))
