"""What can go wrong with mail and with what people want of it; every docstring is the message.

None repeats an address.
"""

from shared.errors import Invalid, Unavailable


class MailServerUnavailable(Unavailable):
    """The mail server does not answer, or takes nothing from us."""


class MailNotPrivate(MailServerUnavailable):
    """The mail server offers no TLS, or a certificate that proves nothing: nothing is sent there."""


class AddressesUnavailable(Unavailable):
    """Agreements do not answer where representatives are written to."""


class InboxStays(Invalid):
    """Your party's inbox cannot be switched off: everything that concerns it is there. Only letters can be unwanted."""


class LegalCriticalStays(Invalid):
    """What is legal-critical is always sent: it has weight in law whether or not somebody wants to read it."""


class WishSaidTwice(Invalid):
    """Of each channel, class and agreement one wish can be said, or nobody could tell which counts."""


class TimeZoneUnknown(Invalid):
    """No time zone is known here by that name; zones are called as the IANA does, like `Asia/Hong_Kong`."""


class QuietHoursTooLong(Invalid):
    """Quiet hours go from one time of the day to another, and leave at least four hours of each day."""


class DigestUnclear(Invalid):
    """A daily digest comes at an hour, a weekly one on a weekday at an hour, and of none neither is said."""
