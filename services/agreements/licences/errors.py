"""What is refused about licences."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class LicenceNotFound(NotFound):
    """There is no such licence in the agreements of the caller's party."""


class LicenceKindNotSupported(Invalid):
    """This release grants licences of the kinds EXCLUSIVE, SOLE and NON_EXCLUSIVE."""


class NotALicensor(Forbidden):
    """A licence is drafted and granted by one of its licensors."""


class LicenceToItself(Invalid):
    """A licensor needs no licence."""


class LicenceHashMismatch(Conflict):
    """The hash is not that of the licence that stands; read it again before consenting."""


class LicenceIsGranted(Conflict):
    """The licence is granted already."""


class TerritoryUnknown(Invalid):
    """A territory is a country by its two letters, or one of the groups that `expected` lists."""


class OnlyHoldersConsent(Forbidden):
    """A licence is consented to by those who hold a share of an asset, and by the parties of its project."""


class LicenceConflict(Conflict):
    """What has been licensed already does not allow this licence beside it; `licences` names what is in its way."""


class AssetNotDetermined(Conflict):
    """Nobody can license an asset whose shares are not determined; `asset` names it."""


class LicensorHoldsNoShare(Conflict):
    """A licensor holds no share of the asset."""


class ConsentRuleNotSupported(Conflict):
    """This release does not apply the consent rule that the terms name for this act."""


class ConsentMissing(Conflict):
    """The terms ask for the consent of every holder; `missing` names those who have not given it."""


class ConsentShareTooSmall(Conflict):
    """Those who consented do not hold the part of the asset that the terms ask for."""


class NoticePeriodRunning(Conflict):
    """The other holders have notice until `until`; unless all of them consent, nothing of this takes place before."""
