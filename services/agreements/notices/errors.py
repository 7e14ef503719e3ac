"""What is refused of proof of notice."""

from shared.errors import Invalid, NotFound


class NoticedEventNotFound(NotFound):
    """There is no event with this id and these bytes at this position."""


class NoticeNotFound(NotFound):
    """No notice of that event is proven, or none that the caller may see."""


class NoticeOfNotice(Invalid):
    """That notice was given is alerted to nobody, so nobody has notice of it."""


class NoticeOutOfTime(Invalid):
    """Nobody is delivered notice, or takes note, before the event was recorded or after it is said to be so."""


class NoticeToNobody(Invalid):
    """Nobody is named who was delivered notice, or took note."""
