"""What may be done with a licence, and what then happened."""

from collections.abc import Sequence
from typing import Any, Final

from services.agreements.commands import Command, HoldersCommand
from services.agreements.consent.holders import concerned, holders_ever, holders_on, shares_on
from services.agreements.contracts.decisions import check_distinct
from services.agreements.contracts.errors import PartyNotInAgreement
from services.agreements.contracts.model import Agreement
from services.agreements.creation import check_free
from services.agreements.errors import NotAProjectParty, PeriodEmpty
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention, check_not_retired
from services.agreements.licences.check import Circumstances, notice_rule_of, proposal_of, refusals
from services.agreements.licences.errors import (
    LicenceHashMismatch,
    LicenceIsGranted,
    LicenceKindNotSupported,
    LicenceToItself,
    NotALicensor,
    OnlyHoldersConsent,
)
from services.agreements.licences.model import Licence, LicenceStatus
from services.agreements.licences.reach import check_territories
from services.agreements.lists import check_named_once
from shared.canonical import content_hash
from shared.events.invention import AssetLicensed
from shared.events.licence import LicenceConsentGiven, LicenceDrafted, LicenceGranted, LicenceKind, Scope
from shared.events.registry import Event

Events = tuple[Event, ...]
_KINDS: Final[tuple[LicenceKind, ...]] = ("EXCLUSIVE", "SOLE", "NON_EXCLUSIVE")


class DraftLicence(Command, frozen=True, kw_only=True):
    # Drafting is the own party's consent.
    gate = Gate(power="CONSENT", new=True, standing=Standing.LICENSING)

    licence: str
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    document_hash: str
    subject_to: tuple[str, ...] = ()


