"""Whom an event concerns, how much, and until when: the rules of alerting, one line per event.

An alert carries ids, a class, a due date and a link, never a title or any other content: it may be shown on a phone.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, NamedTuple, Protocol, cast

import msgspec

from services.notifications.known import Known, known_agreement, known_invention
from shared.calendar import days_after
from shared.events import (
    affiliation,
    agreement,
    background,
    contribution,
    dispute,
    invention,
    licence,
    opportunity,
    participant,
    party,
    progress,
    project,
    retirement,
    transfer,
)
from shared.events.law import agreed_consent
from shared.events.registry import Event
from shared.events.terms import ConsentTerms, Terms
from shared.ids import UNALLOCATED, is_id
from shared.log.envelope import Envelope

AlertClass = Literal["info", "action", "reminder", "legal-critical"]
INBOX: Final = "inbox"
# Where what a stream is about has another address than its entity's plural.
_ADDRESSES: Final = {
    "background": "/v1/background/{}",
    "opportunity": "/v1/opportunities/{}",
    "party": "/v1/parties/{}",
    "progress": "/v1/projects/{}/progress",
}
_NOTICE_RULES: Final = frozenset({"NOTICE", "NOTICE_AND_FAIR_COMPENSATION"})


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One event as one party is told of it; `event_id` is the same for everybody who is, so both sides can cite it."""

    id: str
    event_id: str
    recipient: str
    channel: str
    position: int
    type: str
    class_: AlertClass
    agreement: str
    subject: str
    link: str
    due_on: date | None
    recorded_at: datetime


Recipients = Callable[[Envelope, Known], Iterable[str]]
Due = Callable[[Envelope, Known], date | None]


class Rule(NamedTuple):
    """Who is alerted of a type of event, as what, and until when they should have acted.

    With `receipt` the acting party gets the same alert, as information: what it recorded has reached the others.
    """

    class_: AlertClass
    recipients: Recipients
    due: Due = lambda _envelope, _known: None
    receipt: bool = False


class _OfParties(Protocol):
    @property
    def parties(self) -> tuple[str, ...]: ...


def alerts_for(position: int, envelope: Envelope, known: Known) -> tuple[Alert, ...]:
    """Return one alert for each party that the event concerns, in the order of their ids."""
    rule = RULES.get(type(envelope.data))
    if rule is None:
        return ()
    asked = set(rule.recipients(envelope, known))
    informed = _actor(envelope) - asked if rule.receipt else set()
    due_on = rule.due(envelope, known)
    return tuple(
        _alert(position, envelope, recipient, rule.class_, due_on)
        if recipient in asked
        else _alert(position, envelope, recipient, "info", None)
        for recipient in sorted(filter(_has_an_inbox, asked | informed))
    )


def _alert(position: int, envelope: Envelope, recipient: str, class_: AlertClass, due_on: date | None) -> Alert:
    return Alert(
        id=alert_id(envelope.id, recipient, INBOX),
        event_id=envelope.id,
        recipient=recipient,
        channel=INBOX,
        position=position,
        type=envelope.type,
        class_=class_,
        agreement=envelope.agreement,
        subject=envelope.stream,
        link=link_to(envelope.stream),
        due_on=due_on,
        recorded_at=envelope.time,
    )


def alert_id(event_id: str, recipient: str, channel: str) -> str:
    """Return the id of the one alert that an event can be on a channel for a recipient, however often it is made."""
    return "alr-" + sha256(f"{event_id}\n{recipient}\n{channel}".encode()).hexdigest()[:32]


def link_to(stream: str) -> str:
    """Return where the agreements service answers for what a stream is about."""
    entity, _, identifier = stream.partition(":")
    # Ids hold no dot: the one in `participant:<project>.<person>` stands between two of them.
    return _ADDRESSES.get(entity, f"/v1/{entity}s/{{}}").format(identifier.replace(".", "/"))


def _has_an_inbox(recipient: str) -> bool:
    # While a title gap lasts, a share is held by a person (`person:…`) or by nobody yet: neither is a party.
    return is_id(recipient) and recipient != UNALLOCATED


# -- who ------------------------------------------------------------------------------------------------------------


def _every_party(envelope: Envelope, _known: Known) -> set[str]:
    return set(cast("_OfParties", envelope.data).parties)


def _other_parties(envelope: Envelope, known: Known) -> set[str]:
    return _every_party(envelope, known) - _actor(envelope)


def _parties_of_the_agreement(envelope: Envelope, known: Known) -> set[str]:
    return _every_party(envelope, known) | set(known_agreement(known, envelope.agreement).parties)


