"""A letter as it is sent: one message, as text and as HTML, whose bytes depend on nothing but the letter."""

import re
from email.contentmanager import raw_data_manager
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from services.notifications.mail.letters.content import LONGEST_NAME, page_of
from services.notifications.mail.letters.digest import DigestLetter, digest_page_of
from services.notifications.mail.letters.errors import AddressRefused, MessageIdRefused
from services.notifications.mail.letters.headers import POLICY, mailbox, text_header
from services.notifications.mail.letters.letter import Letter
from services.notifications.mail.letters.plain import plain
from services.notifications.mail.letters.reading import TEMPLATES
from shared.languages import Language

_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_ATOMS: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_ADDRESS: Final = re.compile(rf"(?P<name>{_ATOMS})@(?P<host>{_HOST})", re.ASCII)
_MESSAGE_ID: Final = re.compile(rf"<{_ATOMS}@{_HOST}>", re.ASCII)
_LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64
_LONGEST_MESSAGE_ID: Final = 250
# Chinese takes a third of the bytes so that it would as quoted-printable, and English can be read as it is sent.
_ENCODED: Final = {Language.ENGLISH: "quoted-printable", Language.TRADITIONAL_CHINESE: "base64"}


def compose(letter: Letter | DigestLetter) -> EmailMessage:
    """Return the message that a letter or a digest is; raises AddressRefused, LinkRefused or MessageIdRefused.

    Its headers are as they are sent; whoever wants to read them parses `as_sent`.
    """
    page = page_of(letter) if isinstance(letter, Letter) else digest_page_of(letter)
    thread = thread_of(letter)
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(letter.sender_name, letter.sender)
    message["To"] = _mailbox(letter.name, letter.address)
    message["Subject"] = text_header(page.subject)
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = _checked_message_id(letter.message_id)
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["List-Id"] = f"Moiety <alerts.{_host_of(letter.sender)}>"
    if page.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{page.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    # What Exchange asks for so that nobody's absence answers.
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    _write(message, TEMPLATES.get_template("letter.txt").render(page=page), "plain", letter.language)
    message.make_alternative(f"=_{_digest('boundary', letter.message_id)}")
    html = EmailMessage(policy=POLICY)
    _write(html, TEMPLATES.get_template("letter.html").render(page=page), "html", letter.language)
    message.attach(html)
    message["Content-Language"] = letter.language
    return message


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
        matter = _digest("digest", letter.alerts[0].recipient)
    else:
        matter = _digest("matter", letter.alert.agreement, letter.alert.subject)
    return f"<matter.{matter}@{_host_of(letter.sender)}>"


def _mailbox(name: str, address: str) -> str:
    _host_of(address)
    return mailbox(plain(name, longest=LONGEST_NAME), address)


def _host_of(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if found is None or len(found["name"]) > _LONGEST_LOCAL_PART or len(address) > _LONGEST_ADDRESS:
        raise AddressRefused
    return found["host"]


def _checked_message_id(text: str) -> str:
    if _MESSAGE_ID.fullmatch(text) is None or len(text) > _LONGEST_MESSAGE_ID:
        raise MessageIdRefused
    return text


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
