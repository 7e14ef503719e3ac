"""What is refused about licences."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class LicenceNotFound(NotFound):
    """There is no such licence that the caller's party may see."""


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


class LicensorSilent(Conflict):
    """Nobody licenses in another's name: each licensor consents or grants; `missing` names those that did neither."""