def _signatories(envelope: Envelope, _known: Known) -> set[str]:
    """Return who is to sign: also a party that is only about to join."""
    event = cast("agreement.AmendmentProposed", envelope.data)
    return {*event.parties, *event.signatories}


def _attesting_parties(envelope: Envelope, _known: Known) -> set[str]:
    event = cast("contribution.ContributionRecorded | contribution.ContributionCorrected", envelope.data)
    return set(event.attesting_parties) - _actor(envelope)


def _holders_old_and_new(envelope: Envelope, known: Known) -> set[str]:
    """Return also the parties without a share: that they are to get none is what they most need to know."""
    event = cast("invention.DeterminationProposed | invention.DeterminationAdopted", envelope.data)
    return {*event.parties, *event.shares, *known_invention(known, event.invention).holders}


def _holders_told(envelope: Envelope, known: Known) -> set[str]:
    """Return the parties and everybody who holds a share before or after."""
    event = cast("invention.OwnershipTransferred", envelope.data)
    named = getattr(event, "holders", ())
    return {*event.parties, *named, *known_invention(known, event.invention).holders}


def _holders_and_licensees_told(envelope: Envelope, known: Known) -> set[str]:
    """Return also who has a licence on that day: whom it is from has changed."""
    event = cast("invention.OwnershipTransferred", envelope.data)
    licensees = known_invention(known, event.invention).licensees_on(event.effective_on)
    return _holders_told(envelope, known) | licensees


def _positions_and_shares(envelope: Envelope, known: Known) -> set[str]:
    """Return the parties, whom a position gives a share, and who holds one."""
    event = cast("dispute.DisputeOpened", envelope.data)
    named = {*getattr(event, "position", ()), *getattr(event, "outcome", ())}
    return {*event.parties, *named, *known_invention(known, event.asset).holders}


def _holders_to_consent(envelope: Envelope, known: Known) -> set[str]:
    """Return the holders of each licensed asset; of one not determined yet any party may turn out to be one."""
    event = cast("licence.LicenceDrafted", envelope.data)
    holders: set[str] = set()
    for asset in event.scope.assets:
        holders.update(known_invention(known, asset).holders or event.parties)
    return holders - {event.drafted_by_party}


def _holders_and_licensors(envelope: Envelope, _known: Known) -> set[str]:
    event = cast("licence.LicenceGranted", envelope.data)
    return {*event.holders, *event.licensors}


def _owner(envelope: Envelope, _known: Known) -> set[str]:
    return {cast("background.AccessRequested", envelope.data).owner_party}


def _whoever_asked(envelope: Envelope, _known: Known) -> set[str]:
    return {cast("background.AccessGranted | background.AccessRefused", envelope.data).to_party}


def _actor(envelope: Envelope) -> set[str]:
    return {envelope.actor_party} if envelope.actor_party else set()


# -- until when -----------------------------------------------------------------------------------------------------


def _signature_due(envelope: Envelope, _known: Known) -> date:
    return cast("agreement.AmendmentProposed", envelope.data).effective_on


def _silence_due(envelope: Envelope, _known: Known) -> date | None:
    """Return until when to speak before silence is an attestation, where the terms say that it will be."""
    event = cast("contribution.ContributionRecorded | invention.DeterminationProposed", envelope.data)
    return event.deemed_on


def _retirement_due(envelope: Envelope, _known: Known) -> date | None:
    """Return the last day on which to oppose, where silence lets it happen."""
    retires_on = cast("retirement.RetirementProposed", envelope.data).retires_on
    return retires_on - timedelta(days=1) if retires_on else None


def _notice_due(envelope: Envelope, known: Known) -> date | None:
    """Return when the notice of a licence has run out, where the terms ask for one."""
    event = cast("licence.LicenceDrafted", envelope.data)
    consent: ConsentTerms = agreed_consent(_terms_of(envelope, known))
    rule = {"NON_EXCLUSIVE": consent.non_exclusive, "SOLE": consent.sole, "EXCLUSIVE": consent.exclusive}.get(
        event.kind
    )
    if rule is None or rule.rule not in _NOTICE_RULES:
        return None
    return _days_after(event.noticed_on, rule.days)


def _respond_by(envelope: Envelope, _known: Known) -> date:
    return cast("opportunity.OpportunityShared", envelope.data).respond_by