class ConsentToLicence(HoldersCommand, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", new=True, standing=Standing.LICENSING)

    terms_hash: str


class GrantLicence(Command, frozen=True, kw_only=True):
    # The licence check asks how the agreement stands, among everything else that it names.
    gate = Gate(power="CONSENT", new=True, standing=Standing.LICENSING, late=True)


def draft_licence(
    state: Licence | None, agreement: Agreement, assets: Sequence[Invention], command: DraftLicence
) -> Events:
    """Draft a licence, which gives the other parties of its assets' projects notice of it."""
    _check_draft(agreement, assets, command)
    agreed = agreement.standing.terms
    terms: dict[str, Any] = {
        "licence": command.licence,
        "kind": command.kind,
        "licensors": command.licensors,
        "licensee": command.licensee,
        "scope": command.scope,
        "document_hash": command.document_hash,
        "drafted_by_party": command.by.party,
    }
    if command.subject_to:
        # Left out where there is none, as it was before licences could be subject to others.
        terms["subject_to"] = command.subject_to
    drafted = LicenceDrafted(
        agreement=agreement.agreement,
        parties=concerned(assets, _told(assets, command)),
        licence=command.licence,
        kind=command.kind,
        licensors=command.licensors,
        licensee=command.licensee,
        scope=command.scope,
        document_hash=command.document_hash,
        terms_hash=content_hash(terms),
        drafted_by_party=command.by.party,
        drafted_by=command.by.person,
        noticed_on=command.today,
        subject_to=command.subject_to,
        rule=notice_rule_of(command.kind, agreed),
        # Also where they give no time today: the terms of the day of the grant decide.
        notice_method=agreed.notice.method,
        notice_to=_others(assets, command),
    )
    if state is not None and state.origin == drafted.terms_hash:
        return ()
    for asset in assets:
        check_not_retired(asset)
    check_free(state, licence=command.licence)
    return (drafted,)


def consent_to_licence(state: Licence, assets: Sequence[Invention], command: ConsentToLicence) -> Events:
    # Who holds today is asked; who licenses speaks as well, though its title may begin on the first day only.
    holders = {*state.parties, *state.licensors, *holders_on(assets, command.today)}
    if command.holder not in holders:
        raise OnlyHoldersConsent(expected=sorted(holders), got=command.holder, licence=state.licence)
    if command.terms_hash != state.terms_hash:
        raise LicenceHashMismatch(expected=state.terms_hash, got=command.terms_hash, licence=state.licence)
    if command.holder in state.consents:
        return ()
    if state.status is LicenceStatus.GRANTED:
        raise LicenceIsGranted(licence=state.licence)
    for asset in assets:
        check_not_retired(asset)
    given = LicenceConsentGiven(
        agreement=state.agreement,
        parties=state.parties,
        licence=state.licence,
        party=command.holder,
        person=command.by.person,
        terms_hash=state.terms_hash,
    )
    return (given,)


def grant_licence(state: Licence, facts: Circumstances, command: GrantLicence) -> Events:
    """Grant a licence if nothing stands in its way; else refuse it by the first rule, and name the others besides."""
    _check_licensor(state.licensors, command)
    if state.status is LicenceStatus.GRANTED:
        return ()
    if found := refusals(state, facts, command.today, granting=command.by.party):
        refusal, *others = found
        refusal.also = tuple(others)
        raise refusal
    granted = LicenceGranted(
        agreement=state.agreement,
        parties=state.parties,
        licence=state.licence,
        kind=state.kind,
        licensors=state.licensors,
        licensee=state.licensee,
        scope=state.scope,
        terms_hash=state.terms_hash,
        holders=tuple(sorted(holders_on(facts.assets, state.scope.period.start))),
        consent_rule=proposal_of(state, facts.agreement).rule,
        consents=tuple(sorted(state.consents)),
        effective_on=state.scope.period.start,
    )
    return (granted,)


def license_asset(state: Licence, asset: Invention) -> AssetLicensed:
    """Return what a grant leaves on each asset, by which the next grant knows of it and cannot slip past it."""
    return AssetLicensed(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        licence=state.licence,
        kind=state.kind,
        licensee=state.licensee,
        scope=state.scope,
    )


def _told(assets: Sequence[Invention], command: DraftLicence) -> set[str]:
    """Return who is told of a draft: whoever holds today, and whoever does when it is to begin."""
    return holders_on(assets, command.today) | holders_on(assets, command.scope.period.start)


def _others(assets: Sequence[Invention], command: DraftLicence) -> tuple[str, ...]:
    """Return who else holds a share, today or when it is to begin; of what nobody holds yet its project's parties."""
    days = (command.today, command.scope.period.start)
    holders = {holder for asset in assets for day in days for holder in shares_on(asset, day)}
    return tuple(sorted(holders - {command.by.party}))


def _check_draft(agreement: Agreement, assets: Sequence[Invention], command: DraftLicence) -> None:
    if command.kind not in _KINDS:
        raise LicenceKindNotSupported(expected=list(_KINDS), got=command.kind)
    check_distinct(command.licensors)
    check_named_once(command.scope.assets, "scope.assets")
    check_named_once(command.subject_to, "subject_to")
    holders = holders_ever(assets)
    if strangers := set(command.licensors) - {*agreement.parties, *holders}:
        raise PartyNotInAgreement(expected=sorted({*agreement.parties, *holders}), got=sorted(strangers))
    _check_licensor(command.licensors, command)
    if command.licensee in command.licensors:
        raise LicenceToItself(got=command.licensee)
    for asset in assets:
        licensing = {*asset.parties, *holders_ever([asset])}
        if command.by.party not in licensing:
            raise NotAProjectParty(expected=sorted(licensing), got=command.by.party, invention=asset.invention)
    if command.scope.period.is_empty():
        raise PeriodEmpty(got=str(command.scope.period))
    check_territories((*command.scope.territories, *command.scope.excluded_territories))


def _check_licensor(licensors: tuple[str, ...], command: Command) -> None:
    if command.by.party not in licensors:
        raise NotALicensor(expected=list(licensors), got=command.by.party)
