"""A letter as it is sent: one message, as text and as HTML, whose bytes depend on nothing but the letter."""

import re
from email.contentmanager import raw_data_manager
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from services.notifications.mail.letters.content import LONGEST_NAME, Page, page_of
from services.notifications.mail.letters.digest import DigestLetter, digest_page_of
from services.notifications.mail.letters.errors import AddressRefused, MessageIdRefused
from services.notifications.mail.letters.headers import POLICY, mailbox, text_header
from services.notifications.mail.letters.letter import Letter
from services.notifications.mail.letters.plain import plain
from services.notifications.mail.letters.question import Question, asking_page
from services.notifications.mail.letters.reading import TEMPLATES
from shared.addresses import ATOMS, HOST, is_address
from shared.languages import Language

_MESSAGE_ID: Final = re.compile(rf"<{ATOMS}@{HOST}>", re.ASCII)
_LONGEST_MESSAGE_ID: Final = 250
# Chinese takes a third of the bytes so that it would as quoted-printable, and English can be read as it is sent.
_ENCODED: Final = {Language.ENGLISH: "quoted-printable", Language.TRADITIONAL_CHINESE: "base64"}


def compose(letter: Letter | DigestLetter) -> EmailMessage:
    """Return the message that a letter or a digest is; raises AddressRefused, LinkRefused or MessageIdRefused.

    Its headers are as they are sent; whoever wants to read them parses `as_sent`.
    """
    page = page_of(letter) if isinstance(letter, Letter) else digest_page_of(letter)
    message = _begun(letter, page, thread_of(letter))
    message["List-Id"] = f"Moiety <alerts.{_host_of(letter.sender)}>"
    if page.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{page.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return _written(message, letter, page)


def ask(question: Question) -> EmailMessage:
    """Return the message that a question is; raises AddressRefused, LinkRefused or MessageIdRefused.

    It is of no list, and nothing ends it: it is sent once.
    """
    page = asking_page(question)
    thread = _thread(question.sender, "matter", question.agreement, f"contribution:{question.contribution}")
    return _written(_begun(question, page, thread), question, page)


def as_sent(message: EmailMessage) -> bytes:
    """Return the bytes of a message as they are given to a server: of these a hash says what was sent."""
    return message.as_bytes(policy=POLICY)


def _write(part: EmailMessage, text: str, subtype: str, language: Language) -> None:
    part.set_content(text, subtype=subtype, cte=_ENCODED[language], content_manager=raw_data_manager)


def thread_of(letter: Letter | DigestLetter) -> str:
    """Return the id under which mail programs keep together whatever is about the same thing of the same agreement.

    Digests for the same party are one thread.

    No message has it. It says neither of the two to whoever does not know them already.
    """
    if isinstance(letter, DigestLetter):
        return _thread(letter.sender, "digest", letter.alerts[0].recipient)
    return _thread(letter.sender, "matter", letter.alert.agreement, letter.alert.subject)


def _thread(sender: str, *matter: str) -> str:
    return f"<matter.{_digest(*matter)}@{_host_of(sender)}>"


def _begun(sent: Letter | DigestLetter | Question, page: Page, thread: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(sent.sender_name, sent.sender)
    message["To"] = _mailbox(sent.name, sent.address)
    message["Subject"] = text_header(page.subject)
    message["Date"] = format_datetime(sent.date)
    message["Message-ID"] = _checked_message_id(sent.message_id)
    message["In-Reply-To"] = thread
    message["References"] = thread
    return message


def _written(message: EmailMessage, sent: Letter | DigestLetter | Question, page: Page) -> EmailMessage:
    message["Auto-Submitted"] = "auto-generated"
    # What Exchange asks for so that nobody's absence answers.
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    _write(message, TEMPLATES.get_template("letter.txt").render(page=page), "plain", sent.language)
    message.make_alternative(f"=_{_digest('boundary', sent.message_id)}")
    html = EmailMessage(policy=POLICY)
    _write(html, TEMPLATES.get_template("letter.html").render(page=page), "html", sent.language)
    message.attach(html)
    message["Content-Language"] = sent.language
    return message


def _mailbox(name: str, address: str) -> str:
    _host_of(address)
    return mailbox(plain(name, longest=LONGEST_NAME), address)


def _host_of(address: str) -> str:
    if not is_address(address):
        raise AddressRefused
    return address.rpartition("@")[2]


def _checked_message_id(text: str) -> str:
    if _MESSAGE_ID.fullmatch(text) is None or len(text) > _LONGEST_MESSAGE_ID:
        raise MessageIdRefused
    return text


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
