"""A licence, as its events made it."""

from datetime import date
from enum import StrEnum

import msgspec

from services.agreements.licences.errors import LicenceNotFound
from services.agreements.notices.model import Silence
from shared.events.licence import LicenceConsentGiven, LicenceDrafted, LicenceGranted, LicenceKind, Scope
from shared.events.registry import Event
from shared.events.terms import NoticeMethod
from shared.log.aggregate import Aggregate


class LicenceStatus(StrEnum):
    DRAFT = "DRAFT"
    GRANTED = "GRANTED"


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    licence: str
    agreement: str
    parties: tuple[str, ...]
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    # Licences granted before, beside which this one was agreed to stand.
    subject_to: tuple[str, ...]
    document_hash: str
    terms_hash: str
    drafted_by_party: str
    noticed_on: date
    # By what the others are on notice of it, and who they are.
    notice_method: NoticeMethod | None
    notice_to: tuple[str, ...]
    # Who consented, by holder. Drafting is its party's consent.
    consents: dict[str, str]
    status: LicenceStatus
    effective_on: date | None
    origin: str
    silence: Silence | None = None
    """Until when those have time that are on notice of it; null where the terms give none, or a day is said."""

    @property
    def silent_until(self) -> dict[str, date]:
        """The last day of each holder that is on notice and has not consented."""
        known = self.silence.until if self.silence else {}
        return {holder: known[holder] for holder in self.notice_to if holder in known and holder not in self.consents}

    @property
    def named(self) -> frozenset[str]:
        """Who takes part: who licenses, who is licensed, and who drafted it."""
        return frozenset({*self.licensors, self.licensee, self.drafted_by_party})


def evolve(state: Licence | None, event: Event) -> Licence:
    if isinstance(event, LicenceDrafted):
        return Licence(
            licence=event.licence,
            agreement=event.agreement,
            parties=event.parties,
            kind=event.kind,
            licensors=event.licensors,
            licensee=event.licensee,
            scope=event.scope,
            subject_to=event.subject_to,
            document_hash=event.document_hash,
            terms_hash=event.terms_hash,
            drafted_by_party=event.drafted_by_party,
            noticed_on=event.noticed_on,
            notice_method=event.notice_method,
            notice_to=event.notice_to,
            consents={event.drafted_by_party: event.drafted_by},
            status=LicenceStatus.DRAFT,
            effective_on=None,
            # The terms' hash leaves the day out: the same draft sent again tomorrow is the same draft.
            origin=event.terms_hash,
        )
    assert state is not None
    match event:
        case LicenceConsentGiven():
            return msgspec.structs.replace(state, consents={**state.consents, event.party: event.person})
        case LicenceGranted():
            return msgspec.structs.replace(state, status=LicenceStatus.GRANTED, effective_on=event.effective_on)
    return state


LICENCE = Aggregate("licence", Licence, evolve, LicenceNotFound)
