"""A letter as servers and mail programs take it: its headers, its two parts and its bytes."""

from datetime import UTC, date, datetime

import pytest

from services.notifications.mail.letters import as_sent, compose
from services.notifications.mail.letters.errors import AddressRefused, LinkRefused, MessageIdRefused
from shared.languages import Language
from tests.notifications.letters.controls import LETTER, Shown, html_of, letter, received, text_of


def test_the_same_letter_has_the_same_bytes() -> None:
    """However often it is made, so that what is sent again is what was sent, and a hash says so."""
    assert as_sent(compose(letter())) == as_sent(compose(letter()))


def test_it_says_what_it_is() -> None:
    """Whom it is from and for, when it was written, that a machine wrote it, and in which language."""
    message = received(LETTER)

    assert {
        "From": "Moiety <alerts@moiety.example>",
        "To": '"Dr. Mei Chan" <mei.chan@atrc.example>',
        "Subject": "Contribution CTB-1 waits for attestation, by 15 July 2025",
        "Date": "Sun, 01 Jun 2025 04:00:05 +0000",
        "Message-ID": LETTER.message_id,
        "List-Id": "Moiety <alerts.moiety.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
    }.items() <= {name: str(value) for name, value in message.items()}.items()
    assert "multipart/alternative" == message.get_content_type()
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in message.iter_parts()]


def test_letters_about_one_thing_are_one_thread() -> None:
    """Whatever happens to it, whoever is told; letters about another thing are another."""
    first, later = letter(), letter({"type": "agreements.ContributionContested.v1", "id": "alr-2"}, message_id="<2@a>")
    other, elsewhere = letter({"subject": "contribution:CTB-2"}), letter({"agreement": "MOU-2"})

    threads = [received(each)["References"] for each in (first, later, other, elsewhere)]

    assert threads[0] == threads[1]
    assert 3 == len({*threads})
    assert threads[0] == received(first)["In-Reply-To"]
    assert not {"MOU-1", "CTB-1"} & {*threads[0].replace("<", ".").split(".")}


def test_what_may_be_muted_is_ended_by_one_click() -> None:
    """Mail programs are told how (RFC 8058), and so is the reader of either part."""
    message = received(LETTER)

    assert f"<{LETTER.unsubscribe_url}>" == message["List-Unsubscribe"]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert str(LETTER.unsubscribe_url) in text_of(message)
    assert str(LETTER.unsubscribe_url) in html_of(message)


@pytest.mark.parametrize(
    "sent", [letter({"class_": "legal-critical"}), letter(unsubscribe_url=None)], ids=["critical", "none given"]
)
def test_what_cannot_be_muted_offers_no_end(sent) -> None:
    """No letter of legal weight does, whatever it is given."""
    message = received(sent)

    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None
    assert "unsubscribe" not in text_of(message) + html_of(message)


@pytest.mark.parametrize("language", Language)
def test_every_server_takes_it(language: Language) -> None:
    """Every line is of ASCII, ends in CR LF, and has less than 998 characters."""
    sent = as_sent(
        compose(letter(language=language, name="陳" * 300, portal_url="https://portal.example/" + "p" * 700))
    )

    assert sent.isascii()
    assert sent.endswith(b"\r\n")
    lines = sent.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) < 998
    assert max(len(line) for line in lines if b"portal.example" not in line) <= 78


@pytest.mark.parametrize("language", Language)
def test_both_parts_say_the_same(language: Language) -> None:
    """Whoever reads only text misses nothing, and the reverse."""
    message = received(letter(language=language))
    html = Shown(html_of(message))
    text = [line for line in text_of(message).splitlines() if line.strip(" -")]

    assert "".join("".join(text).split()).replace(":", "") in "".join("".join(html.blocks).split()).replace(":", "")