def _transfer_due(envelope: Envelope, _known: Known) -> date | None:
    """Return when the notice of a transfer has run out, where the terms' rule is one of notice."""
    event = cast("transfer.TransferProposed", envelope.data)
    return _days_after(event.noticed_on, event.rule.days) if event.rule.rule in _NOTICE_RULES else event.deemed_on


def _step_due(envelope: Envelope, _known: Known) -> date | None:
    return cast("dispute.DisputeOpened | dispute.DisputeEscalated", envelope.data).due_on


def _terms_of(envelope: Envelope, known: Known) -> Terms:
    return known_agreement(known, envelope.agreement).in_force or Terms()


def _days_after(day: date, days: int | None) -> date | None:
    return None if days is None else days_after(day, days)


# -- the rules ------------------------------------------------------------------------------------------------------

# Whoever acts knows what it did and is not alerted of it, unless the event asks something of every party alike
# (sign, approve) or must be provably known to all (whatever decides who owns what).
RULES: Final[dict[type[Event], Rule]] = {
    agreement.AgreementProposed: Rule("action", _every_party),
    agreement.AgreementSigned: Rule("info", _other_parties),
    agreement.AgreementFullySigned: Rule("info", _every_party),
    agreement.AgreementActivated: Rule("info", _every_party),
    agreement.AgreementWithdrawn: Rule("info", _other_parties),
    agreement.AmendmentProposed: Rule("action", _signatories, _signature_due),
    agreement.AmendmentSigned: Rule("info", _other_parties),
    agreement.AmendmentTookEffect: Rule("info", _every_party),
    agreement.AmendmentLapsed: Rule("info", _every_party),
    agreement.PartyAcceded: Rule("legal-critical", _every_party),
    agreement.PartyWithdrew: Rule("legal-critical", _every_party),
    agreement.AgreementRenewalAgreed: Rule("action", _other_parties),
    agreement.AgreementRenewed: Rule("info", _every_party),
    agreement.AgreementSuspended: Rule("legal-critical", _every_party),
    agreement.AgreementResumed: Rule("info", _every_party),
    agreement.TerminationNoticeGiven: Rule("legal-critical", _every_party),
    agreement.AgreementTerminated: Rule("legal-critical", _every_party),
    agreement.AgreementExpired: Rule("legal-critical", _every_party),
    agreement.SurvivalEnded: Rule("info", _every_party),
    agreement.AgreementClosed: Rule("info", _every_party),
    project.ProjectCreated: Rule("action", _parties_of_the_agreement),
    project.ProjectApproved: Rule("info", _other_parties),
    project.ProjectStarted: Rule("info", _every_party),
    project.ProjectPaused: Rule("info", _other_parties),
    project.ProjectResumed: Rule("info", _other_parties),
    project.ProjectCompleted: Rule("info", _every_party),
    project.ProjectPeriodEnded: Rule("info", _every_party),
    project.ProjectCancelled: Rule("info", _every_party),
    # Signed earlier than what is known, it may win over it: the home party must not learn that from its lost share.
    participant.IpInstrumentRecorded: Rule("info", _other_parties),
    invention.InventionDisclosed: Rule("info", _other_parties),
    invention.InventionElementsDefined: Rule("info", _other_parties),
    contribution.ContributionRecorded: Rule("action", _attesting_parties, _silence_due, receipt=True),
    contribution.ContributionCorrected: Rule("action", _attesting_parties, _silence_due, receipt=True),
    contribution.ContributionAttested: Rule("info", _other_parties),
    # Whoever said nothing is bound by it: that is what it must be told, and must say that it was.
    contribution.ContributionAttestationDeemed: Rule("legal-critical", _every_party),
    contribution.ContributionConfirmed: Rule("info", _every_party),
    contribution.ContributionWithdrawn: Rule("info", _other_parties),
    invention.DeterminationProposed: Rule("legal-critical", _holders_old_and_new, _silence_due),
    invention.DeterminationAttested: Rule("info", _other_parties),
    invention.DeterminationAttestationDeemed: Rule("legal-critical", _holders_told),
    invention.DeterminationEscalated: Rule("legal-critical", _holders_told),
    invention.DeterminationRejected: Rule("info", _other_parties),
    retirement.RetirementProposed: Rule("legal-critical", _holders_told, _retirement_due),
    retirement.RetirementConsentGiven: Rule("info", _other_parties),
    retirement.RetirementOpposed: Rule("legal-critical", _holders_told),
    retirement.InventionRetired: Rule("legal-critical", _holders_told),
    invention.DeterminationAdopted: Rule("legal-critical", _holders_old_and_new),
    contribution.ContributionContested: Rule("legal-critical", _every_party),
    invention.DeterminationSuperseded: Rule("legal-critical", _holders_told),
    invention.OwnershipTransferred: Rule("legal-critical", _holders_and_licensees_told),
    invention.TransferRescinded: Rule("legal-critical", _holders_and_licensees_told),
    transfer.TransferProposed: Rule("legal-critical", _every_party, _transfer_due),
    transfer.TransferConsentGiven: Rule("info", _other_parties),
    transfer.TransferConsented: Rule("info", _every_party),
    transfer.TransferConsentDeemedGiven: Rule("legal-critical", _every_party),
    transfer.TransferRefused: Rule("legal-critical", _every_party),
    transfer.PreemptionExercised: Rule("legal-critical", _every_party),
    transfer.RecordalFiled: Rule("info", _other_parties),
    transfer.RecordalConfirmed: Rule("info", _other_parties),
    dispute.DisputeOpened: Rule("legal-critical", _positions_and_shares, _step_due),
    dispute.DisputePositionFiled: Rule("legal-critical", _positions_and_shares),
    dispute.DisputeEvidenceFiled: Rule("info", _other_parties),
    dispute.DisputeEscalated: Rule("legal-critical", _positions_and_shares, _step_due),
    dispute.DisputeResolutionProposed: Rule("action", _other_parties),
    dispute.DisputeResolutionConfirmed: Rule("info", _other_parties),
    dispute.DisputeResolved: Rule("legal-critical", _positions_and_shares),
    dispute.DisputeWithdrawn: Rule("legal-critical", _positions_and_shares),
    dispute.DisputeLapsed: Rule("legal-critical", _positions_and_shares),
    licence.LicenceDrafted: Rule("action", _holders_to_consent, _notice_due),
    licence.LicenceConsentGiven: Rule("info", _other_parties),
    licence.LicenceGranted: Rule("legal-critical", _holders_and_licensors),
    # Those it was shared with: that there is an opportunity is itself confidential to the others.
    opportunity.OpportunityShared: Rule("action", _every_party, _respond_by),
    opportunity.OpportunityReviewed: Rule("info", _other_parties),
    opportunity.OpportunityAccepted: Rule("info", _every_party),
    opportunity.OpportunityDeclined: Rule("info", _other_parties),
    opportunity.OpportunityLapsed: Rule("info", _every_party),
    background.BackgroundDeclared: Rule("action", _other_parties),
    background.BackgroundAgreed: Rule("info", _other_parties),
    background.BackgroundContested: Rule("action", _every_party),
    background.BackgroundRestricted: Rule("info", _other_parties),
    background.BackgroundWithdrawn: Rule("info", _other_parties),
    background.AccessRequested: Rule("action", _owner),
    background.AccessGranted: Rule("info", _whoever_asked),
    background.AccessRefused: Rule("info", _whoever_asked),
    background.AccessEnded: Rule("info", _whoever_asked),
    progress.ResourceCommitted: Rule("info", _other_parties),
    progress.MilestoneReached: Rule("info", _other_parties),
    progress.DeliverableAccepted: Rule("info", _other_parties),
    progress.ExportScreeningRecorded: Rule("info", _other_parties),
}

