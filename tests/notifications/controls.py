"""Events as parties cause them: valid by default, one thing overridden per test."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import msgspec

from services.notifications.alerts import Alert, needed
from services.notifications.meaning import tell
from services.notifications.remembered import State, States
from shared.bus.consumer import Received, StreamMessage
from shared.bus.history import linked
from shared.events.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AgreementProposed,
    TermsVersionDrafted,
)
from shared.events.contribution import ContributionRecorded
from shared.events.invention import DeterminationAdopted, OwnershipTransferred
from shared.events.licence import LicenceDrafted, LicenceGranted, Scope
from shared.events.participant import IpInstrumentRecorded
from shared.events.project import ProjectCreated
from shared.events.registry import Event
from shared.events.terms import AttestationTerms, ConsentRule, ConsentTerms, Terms
from shared.events.transfer import Amount
from shared.events.values import Period
from shared.log.chain import START
from shared.log.envelope import Envelope, encode

HASH = "sha256:" + "0" * 64
BOTH = ("ATRC", "HUT")
PERIOD = Period(start=date(2024, 2, 1), end=date(2027, 2, 1))
RECORDED_AT = datetime(2024, 7, 16, 9, tzinfo=UTC)
TERMS = Terms(
    attestation=AttestationTerms(deemed_days=30),
    consent=ConsentTerms(non_exclusive=ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=45)),
)
NOTHING: States = {}
_numbers = count(1)


def said(data: Event, *, by: str | None = "HUT", **changed: Any) -> Envelope:
    """An event as the log recorded it, caused by somebody of a party."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "id": f"evt-{number}",
        "stream": f"{data.ENTITY}:{data.ENTITY}-1",
        "version": 1,
        "time": RECORDED_AT,
        "effective_on": RECORDED_AT.date(),
        "agreement": "AGR-1",
        "actor": "person-1",
        "actor_party": by,
        "correlation_id": "cor-1",
        "causation_id": None,
        "traceparent": None,
        "data": data,
    }
    return Envelope(**(fields | changed))


def published(envelopes: Iterable[Envelope], *, after: int = 0) -> list[StreamMessage]:
    """The same as the stream carries it."""
    received = [
        Received(position, envelope.subject, encode(envelope), None)
        for position, envelope in enumerate(envelopes, start=after + 1)
    ]
    return linked(START, received)


def told(events: Sequence[tuple[int, Envelope]], states: States = NOTHING) -> tuple[list[Alert], dict[str, State]]:
    """The alerts of events, and what they change in what is remembered, given no more of it than they need."""
    return tell(events, states, {name for _, envelope in events for name in needed(envelope)})


def remembering(*envelopes: Envelope) -> dict[str, State]:
    """What is remembered once these events have happened."""
    return told(list(enumerate(envelopes, start=1)))[1]


def alerts_of(envelope: Envelope, states: States = NOTHING) -> list[Alert]:
    """The alerts of an event, given what earlier ones said."""
    return told([(7, envelope)], states)[0]


def drafted(**changed: Any) -> AgreementDrafted:
    draft = AgreementDrafted(
        agreement="AGR-1",
        kind="MOU",
        title="A title nobody outside should see",
        parties=("ATRC", "EGU", "HUT"),
        parent=None,
        binding=True,
        ip_terms_binding=False,
    )
    return msgspec.structs.replace(draft, **changed)


def terms_drafted(**changed: Any) -> TermsVersionDrafted:
    terms = TermsVersionDrafted(
        agreement="AGR-1", terms_version=1, terms=TERMS, period=PERIOD, document_hash=HASH, terms_hash=HASH
    )
    return msgspec.structs.replace(terms, **changed)


def proposed(**changed: Any) -> AgreementProposed:
    proposal = AgreementProposed(
        agreement="AGR-1", parties=BOTH, proposed_by_party="HUT", terms_version=1, terms_hash=HASH
    )
    return msgspec.structs.replace(proposal, **changed)


def activated(**changed: Any) -> AgreementActivated:
    activation = AgreementActivated(agreement="AGR-1", parties=("ATRC", "EGU", "HUT"), terms_version=1, period=PERIOD)
    return msgspec.structs.replace(activation, **changed)


