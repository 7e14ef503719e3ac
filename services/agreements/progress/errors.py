"""What is refused about reports on a project."""

from shared.errors import Conflict, Invalid


class SharingRestricted(Conflict):
    """An export screening of the project, or of this person in it, does not allow sharing; `regime` names which."""


class MoneyExpected(Invalid):
    """A commitment of cash says how much, above zero; other commitments say what in a note."""


class MilestoneReportedAlready(Conflict):
    """The milestone has been reported, on another day or with other evidence."""


class ScreeningOutdated(Invalid):
    """A screening holds for at least one more day."""


class TooManyReports(Conflict):
    """At most 1000 reports of each kind are kept of a project."""
