"""Letters to compare with: valid as they are, and whatever a test is about is changed in it."""

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any, Final

from msgspec.structs import replace

from services.notifications.alerts import Alert
from services.notifications.mail.letters import DigestLetter, Letter, Question, as_sent, ask, compose
from shared.languages import Language

ALERT: Final = Alert(
    id="alr-20db73cd7b36cbcd40a482bcd52725f6",
    event_id="0192f3a1-0000-7000-8000-000000000001",
    recipient="ATRC",
    channel="inbox",
    position=42,
    type="agreements.ContributionRecorded.v1",
    class_="action",
    agreement="MOU-1",
    subject="contribution:CTB-1",
    link="/v1/contributions/CTB-1",
    due_on=date(2025, 7, 15),
    recorded_at=datetime(2025, 6, 1, 4, tzinfo=UTC),
    needs_you=True,
)
LETTER: Final = Letter(
    alert=ALERT,
    name="Dr. Mei Chan",
    address="mei.chan@atrc.example",
    language=Language.ENGLISH,
    sender="alerts@moiety.example",
    portal_url="https://portal.example",
    unsubscribe_url="https://portal.example/unsubscribe/0123456789",
    message_id="<alr-20db73cd7b36cbcd40a482bcd52725f6.7@moiety.example>",
    date=datetime(2025, 6, 1, 4, 0, 5, tzinfo=UTC),
)

QUESTION: Final = Question(
    contribution="CTB-1",
    agreement="MOU-1",
    recorded_by_party="HUT",
    recorded_at=datetime(2025, 6, 1, 4, tzinfo=UTC),
    corrected=False,
    link="https://agreements.example/voice/~Zm9yIHRoZWlyIGV5ZXMgYWxvbmUgYW5kIGZvciBub2JvZHkncw",
    expires_at=datetime(2025, 7, 1, 4, 0, 5, tzinfo=UTC),
    name="Wong Ka Yan",
    address="ky.wong@hut.example",
    language=Language.ENGLISH,
    sender="alerts@moiety.example",
    message_id="<4f0c9a.2@moiety.example>",
    date=datetime(2025, 6, 1, 4, 0, 5, tzinfo=UTC),
)


def letter(alert: dict[str, Any] | None = None, **changed: Any) -> Letter:
    """Return the letter with these values of it, and of its alert, changed."""
    return replace(LETTER, alert=replace(ALERT, **(alert or {})), **changed)


def digest(*alerts: dict[str, Any], **changed: Any) -> DigestLetter:
    """Return a digest of the alert with these values of it changed, for each of these, to whom the letter is."""
    of = tuple(replace(ALERT, **{"class_": "action", **each}) for each in alerts)
    return replace(DigestLetter.of(of, LETTER), **changed)


def bytes_of(sent: Letter | DigestLetter | Question) -> bytes:
    """Return a letter as it is sent."""
    return as_sent(ask(sent) if isinstance(sent, Question) else compose(sent))


def received(sent: Letter | DigestLetter | Question) -> EmailMessage:
    """Return a letter as whoever gets its bytes reads it."""
    message = message_from_bytes(bytes_of(sent), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    return _part(message, "plain")


def html_of(message: EmailMessage) -> str:
    return _part(message, "html")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


class Shown(HTMLParser):
    """What a page shows, block by block, and every tag and attribute that it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self._unseen = 0
        self.feed(html)
        self.close()
        self.blocks = [" ".join(block.split()) for block in self.blocks if block.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._unseen += tag in {"title", "style"}
        if tag not in {"a", "bdi"}:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in {"title", "style"}
        if tag not in {"a", "bdi"}:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.blocks[-1] += data
