"""What is refused about contributions."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class ContributionNotFound(NotFound):
    """There is no such contribution, or none that the caller may see."""


class PointsOnNonInventive(Invalid):
    """Only inventive contributions carry points: what does not count for ownership has no number to count."""


class PointsMissing(Invalid):
    """An inventive contribution carries points above zero."""


class ElementMissing(Invalid):
    """An inventive contribution names the invention and the element it went into."""


class ElementUnknown(Conflict):
    """The invention has no such element."""


class InventionOfAnotherProject(Invalid):
    """A contribution and the invention it went into belong to one project."""


class ContentHashMismatch(Conflict):
    """The hash is not that of the content that stands; read it again before attesting."""


class ContributionIsConfirmed(Conflict):
    """A confirmed contribution is not contested any more; who denies it opens a dispute about the invention."""


class RecorderCorrects(Forbidden):
    """The party that recorded a contribution corrects it or withdraws it; only the others contest it."""


class ContributionIsWithdrawn(Conflict):
    """The contribution was withdrawn."""


class NotTheRecordingParty(Forbidden):
    """Only the party that recorded a contribution may correct or withdraw it."""


class ContributorHasAnswered(Conflict):
    """The person named has answered to what is recorded; a correction asks anew."""


class ContributorsNotAsked(Conflict):
    """By the terms of this agreement the people named in contributions are not asked."""
