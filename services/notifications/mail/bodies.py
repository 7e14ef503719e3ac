"""What callers send of what they prefer."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from services.notifications.mail.preferences import Channel, Preferences
from services.notifications.rules.rule import AlertClass
from shared.forms import form
from shared.ids import ID_FORM

MOST_WISHES: Final = 200

_Agreement = Annotated[str, form(ID_FORM, "an id: 1 to 64 letters, digits and hyphens", "MOU-1")]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends; what is not known is refused."""


class LetterWishBody(_Body, frozen=True, kw_only=True, rename={"class_": "class"}):
    channel: Channel
    """How they come: `EMAIL`. `INBOX` cannot be switched off."""
    class_: AlertClass | None = None
    """Of which class; null for all. `legal-critical` cannot be switched off."""
    agreement: _Agreement | None = None
    """In which agreement; null for all, and for what is in none."""
    wanted: bool
    """Whether they are wanted."""


class PutPreferencesBody(_Body, frozen=True, kw_only=True):
    wishes: Annotated[tuple[LetterWishBody, ...], Meta(max_length=MOST_WISHES)] = ()
    """Which letters are wanted; what no wish is about is. Of those about one alert that counts which names its
    agreement and class; then its agreement alone; then its class alone.
    """

    def preferences(self) -> Preferences:
        """Return what is said here as it is kept, where later releases may say more."""
        return msgspec.convert(msgspec.to_builtins(self), Preferences)
