"""The server that takes mail from us, over connections that are private, kept while there is something to send."""

import asyncio
import contextlib
import ssl
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.notifications.mail.attempts import Attempt, refused
from services.notifications.mail.errors import MailNotPrivate, MailServerUnavailable
from shared.settings import Settings

# After so many letters a connection is made anew: servers end those that go on for ever.
_MOST_OF_A_CONNECTION: Final = 100
_PARTING_SECONDS: Final = 2.0
# What a server says that is about to close the connection, whatever it was asked.
_CLOSING: Final = 421


class Server(NamedTuple):
    """Where the server is, how it is spoken to, and as whom."""

    host: str
    port: int | None
    # From the first byte on, or by STARTTLS, without which nothing is said; neither to this very machine alone.
    tls_at_once: bool
    starts_tls: bool
    user: str | None
    password: str | None
    authorities: str | None
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> "Server":
        parts = urlsplit(settings.smtp_url)
        assert parts.hostname, "checked when the settings were read"
        return cls(
            host=parts.hostname,
            port=parts.port,
            tls_at_once=parts.scheme == "smtps",
            starts_tls=parts.scheme == "smtp" and not _is_this_machine(parts.hostname),
            user=unquote(parts.username) if parts.username else None,
            password=settings.smtp_password,
            authorities=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
            sender=settings.mail_from,
        )


class _Kept(NamedTuple):
    """A connection on which nothing is asked, and how many letters it took."""

    smtp: aiosmtplib.SMTP
    sent: int


class MailServer:
    """Gives letters to the server; as many connections are open as letters are on their way at once."""

    def __init__(self, server: Server, *, timeout_seconds: float, connections: int) -> None:
        self._server = server
        # Whoever else sends by it waits with the others.
        self._lines = asyncio.Semaphore(connections)
        self._timeout_seconds = timeout_seconds
        self._idle: list[_Kept] = []
        self._context = ssl.create_default_context(cafile=server.authorities)
        # Why nothing could be sent, the last time that anything was tried; None where it could.
        self.trouble: str | None = None
        # The same as the log has it: in the words of whoever noticed, which name hosts and addresses.
        self.trouble_in_words = ""

    async def send(self, recipient: str, content: bytes) -> Attempt:
        """Send a letter to one person, and return what came of it; never raises."""
        try:
            async with self._lines, asyncio.timeout(self._timeout_seconds):
                attempt = await self._send(recipient, content)
        except TimeoutError:
            reason = f"no answer within {self._timeout_seconds:g} s"
            return self._unreachable(reason, reason)
        except MailServerUnavailable as error:
            return self._unreachable(f"{error.title()} ({type(error.__cause__).__name__})", str(error))
        self.trouble = None
        return attempt

    async def hang_up(self) -> None:
        """Close the connections on which nothing is asked."""
        idle, self._idle = self._idle, []
        for kept in idle:
            with contextlib.suppress(TimeoutError, OSError, aiosmtplib.SMTPException):
                async with asyncio.timeout(_PARTING_SECONDS):
                    await kept.smtp.quit()
            kept.smtp.close()

    def _unreachable(self, trouble: str, in_words: str) -> Attempt:
        self.trouble, self.trouble_in_words = trouble, in_words
        return Attempt("UNREACHABLE")

    async def _send(self, recipient: str, content: bytes) -> Attempt:
        while self._idle:
            # What was kept may have been closed meanwhile; then nothing of the letter has been taken.
            with contextlib.suppress(aiosmtplib.SMTPServerDisconnected, ClosesConnection):
                return await self._send_on(self._idle.pop(), recipient, content)
        try:
            return await self._send_on(_Kept(await self._connected(), 0), recipient, content)
        except (aiosmtplib.SMTPServerDisconnected, ClosesConnection) as error:
            raise MailServerUnavailable(reason=_reason(error)) from error

    async def _send_on(self, kept: _Kept, recipient: str, content: bytes) -> Attempt:
        keep = False
        try:
            await kept.smtp.sendmail(self._server.sender, [recipient], content)
            keep = True
        except aiosmtplib.SMTPRecipientsRefused as error:
            keep = True
            return _refused(error.recipients[0])
        except aiosmtplib.SMTPSenderRefused as error:
            # Whoever it is to: that is for the operator to put right, and no reason to give up any letter.
            raise MailServerUnavailable(reason=f"it refuses {self._server.sender}: {error.code}") from error
        except aiosmtplib.SMTPResponseException as error:
            keep = True
            return _refused(error)
        except (OSError, aiosmtplib.SMTPException) as error:
            if isinstance(error, aiosmtplib.SMTPServerDisconnected):
                raise
            raise MailServerUnavailable(reason=type(error).__name__) from error
        except ValueError:
            # Not its words, which repeat the address.
            keep = True
            return Attempt("UNWRITABLE")
        finally:
            if keep and kept.smtp.is_connected and kept.sent + 1 < _MOST_OF_A_CONNECTION:
                self._idle.append(kept._replace(sent=kept.sent + 1))
            else:
                kept.smtp.close()
        return Attempt("SENT", 250)

    async def _connected(self) -> aiosmtplib.SMTP:
        """Return a new connection; raises MailServerUnavailable, MailNotPrivate."""
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password if server.user else None,
            local_hostname=server.sender.rpartition("@")[2],
            timeout=self._timeout_seconds,
            use_tls=server.tls_at_once,
            start_tls=server.starts_tls,
            tls_context=self._context if server.tls_at_once or server.starts_tls else None,
        )
        try:
            await smtp.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            # Not its words: they may repeat what was said.
            raise MailServerUnavailable(reason=f"it does not know us: {error.code}") from error
        except (OSError, aiosmtplib.SMTPException) as error:
            if _is_about_privacy(error, smtp):
                raise MailNotPrivate(reason=_reason(error)) from error
            raise MailServerUnavailable(reason=_reason(error)) from error
        return smtp


class ClosesConnection(Exception):  # a message between two methods of this file
    """The server is about to close the connection."""


def _refused(error: aiosmtplib.SMTPResponseException) -> Attempt:
    if error.code == _CLOSING:
        raise ClosesConnection(f"it closes the connection: {_CLOSING}")
    return refused(error.code, error.message)


def _is_about_privacy(error: BaseException | None, smtp: aiosmtplib.SMTP) -> bool:
    if type(error) is aiosmtplib.SMTPException and smtp.esmtp_extensions is not None:
        return "STARTTLS" in str(error)
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
