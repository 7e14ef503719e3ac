"""What is refused where an act needs the holders."""

from shared.errors import Conflict


class ConsentRuleNotSupported(Conflict):
    """This release does not apply the consent rule that the terms name for this act."""


class ConsentMissing(Conflict):
    """The terms ask for the consent of every holder; `missing` names those who have not given it."""


class ConsentShareTooSmall(Conflict):
    """Those who consented do not hold the part of the asset that the terms ask for."""


class NoticeNotProven(Conflict):
    """Holders have time from the day on which they are on notice; of those in `missing` there is no proof yet.

    Where one holds a share only since it was proposed, propose it anew.
    """


class NoticePeriodRunning(Conflict):
    """The other holders have notice until `until`; unless all of them consent, the day named in `at` is no earlier."""


class NoVeto(Conflict):
    """By the terms the other holders decide without this one; it may consent or not, but not stop them."""


class RefusalTooLate(Conflict):
    """By the terms silence became consent when the time to refuse was over."""
