"""Who wants letters: what somebody can say of that, and the page on which it is said without a token."""

# ruff: noqa: RUF001  # Chinese has commas and question marks of its own

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from services.notifications.alerts import Alert
from services.notifications.mail.holding import HeldFor
from services.notifications.mail.preferences import NO_PREFERENCES, Preferences, may_be_muted, wants

PATH: Final = "/v1/unsubscribe"

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>Moiety</title>
</head>
<body>
{said}
</body>
</html>
"""
_ASKED: Final = """\
  <form method="post">
    <p>No more letters, but those that have weight in law? Everything stays in your party's inbox.</p>
    <p lang="zh-Hant">除具有法律效力者外，不再收取通知信？所有通知仍保留於貴方的收件箱。</p>
    <p><button name="List-Unsubscribe" value="One-Click">Unsubscribe / <span lang="zh-Hant">取消訂閱</span></button></p>
  </form>"""
_DONE: Final = """\
  <p>You get no more letters, but those that have weight in law. In your portal you can ask for them again.</p>
  <p lang="zh-Hant">除具有法律效力者外，閣下不會再收到通知信。閣下可於入口網站重新訂閱。</p>"""
_UNKNOWN: Final = """\
  <p>This link leads nowhere. Nothing has changed.</p>
  <p lang="zh-Hant">此連結無效，未有任何變更。</p>"""
_LATER: Final = """\
  <p>Too many ask at once. Nothing has changed: please try again in a minute.</p>
  <p lang="zh-Hant">目前請求過多，未有任何變更；請於一分鐘後再試。</p>"""
ASKED: Final = _PAGE.format(said=_ASKED).encode()
DONE: Final = _PAGE.format(said=_DONE).encode()
UNKNOWN: Final = _PAGE.format(said=_UNKNOWN).encode()
LATER: Final = _PAGE.format(said=_LATER).encode()


class Wish(NamedTuple):
    """Whether somebody wants letters, and what stands in the link by which they say that they do not."""

    token: str
    muted_at: datetime | None
    preferences: Preferences = NO_PREFERENCES
    # How often something was said.
    revision: int = 0


class MailWish(msgspec.Struct, frozen=True, kw_only=True):
    """Whether you want letters about alerts; of what is legal-critical you get them all the same."""

    muted_at: datetime | None
    """Since when you want none; null where you want them."""


class MailPreferences(Preferences, frozen=True, kw_only=True):
    """What you prefer of letters about alerts; what is legal-critical is sent all the same, at once."""

    muted_at: datetime | None
    """Since when you want no letters at all, by `POST /v1/mail/mute` or by one click in one; null where you do."""


class LetterSent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an alert on its way to one of your party's representatives."""

    person: str
    """The representative, under the party's pseudonym."""
    outcome: str | None
    """`SENT`, `BOUNCED`, `GIVEN_UP`, `NO_ADDRESS`, `UNWRITABLE` or `MUTED`; null while it is still to be sent."""
    attempts: int
    """How often it was tried, whatever came of it."""
    status: int | None
    """What the mail server answered last, as its number; null for no answer."""
    enhanced_status: str | None
    """The same as it says it in more detail (RFC 3463), if it does."""
    noted_at: datetime
    """When it was noted to be sent."""
    settled_at: datetime | None
    """When that was decided; null while it is still to be sent."""
    sent_hash: str | None
    """`sha256:` and the hash of exactly what was sent; null where nothing was."""
    waits_for: HeldFor | None
    """`QUIET_HOURS` while it waits for their end, `DIGEST` while it waits for one, as this person prefers."""
    waits_until: datetime | None
    """Until when it waits so."""
    gathered_at: datetime | None
    """Since when it is in a digest, with which it is sent; null for a letter of its own."""


class Letters(msgspec.Struct, frozen=True):
    """To whom an alert was to be sent, and what became of it, by pseudonym."""

    deliveries: list[LetterSent]
    """One for each person."""


def is_wanted(alert: Alert, wish: Wish | None) -> bool:
    """Tell whether somebody wants a letter about an alert; None is nobody's wish."""
    if wish is None or not may_be_muted(alert):
        return True
    return wish.muted_at is None and wants(wish.preferences, alert)