def project_created(**changed: Any) -> ProjectCreated:
    created = ProjectCreated(
        agreement="AGR-1",
        project="PRJ-1",
        parties=BOTH,
        created_by_party="HUT",
        title="A title nobody outside should see",
        fields=("telecom/ran/5g",),
        period=PERIOD,
    )
    return msgspec.structs.replace(created, **changed)


def instrument_recorded(**changed: Any) -> IpInstrumentRecorded:
    recorded = IpInstrumentRecorded(
        agreement="AGR-1",
        project="PRJ-1",
        parties=BOTH,
        person="HUT-PI",
        instrument="IPI-1",
        kind="PRESENT_ASSIGNMENT",
        assignee_party="ATRC",
        signed_on=date(2020, 1, 1),
        covers=PERIOD,
        document_hash=HASH,
    )
    return msgspec.structs.replace(recorded, **changed)


def contribution_recorded(**changed: Any) -> ContributionRecorded:
    recorded = ContributionRecorded(
        agreement="AGR-1",
        contribution="CTB-1",
        project="PRJ-1",
        invention="INV-1",
        element="E1",
        contributor="HUT-PI",
        kind="INVENTIVE",
        credit_roles=("conceptualization",),
        points="3/1",
        conceived_on=date(2024, 7, 8),
        description_hash=HASH,
        evidence=(),
        content_hash=HASH,
        recorded_by_party="HUT",
        recorded_by="HUT-PI",
        attesting_parties=("ATRC",),
    )
    return msgspec.structs.replace(recorded, **changed)


def adopted(shares: dict[str, str], **changed: Any) -> DeterminationAdopted:
    adoption = DeterminationAdopted(
        agreement="AGR-1",
        project="PRJ-1",
        parties=BOTH,
        invention="INV-1",
        determination="DET-1",
        version=1,
        method="ELEMENTS",
        inputs_hash=HASH,
        det_hash=HASH,
        shares=shares,
        conceived_on=date(2024, 7, 8),
        effective_on=date(2024, 7, 8),
        basis="CONTRIBUTION",
    )
    return msgspec.structs.replace(adoption, **changed)


SCOPE = Scope(
    assets=("INV-1",),
    acts=("MAKE",),
    fields=("telecom/ran/5g",),
    territories=("HK",),
    excluded_territories=(),
    period=PERIOD,
)


ASSET: dict[str, Any] = {"agreement": "AGR-1", "project": "PRJ-1", "parties": BOTH}


def transferred(**changed: Any) -> OwnershipTransferred:
    """HUT passes all it holds to ATRC."""
    passed = OwnershipTransferred(
        **ASSET,
        invention="INV-1",
        transfer="XFR-1",
        kind="ASSIGNMENT",
        source="HUT",
        to="ATRC",
        amount=Amount(of_holding="1/1"),
        effective_on=date(2025, 1, 1),
        holders=("ATRC", "HUT"),
    )
    return msgspec.structs.replace(passed, **changed)


def licence_drafted(**changed: Any) -> LicenceDrafted:
    licence = LicenceDrafted(
        agreement="AGR-1",
        parties=BOTH,
        licence="LIC-1",
        kind="NON_EXCLUSIVE",
        licensors=BOTH,
        licensee="NLN",
        scope=SCOPE,
        document_hash=HASH,
        terms_hash=HASH,
        drafted_by_party="HUT",
        drafted_by="HUT-PI",
        noticed_on=date(2024, 8, 16),
    )
    return msgspec.structs.replace(licence, **changed)


def licence_granted(**changed: Any) -> LicenceGranted:
    granted = LicenceGranted(
        agreement="AGR-1",
        parties=BOTH,
        licence="LIC-1",
        kind="NON_EXCLUSIVE",
        licensors=BOTH,
        licensee="NLN",
        scope=SCOPE,
        terms_hash=HASH,
        holders=("ATRC", "HUT-RD", "person:VR"),
        consent_rule=ConsentRule(rule="NONE"),
        consents=(),
        effective_on=date(2024, 10, 1),
    )
    return msgspec.structs.replace(granted, **changed)
