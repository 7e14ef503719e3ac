"""What is refused about opportunities."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class OpportunityNotFound(NotFound):
    """There is no such opportunity that the caller's party identified or that was shared with it."""


class BackgroundOfEachSideMissing(Invalid):
    """A joint opportunity names background of the party that saw it and of another; `expected` names a side."""


class BackgroundUnknown(Invalid):
    """Each item of background that an opportunity builds on is declared in its agreement, and not withdrawn."""


class NotAnAffiliate(Invalid):
    """An affiliate that is named is under the party's control on this day."""


class NotWhoIdentified(Forbidden):
    """The party that identified an opportunity shares it."""


class SharedWithItself(Invalid):
    """An opportunity is shared with other parties of the agreement."""


class OpportunityNotShared(Conflict):
    """An opportunity is reviewed and decided on once it has been shared."""


class OpportunitySharedAlready(Conflict):
    """The opportunity has been shared, with others or until another day."""


class OpportunityDecided(Conflict):
    """The opportunity is decided on, or has lapsed; `got` says how."""


class OpportunityOverdue(Conflict):
    """The day to respond by has passed."""


class RespondByPassed(Invalid):
    """There is at least the rest of today to respond."""


class ReasonExpected(Invalid):
    """A review that does not support an opportunity says why by a reason code; one that does gives none."""


class SupportMissing(Conflict):
    """An opportunity is taken up when all it was shared with support it; `missing` names those that do not yet."""
