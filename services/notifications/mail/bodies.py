"""What callers send of what they prefer."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from services.notifications.mail.local_time import LEGAL_ZONE_NAME
from services.notifications.mail.preferences import Channel, Every, Preferences
from services.notifications.rules.rule import AlertClass
from shared.events.terms import Weekday
from shared.forms import form
from shared.ids import ID_FORM

MOST_WISHES: Final = 200

_Agreement = Annotated[str, form(ID_FORM, "an id: 1 to 64 letters, digits and hyphens", "MOU-1")]

_Time = Annotated[str, form("([01][0-9]|2[0-3]):[0-5][0-9]", "a time of the day, from `00:00` to `23:59`", "22:00")]
_Zone = Annotated[
    str,
    form(
        "[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}",
        "the name of a time zone as the IANA has it",
        LEGAL_ZONE_NAME,
    ),
]


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


class QuietHoursBody(_Body, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: _Time
    """When they begin, by the clocks of the time zone."""
    to: _Time
    """When they end; where that is no later than they begin, on the next day. At least four hours lie in between."""


class DigestBody(_Body, frozen=True, kw_only=True):
    every: Every = "NONE"
    """`NONE` is each letter by itself."""
    weekday: Weekday | None = None
    """On which day, where it is `WEEKLY`; else null."""
    hour: Annotated[int, Meta(ge=0, le=23)] | None = None
    """At which hour, by the clocks of the time zone; null where it is `NONE`."""


class PutPreferencesBody(_Body, frozen=True, kw_only=True):
    wishes: Annotated[tuple[LetterWishBody, ...], Meta(max_length=MOST_WISHES)] = ()
    """Which letters are wanted; what no wish is about is. Of those about one alert that counts which names its
    agreement and class; then its agreement alone; then its class alone.
    """
    time_zone: _Zone = LEGAL_ZONE_NAME
    """By the clocks of which time zone you live, as the IANA calls it."""
    quiet_hours: QuietHoursBody | None = None
    """When letters wait, but those that are legal-critical; null for never."""
    digest: DigestBody = DigestBody()
    """How often letters come gathered in one, but those that are legal-critical."""

    def preferences(self) -> Preferences:
        """Return what is said here as it is kept, where later releases may say more."""
        return msgspec.convert(msgspec.to_builtins(self), Preferences)
