"""Whatever people write stays what it is: no header, no tag, no line, and nothing that cannot be seen."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32
from email.utils import getaddresses
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.notifications.mail.letters import Letter, Question, as_sent, compose
from services.notifications.mail.letters.content import LONGEST_NAME, LONGEST_TITLE
from services.notifications.mail.letters.plain import plain, unlinked
from shared.languages import Language
from tests.notifications.letters.controls import (
    LETTER,
    QUESTION,
    Shown,
    bytes_of,
    digest,
    html_of,
    letter,
    received,
    text_of,
)

HEADERS = [name for name, _ in received(LETTER).items()]
SAFE_TAGS = Shown(html_of(received(LETTER))).tags
HOSTILE = [
    *(
        "x\r\nBcc: victim@example.com",
        "x\nSubject: other",
        "x\r\n\r\nbody",
        "x\x00y",
        "x\x0bBcc: a@b",
        "x\u2028y",
        "x\x85y",
    ),
    *(
        "<script>alert(1)</script>",
        '"><img src=https://example.com/x onerror=alert(1)>',
        "</td></table><h1>x",
        "{{ 7*7 }}",
    ),
    *(
        "{thing}",
        "{0.__class__}",
        "%s",
        "&lt;b&gt;",
        "javascript:alert(1)",
        "=?utf-8?q?x?=",
        "=?utf-8?q?x=0d=0aBcc:_a@b?=",
    ),
    *("\u202egro.elpmaxe", "a\u200bb", "\u2066x\u2069", "\ufeffx", "\u00adx", "\U000e0041x", "\ud800", "a\u3164b"),
    *("x" * 2_000, "陳" * 400, "é" * 999, "=" * 1_500, "," * 80, '"' * 80, "\\" * 80, "(comment) <a@b>", "a, b <c@d>"),
    *("e\u0301", "김", "דוד", "علي", "🇭🇰", "-- ", ".", "..", ".\r\n.", "From x", "", " "),
]
# Also what is no text, such as half of a pair.
ANYTHING = st.one_of(st.text(max_size=300), st.sampled_from(HOSTILE), st.text(st.characters(), max_size=20))
LANGUAGES = st.sampled_from(Language)


def written_everywhere(text: str, language: Language) -> Letter:
    """Return a letter in which a text stands in every place that anything written by people, or made of ids, can."""
    alert = {
        **dict.fromkeys(("id", "recipient", "agreement", "type"), text),
        "subject": f"contribution:{text}",
        "link": f"/v1/contributions/{text[:80]}",
    }
    return letter(alert, name=text, sender_name=text, title=text, may_name=True, language=language)


def asked_everywhere(text: str, language: Language) -> Question:
    """Return a question in which a text stands in every place that it can."""
    ids = dict.fromkeys(("contribution", "agreement", "recorded_by_party"), text)
    return replace(QUESTION, **ids, name=text, sender_name=text, language=language)


BOTH = (written_everywhere, asked_everywhere)
QUIET = {(made, language): received(made("x", language)) for made in BOTH for language in Language}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_becomes_anything_else(text: str, language: Language) -> None:
    """In no header, no tag and no line of its own."""
    unharmed(text, language)


@given(ANYTHING, LANGUAGES)
def test_nothing_that_anybody_writes_does(text: str, language: Language) -> None:
    """Whatever it is."""
    unharmed(text, language)


def unharmed(text: str, language: Language) -> None:
    for made in BOTH:
        is_unharmed(received(made(text, language)), QUIET[made, language])


def is_unharmed(message: EmailMessage, quiet: EmailMessage) -> None:
    # The same headers, once each, and the same lines of text.
    assert [name for name, _ in quiet.items()] == [name for name, _ in message.items()]
    assert sum(len(part.defects) for part in message.walk()) == 0
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in message.iter_parts()]
    # No tag that is not ours, nothing that is fetched, and links that lead to the portal alone.
    shown = Shown(html_of(message))
    assert shown.tags == Shown(html_of(quiet)).tags
    allowed = {
        "href",
        "style",
        "class",
        "lang",
        "dir",
        "role",
        "width",
        "cellpadding",
        "cellspacing",
        "align",
        "charset",
    }
    assert {name for tag, name, _ in shown.attributes if tag != "meta"} <= allowed
    links = [value for _, name, value in shown.attributes if name == "href"]
    assert all(value.startswith(("https://portal.example/", QUESTION.link)) for value in links)
    # Nothing unseen anywhere.
    for part in (text_of(message), html_of(message), *map(str, message.values())):
        assert not {category(each) for each in part if each != "\n"} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(max_size=200), LANGUAGES)
def test_names_and_titles_are_read_as_they_were_written(text: str, language: Language) -> None:
    """By whoever parses the message: in the header and in both parts, as far as they can be seen."""
    sent = letter(name=text, title=text, may_name=True, language=language)
    message = received(sent)
    name, title = plain(text, longest=LONGEST_NAME), plain(text, longest=LONGEST_TITLE)

    # As programs do that look for encoded words alone; the parser of Python 3.11 puts a blank between two of them.
    [(shown, address)] = getaddresses([message_from_bytes(as_sent(compose(sent)), policy=compat32)["To"]])
    assert (name, "mei.chan@atrc.example") == (str(make_header(decode_header(shown))), address)
    name, title = unlinked(name), unlinked(title)
    assert name in text_of(message)
    assert name in Shown(html_of(message)).blocks[1] if name else True
    if title:
        assert title in Shown(html_of(message)).blocks
        assert f": {title}\n" in text_of(message)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Visit https://evil.example/x now", "Visit https: //evil. example/x now"),
        ("www.evil.example", "www. evil. example"),
        ("me@evil.example", "me@evil. example"),
        ("HTTP://EVIL.EXAMPLE", "HTTP: //EVIL. EXAMPLE"),
        ("去evil.example看", "去evil. example看"),
        ("Prof. Dr. J.R.R. Tolkien, 2.0", "Prof. Dr. J. R. R. Tolkien, 2.0"),
    ],
)
def test_no_name_or_title_becomes_a_link(written: str, shown: str) -> None:
    """Mail programs make links of text; whom a party calls so writes to all whom the letter goes to."""
    of_every_kind = (letter(name=written, title=written, may_name=True), digest({}, name=written))
    for sent in (*of_every_kind, replace(QUESTION, name=written)):
        message = received(sent)
        for part in (text_of(message), html_of(message)):
            assert shown in part
            assert written not in part
    assert shown == unlinked(shown)


@given(ANYTHING, LANGUAGES)
def test_its_lines_are_as_long_as_servers_take(text: str, language: Language) -> None:
    """RFC 5322: 998 characters, of which none is beyond ASCII here."""
    for made in BOTH:
        sent = bytes_of(made(text, language))

        assert sent.isascii()
        assert max(map(len, sent.split(b"\r\n"))) <= 998
        assert b"\n" not in sent.replace(b"\r\n", b"")


@given(st.text(max_size=300), st.integers(1, 80))
def test_a_plain_text_stays_one(text: str, longest: int) -> None:
    """Made plain again it is the same; it is one line, and no longer than it may be."""
    made = plain(text, longest=longest)

    assert made == plain(made, longest=longest)
    assert len(made) <= longest
    assert len(made.splitlines()) <= 1
    assert made == made.strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(
            ("陳 大文", "陳 大文"),
            ("Zoë  Ono", "Zoë Ono"),
            ("e\u0301", "é"),
            ("a\u00a0b", "a b"),
            ("葛\U000e0100", "葛\U000e0100"),
        ),
        *(("a\r\n b", "a b"), ("a\u202eb", "ab"), ("\u200b", ""), ("abcdef", "abc…"), ("ab  cdef", "ab…")),
    ],
    ids=ascii,
)
def test_what_can_be_seen_stays(text: str, shown: str) -> None:
    """A name is its owner's: what is taken out of it is only what nobody sees."""
    assert shown == plain(text, longest=4 if "bcdef" in text or "cdef" in text else 20)