# Said here so that a new event cannot be forgotten: it stands in RULES or, on purpose, here.
ALERTS_NOBODY: Final[frozenset[type[Event]]] = frozenset(
    {
        party.PartyRegistered,  # concerns no agreement yet
        party.PartyVerified,
        party.PartyDeactivated,
        party.RepresentativeAppointed,  # whom a party lets speak for it is its own affair
        party.RepresentativeRevoked,
        affiliation.AffiliationDeclared,  # concerns no agreement: what follows for shares is in determinations
        affiliation.AffiliationEnded,
        opportunity.OpportunityIdentified,  # known to its own party alone until it is shared
        agreement.AgreementDrafted,  # a draft asks nothing of anybody before it is proposed
        agreement.TermsVersionDrafted,
        agreement.SurvivalBegan,  # follows from the end, which alerts everybody
        participant.ParticipantEngaged,  # how a party staffs a project is its own affair
        participant.StudentConditionsRecorded,
        participant.ParticipantLeft,
        invention.InventionContributionCounted,  # follows from a contribution's own event, which alerts
        invention.InventionContributionDropped,
        invention.AssetFrozen,  # follows from a dispute's own event, which alerts
        invention.AssetUnfrozen,
        invention.AssetLicensed,  # follows from a licence's own event, which alerts
        transfer.TransferExecuted,  # is told of each asset, to those who hold it
        transfer.TransferUndone,
    }
)
