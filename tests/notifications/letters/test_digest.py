"""A digest as it is read: each alert by itself, what is beyond a letter counted, and no text that does any harm."""

from datetime import date

import pytest
from hypothesis import given
from msgspec.structs import replace

from services.notifications.mail.letters import DigestLetter, as_sent, compose
from services.notifications.mail.letters.digest import MOST_LISTED, digest_page_of
from services.notifications.mail.letters.errors import AddressRefused, LinkRefused, MessageIdRefused
from shared.languages import Language
from tests.notifications.letters.controls import LETTER, Shown, digest, html_of, received, text_of
from tests.notifications.letters.test_injection import ANYTHING, HOSTILE, LANGUAGES, is_unharmed

THREE = digest({}, {"needs_you": False}, {"class_": "reminder", "due_on": date(2025, 5, 31)})


def written_everywhere(text: str, language: Language) -> DigestLetter:
    """Return a digest in which a text stands in every place that anything written by people, or made of ids, can."""
    alert = {
        **dict.fromkeys(("id", "recipient", "agreement", "type"), text),
        "subject": f"contribution:{text}",
        "link": f"/v1/contributions/{text[:80]}",
    }
    return digest(alert, alert, name=text, sender_name=text, language=language)


QUIET = {language: received(written_everywhere("x", language)) for language in Language}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_becomes_anything_else(text: str, language: Language) -> None:
    """In no header, no tag and no line of its own."""
    is_unharmed(received(written_everywhere(text, language)), QUIET[language])


@given(ANYTHING, LANGUAGES)
def test_nothing_that_anybody_writes_does(text: str, language: Language) -> None:
    """Whatever it is; and its lines are as long as servers take."""
    sent = as_sent(compose(written_everywhere(text, language)))

    is_unharmed(received(written_everywhere(text, language)), QUIET[language])
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 998
    assert b"\n" not in sent.replace(b"\r\n", b"")


def test_the_same_digest_has_the_same_bytes() -> None:
    """However often it is made."""
    assert as_sent(compose(THREE)) == as_sent(compose(THREE))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("sent", [THREE, digest({}), digest(*[{}] * 60)], ids=["three", "one", "many"])
def test_both_parts_say_the_same(sent: DigestLetter, language: Language) -> None:
    """Whoever reads only text misses nothing, and the reverse; no brace is left, and no page fetches anything."""
    message = received(replace(sent, language=language))
    html = Shown(html_of(message))

    text, page = ("".join(said.split()).replace(":", "") for said in (text_of(message), "".join(html.blocks)))
    assert page == text.replace("--", "", 1).replace("*", "")
    assert not {"{", "}"} & {*text}
    assert not html.tags & {"img", "script", "link", "iframe", "form", "input", "object", "svg", "video"}


def test_each_alert_says_what_happened_to_what_until_when() -> None:
    """And that an answer is asked, and where to read on; a day that is over is none to answer by."""
    text = text_of(received(THREE))

    assert "* Contribution CTB-1 waits for attestation, by 15 July 2025\n  An answer is asked of you.\n" in text
    assert "* Contribution CTB-1 waits for attestation\n  https://portal.example/v1/contributions/CTB-1\n" in text
    assert "* Reminder: Contribution CTB-1 waits for attestation\n  An answer is asked of you.\n" in text


@pytest.mark.parametrize(("count", "rest"), [(MOST_LISTED, ""), (MOST_LISTED + 1, "1"), (1_000, "950")])
def test_what_is_beyond_a_letter_is_counted(count: int, rest: str) -> None:
    """All of it is in the inbox, where the letter leads."""
    page = digest_page_of(digest(*[{}] * count))

    assert min(count, MOST_LISTED) == len(page.listed)
    assert page.rest == (f"There are {rest} more in your inbox." if rest else "")
    assert f"{count} alerts for you, gathered as you prefer" == page.headline
    assert "https://portal.example/v1/inbox" == page.link


def test_it_is_ended_by_one_click_and_in_a_thread_of_its_own() -> None:
    """As any letter that may be muted; those for one party are together, and say to nobody else which that is."""
    message, other = received(THREE), received(digest({"recipient": "KPD"}))

    assert f"<{LETTER.unsubscribe_url}>" == message["List-Unsubscribe"]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert message["References"] == received(digest({}))["References"] != other["References"]
    assert message["References"] != received(LETTER)["References"]
    assert "unsubscribe" not in text_of(received(replace(THREE, unsubscribe_url=None)))


def test_what_cannot_be_sent_is_refused() -> None:
    """An address, a link or a Message-ID that is none, as of any letter."""
    with pytest.raises(AddressRefused):
        compose(replace(THREE, address="a@b\r\nBcc: d@e"))
    with pytest.raises(MessageIdRefused):
        compose(replace(THREE, message_id="<a b@c>"))
    for changed in ({"unsubscribe_url": "javascript:alert(1)"}, {"portal_url": "https://a b"}):
        with pytest.raises(LinkRefused):
            compose(replace(THREE, **changed))
