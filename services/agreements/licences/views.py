"""A licence as its agreement's parties see it, and what stands in the way of granting it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.licences.model import LICENCE, Licence, LicenceStatus
from services.agreements.notices.model import Silence
from services.agreements.things import Can, Found, Thing
from shared.events.licence import LicenceKind, Scope
from shared.events.terms import NoticeMethod
from shared.web.refusals import Refused


class LicenceView(msgspec.Struct, frozen=True, kw_only=True):
    licence: str
    agreement: str
    parties: tuple[str, ...]
    """The ids of those who were given notice: the parties of the assets' projects, and whoever held a share of one."""
    kind: LicenceKind
    """Who else may use the assets in this scope: nobody (`EXCLUSIVE`), the holders alone (`SOLE`) or whoever else is
    licensed.
    """
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    subject_to: tuple[str, ...]
    document_hash: str
    terms_hash: str
    drafted_by_party: str
    noticed_on: date
    notice_method: NoticeMethod | None
    notice_to: tuple[str, ...]
    silence: Silence | None
    """Until when those have time that are on notice of it; null where the terms give none, or a day is said."""
    consents: dict[str, str]
    """Who consented: the person, by holder."""
    status: LicenceStatus
    effective_on: date | None
    """The legal day of the grant; null while it is a draft."""
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Licence, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "agreement": (state.agreement,),
        "status": (state.status,),
        "asset": state.scope.assets,
        "party": state.named | {*state.parties},
    }


LICENCES = Thing(LICENCE, LicenceView, "/v1/licences/{licence}", _found_by)


class LicenceCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What granting the licence today would be refused for; nothing is recorded by asking."""

    licence: str
    version: int
    """The version of the licence that was looked at."""
    grantable: bool
    refusals: tuple[Refused, ...]