def test_titles_are_named_only_where_the_terms_allow() -> None:
    """Otherwise no part, and no header, has a word of them."""
    title = "A quiet way to sort waste"
    hushed, named = letter(title=title), letter(title=title, may_name=True)

    assert "quiet" not in text_of(received(hushed)) + html_of(received(hushed)) + str(received(hushed)["Subject"])
    assert f"Title: {title}\n" in text_of(received(named))
    assert title in Shown(html_of(received(named))).blocks
    assert "quiet" not in received(named)["Subject"]


def test_a_day_that_is_over_is_told_as_that() -> None:
    """What is late is not asked for as if it were not; the legal day is that of Hong Kong."""
    on_the_day = letter(date=datetime(2025, 7, 15, 15, 59, tzinfo=UTC))
    day_after = letter(date=datetime(2025, 7, 15, 16, tzinfo=UTC))

    assert "your answer counts is 15 July 2025" in text_of(received(on_the_day))
    assert "was 15 July 2025, and it is over" in text_of(received(day_after))
    assert "by 15 July" not in received(day_after)["Subject"]


def test_who_did_it_is_told_that_it_arrived() -> None:
    """A receipt asks for nothing."""
    text = text_of(received(letter({"class_": "info", "needs_you": False, "due_on": None})))

    assert "This is your receipt" in text
    assert "Nothing is asked of you" in text
    assert "Check the content" not in text


def test_of_no_agreement_none_is_named() -> None:
    """Nor is a number, where nothing in the log says it."""
    alert = {"agreement": "_", "position": 0, "type": "notifications.WebhookDisabled.v1", "subject": "webhook:w"}
    text = text_of(received(letter(alert)))

    assert "Agreement:" not in text
    assert "Number in the log" not in text
    assert "About: webhook w\n" in text


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "@b", "a@", "a b@c", "a@b@c", "a@b\r\nBcc: d@e", "a@b\n", "<a@b>", '"a b"@c', "a@-b", "a..b@c"),
        *("é@b", "a@é.example", "a@b..c", "a," + "b@c", "a@[127.0.0.1]", "a" * 250 + "@b.c"),
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    """Of the recipient and of the sender: nothing else ever gets into a header, or to somebody else."""
    for sent in (letter(address=address), letter(sender=address)):
        with pytest.raises(AddressRefused):
            compose(sent)


def test_a_refusal_tells_no_address() -> None:
    """It ends up in logs, where nobody's address and no link that ends letters has any business."""
    with pytest.raises(AddressRefused) as address:
        compose(letter(address="mei.chan@atrc.example,else"))
    with pytest.raises(LinkRefused) as link:
        compose(letter(unsubscribe_url="ftp://portal.example/secret"))

    assert "mei" not in str(address.value)
    assert "secret" not in str(link.value)


@pytest.mark.parametrize("text", ["", "a@b", "<a@b", "<a b@c>", "<a@b>\r\nBcc: d@e", "<é@b>", f"<{'a' * 250}@b>"])
def test_what_is_no_message_id_is_refused(text: str) -> None:
    """It would be another header, or the server's to make up."""
    with pytest.raises(MessageIdRefused):
        compose(letter(message_id=text))


@pytest.mark.parametrize(
    "url",
    [
        *("", "portal.example", "javascript:alert(1)", "https://a b", "https://a>b", "https://a\r\nBcc: d@e"),
        *('https://a"b', "https://é", f"https://a/{'a' * 900}", "data:text/html,x"),
    ],
)
def test_what_is_no_link_is_refused(url: str) -> None:
    """In a header it would end the link, in a page the attribute."""
    for sent in (letter(unsubscribe_url=url), letter(portal_url=url)):
        with pytest.raises(LinkRefused):
            compose(sent)


def test_the_legal_day_of_an_alert_is_told() -> None:
    """What is recorded in the evening of UTC is of the next day."""
    text = text_of(
        received(letter({"recorded_at": datetime(2025, 5, 31, 20, 30, tzinfo=UTC), "due_on": date(2025, 6, 9)}))
    )

    assert "Recorded: 1 June 2025, 04:30 in Hong Kong\n" in text
