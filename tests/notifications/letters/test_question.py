"""The letter that asks whoever is named in a contribution: it carries their link, and says what is asked."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.notifications.mail.letters.errors import AddressRefused, LinkRefused, MessageIdRefused
from services.notifications.mail.letters.question import asking_page
from services.notifications.mail.letters.reading import WORDS
from shared.languages import Language
from tests.notifications.letters.controls import (
    LETTER,
    QUESTION,
    Shown,
    bytes_of,
    html_of,
    letter,
    received,
    text_of,
)

EITHER = pytest.mark.parametrize("language", Language)


def test_the_same_question_has_the_same_bytes() -> None:
    """However often it is made, so that what is sent again is what was sent."""
    assert bytes_of(QUESTION) == bytes_of(replace(QUESTION))


@EITHER
def test_its_link_stands_in_both_parts_alone(language: Language) -> None:
    """Where its reader opens it, once each, and in no header, which more programs keep."""
    message = received(replace(QUESTION, language=language))

    assert 1 == text_of(message).count(QUESTION.link)
    links = [value for tag, name, value in Shown(html_of(message)).attributes if (tag, name) == ("a", "href")]
    assert [QUESTION.link] == links
    assert not any(QUESTION.link in str(value) for value in message.values())


@EITHER
@pytest.mark.parametrize("corrected", [False, True])
def test_it_says_what_is_asked_and_until_when(language: Language, corrected: bool) -> None:  # noqa: FBT001
    """That nobody has to, that opening it does nothing, and to keep it to oneself."""
    said = WORDS[language].question
    page = asking_page(replace(QUESTION, language=language, corrected=corrected))

    assert said.asked in page.paragraphs
    assert {said.free, said.private} <= {*page.asked}
    assert any("1 July 2025, 12:00" in each or "2025 年 7 月 1 日 12:00" in each for each in page.asked)
    assert (said.corrected if corrected else said.recorded).format(party="HUT", contribution="CTB-1") in page.paragraphs
    shown = [page.subject, page.greeting, *page.paragraphs, *page.asked, *page.footer, *map(" ".join, page.facts)]
    assert not any("{" in each or "}" in each for each in shown)


@EITHER
def test_every_sentence_ends(language: Language) -> None:
    """With a full stop; the subject does not, nor what stands before a link or in a table."""
    stop = {"en": ".", "zh-Hant": "。"}[language]
    said = msgspec.to_builtins(WORDS[language].question)
    without = {"subject", "read", "recorded_by"}

    assert without == {name for name, text in said.items() if not text.endswith(stop)}


def test_it_is_of_no_list_and_nothing_ends_it() -> None:
    """It is sent once: there is nothing to unsubscribe from."""
    message = received(QUESTION)

    assert not [name for name in message if name.lower().startswith("list-")]
    assert "auto-generated" == message["Auto-Submitted"]


def test_it_is_in_the_thread_of_its_contribution() -> None:
    """With what was recorded later, and with what else its reader is told of it."""
    of_the_alert = received(letter({"agreement": "MOU-1", "subject": "contribution:CTB-1"}))

    assert of_the_alert["References"] == received(QUESTION)["References"]
    assert of_the_alert["References"] == received(replace(QUESTION, corrected=True, message_id="<2@a>"))["References"]
    assert LETTER.message_id != QUESTION.message_id


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"link": "javascript:alert(1)"}, LinkRefused),
        ({"link": "/voice/~abc"}, LinkRefused),
        ({"link": 'https://agreements.example/voice/~"><script>'}, LinkRefused),
        ({"link": "https://agreements.example/voice/~a b"}, LinkRefused),
        ({"link": "https://agreements.example/voice/~a\r\nBcc: a@b"}, LinkRefused),
        ({"address": "two@signs@hut.example"}, AddressRefused),
        ({"address": "a@b\r\nBcc: victim@example.com"}, AddressRefused),
        ({"message_id": "none"}, MessageIdRefused),
    ],
    ids=str,
)
def test_what_it_cannot_carry_is_refused(changed: dict[str, Any], refused: type[Exception]) -> None:
    """Without repeating it: refusals end up in logs."""
    with pytest.raises(refused) as error:
        bytes_of(replace(QUESTION, **changed))

    assert next(iter(changed.values())) not in str(error.value)


def test_what_stands_in_it_is_in_no_log() -> None:
    """Representations end up in logs and tracebacks."""
    assert "Question(...)" == repr(QUESTION)
