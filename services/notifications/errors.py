"""What can go wrong with inboxes; every docstring is the message."""

from shared.errors import Conflict, Forbidden, Invalid, MoietyError, NotFound, Unavailable


class AlertNotFound(NotFound):
    """There is no such alert in your inbox."""


class NothingToExplain(MoietyError):
    """There is no such alert in these inboxes."""


class AcknowledgeFirst(Conflict):
    """A legal-critical alert is put away once somebody of your party has acknowledged it: do that first."""


class NotARepresentative(Forbidden):
    """Of what has weight in law only a representative takes note whom your party has named and not revoked."""


class EvidenceNotFound(NotFound):
    """There is no evidence of that: it is no alert of yours, or of no event that is in your feed."""


class EvidenceNotYet(Unavailable):
    """The ledger has signed nothing yet that holds the event, or does not answer now; ask again in a moment."""


class SequenceNotReached(Conflict):
    """Your inbox has no alert of that number yet, so it was read elsewhere; begin again below the newest."""


class NumberNotReached(Conflict):
    """Your feed has no event of that number yet; begin after one that there is."""


class InboxUnavailable(Unavailable):
    """The database of the inboxes does not answer now."""


class AlarmsUnavailable(Unavailable):
    """The ledger does not answer which alarms it raised."""


class DeadlinesUnavailable(Unavailable):
    """Agreements does not answer which deadlines are near."""


class DayUnavailable(Unavailable):
    """Agreements does not answer which legal day it is."""


class ProgressMoved(Unavailable):
    """Another process has alerted meanwhile; this one must read anew how far."""


class PositionSkipped(Unavailable):
    """The next event to alert of is missing; going on without it would lose its alerts."""


class ConcernOfALaterRelease(MoietyError):
    """The feeds are numbered by rules of a later release; this one would number them otherwise."""


class NothingBeyond(MoietyError):
    """Nobody was alerted of anything beyond that position."""


class NothingPutAside(MoietyError):
    """Nothing that nobody was alerted of is put aside there."""


class StillAlerting(MoietyError):
    """Another process is alerting of what is to be gone back from."""


class Unstorable(MoietyError):
    """The database refuses what was derived from an event; no repetition would change that."""


class FeedNotFound(NotFound):
    """There is no feed of your party's: it is not registered, or nobody has been told of that here yet."""


class ConsumerNotFound(NotFound):
    """Your stream has no consumer of that name."""


class ConsumerStays(Conflict):
    """The consumer `main` is always there: have it begin elsewhere, or tell of less."""


class TooManyConsumers(Conflict):
    """Your stream has as many consumers as it may have: remove one that nobody needs."""


class NothingToFilter(Invalid):
    """No event has that in its subject: agreements go by their ids, kinds and names of events as in the catalogue."""


class FilterTooWide(Invalid):
    """The filter names more combinations of agreement, kind and name than a stream compares: leave one of them open."""
