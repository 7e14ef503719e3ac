"""Why there can be no letter; every docstring is the message."""

from shared.errors import MoietyError


class LetterRefused(MoietyError):
    """A letter cannot be written."""


class AddressRefused(LetterRefused):
    """An address is `name@host` in ASCII, unquoted, with at most 64 characters before the @ and 254 in all."""

    def __init__(self) -> None:
        # Not the address: whose it is is nobody's business who reads logs.
        super().__init__(self.__doc__)


class MessageIdRefused(LetterRefused):
    """A Message-ID is `<name@host>` in ASCII, without blanks, and has at most 250 characters."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class LinkRefused(LetterRefused):
    """A link begins with https:// or http:// and has at most 900 visible characters of ASCII, and none that ends it."""

    def __init__(self) -> None:
        # Not the link: one by which somebody unsubscribes says who that is.
        super().__init__(self.__doc__)
