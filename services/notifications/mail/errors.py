"""What can go wrong with sending mail; every docstring is the message, and none repeats an address."""

from shared.errors import Unavailable


class MailServerUnavailable(Unavailable):
    """The mail server does not answer, or takes nothing from us."""


class MailNotPrivate(MailServerUnavailable):
    """The mail server offers no TLS, or a certificate that proves nothing: nothing is sent there."""


class AddressesUnavailable(Unavailable):
    """Agreements do not answer where representatives are written to."""
