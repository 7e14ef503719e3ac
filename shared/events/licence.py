"""What happens to a licence: drafted, which is notice to the other holders, consented to, and granted."""

from datetime import date
from typing import Literal

import msgspec

from shared.events.registry import Event, event
from shared.events.terms import ConsentRule, NoticeMethod
from shared.events.values import Period

LicenceKind = Literal["EXCLUSIVE", "SOLE", "CO_EXCLUSIVE", "NON_EXCLUSIVE"]
Act = Literal["MAKE", "USE", "SELL", "OFFER", "IMPORT", "RESEARCH", "SUBLICENSE"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a licence reaches: assets, acts, fields (an ancestor covers its descendants), territories, period."""

    assets: tuple[str, ...]
    acts: tuple[Act, ...]
    fields: tuple[str, ...]
    territories: tuple[str, ...]
    excluded_territories: tuple[str, ...]
    period: Period


@event("agreements.LicenceDrafted.v1", entity="licence")
class LicenceDrafted(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A party gave notice, on `noticed_on`, of a licence it means to grant, beside the licences in `subject_to`.

    Where the terms gave the other holders time before it is granted, `rule` says so; the terms in force decide when it
    is. Each holder in `notice_to` has its time since it is on notice of this by `notice_method`. Without a method it
    was drafted before notice was proven: all have the same time, since `noticed_on`.
    """

    agreement: str
    parties: tuple[str, ...]
    licence: str
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    document_hash: str
    terms_hash: str
    drafted_by_party: str
    drafted_by: str
    noticed_on: date
    subject_to: tuple[str, ...] = ()
    rule: ConsentRule | None = None
    notice_method: NoticeMethod | None = None
    notice_to: tuple[str, ...] = ()


@event("agreements.LicenceConsentGiven.v1", entity="licence")
class LicenceConsentGiven(Event, frozen=True, kw_only=True):
    """A holder consented to exactly the licence with this hash; `person` said so for it."""

    agreement: str
    parties: tuple[str, ...]
    licence: str
    party: str
    person: str
    terms_hash: str


@event("agreements.LicenceGranted.v1", entity="licence")
class LicenceGranted(Event, frozen=True, kw_only=True):
    """The licence is granted from `effective_on`; `holders` had title that day, `consents` met `consent_rule`."""

    agreement: str
    parties: tuple[str, ...]
    licence: str
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    terms_hash: str
    holders: tuple[str, ...]
    consent_rule: ConsentRule
    consents: tuple[str, ...]
    effective_on: date
