"""What may be done with a licence, and what then happened."""

from collections.abc import Sequence

from services.agreements.commands import Command
from services.agreements.contracts.decisions import check_distinct
from services.agreements.contracts.errors import PartyNotInAgreement
from services.agreements.contracts.model import Agreement
from services.agreements.errors import IdentifierTaken, NotAProjectParty, PeriodEmpty
from services.agreements.inventions.model import Invention
from services.agreements.licences.consent import check_consent
from services.agreements.licences.errors import (
    AssetNotDetermined,
    ConsentRuleNotSupported,
    LicenceHashMismatch,
    LicenceIsGranted,
    LicenceKindNotSupported,
    LicenceToItself,
    LicensorHoldsNoShare,
    NotALicensor,
)
from services.agreements.licences.model import Licence, LicenceStatus
from services.agreements.ownership.account import holdings_on
from services.agreements.ownership.freezing import check_not_frozen
from shared.canonical import content_hash
from shared.contracts.law import agreed_consent
from shared.contracts.licence import LicenceConsentGiven, LicenceDrafted, LicenceGranted, LicenceKind, Scope
from shared.log.events import Event

Events = tuple[Event, ...]


class DraftLicence(Command, frozen=True, kw_only=True):
    licence: str
    kind: LicenceKind
    licensors: tuple[str, ...]
    licensee: str
    scope: Scope
    document_hash: str


class ConsentToLicence(Command, frozen=True, kw_only=True):
    terms_hash: str


class GrantLicence(Command, frozen=True, kw_only=True):
    pass


def draft_licence(
    state: Licence | None, agreement: Agreement, assets: Sequence[Invention], command: DraftLicence
) -> Events:
    """Draft a licence, which gives the other parties of its assets' projects notice of it."""
    _check_draft(agreement, assets, command)
    terms = {
        "licence": command.licence,
        "kind": command.kind,
        "licensors": command.licensors,
        "licensee": command.licensee,
        "scope": command.scope,
        "document_hash": command.document_hash,
        "drafted_by_party": command.by.party,
    }
    drafted = LicenceDrafted(
        agreement=agreement.agreement,
        parties=_concerned(assets),
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
    )
    if state is None:
        return (drafted,)
    if state.origin == drafted.terms_hash:
        return ()
    raise IdentifierTaken(licence=command.licence)


def consent_to_licence(state: Licence, command: ConsentToLicence) -> Events:
    if command.by.party not in state.parties:
        raise NotAProjectParty(expected=list(state.parties), got=command.by.party, licence=state.licence)
    if command.terms_hash != state.terms_hash:
        raise LicenceHashMismatch(expected=state.terms_hash, got=command.terms_hash, licence=state.licence)
    if command.by.party in state.consents:
        return ()
    if state.status is LicenceStatus.GRANTED:
        raise LicenceIsGranted(licence=state.licence)
    given = LicenceConsentGiven(
        agreement=state.agreement,
        parties=state.parties,
        licence=state.licence,
        party=command.by.party,
        person=command.by.person,
        terms_hash=state.terms_hash,
    )
    return (given,)


def grant_licence(state: Licence, agreement: Agreement, assets: Sequence[Invention], command: GrantLicence) -> Events:
    """Grant a licence if its licensors have title to every asset and the holders' consent rule is met for each.

    Licences of this kind never exclude one another (R15), so there is no conflict to look for.
    """
    _check_licensor(state.licensors, command)
    if state.status is LicenceStatus.GRANTED:
        return ()
    rule = agreed_consent(agreement.standing.terms).non_exclusive
    if rule is None:
        raise ConsentRuleNotSupported(agreement=agreement.agreement)
    effective_on = state.scope.period.start
    holders: set[str] = set()
    for asset in assets:
        check_not_frozen(asset, "EXCLUSIVE" if state.kind == "CO_EXCLUSIVE" else state.kind)
        shares = holdings_on(asset.account, effective_on)
        if not shares:
            raise AssetNotDetermined(asset=asset.invention)
        if untitled := [party for party in state.licensors if party not in shares]:
            raise LicensorHoldsNoShare(got=untitled, asset=asset.invention)
        consents = state.consents.keys()
        check_consent(rule, shares, consents, noticed_on=state.noticed_on, effective_on=effective_on)
        holders.update(shares)
    granted = LicenceGranted(
        agreement=state.agreement,
        parties=state.parties,
        licence=state.licence,
        kind=state.kind,
        licensors=state.licensors,
        licensee=state.licensee,
        scope=state.scope,
        terms_hash=state.terms_hash,
        holders=tuple(sorted(holders)),
        consent_rule=rule,
        consents=tuple(sorted(state.consents)),
        effective_on=effective_on,
    )
    return (granted,)


def _check_draft(agreement: Agreement, assets: Sequence[Invention], command: DraftLicence) -> None:
    if command.kind != "NON_EXCLUSIVE":
        raise LicenceKindNotSupported(expected="NON_EXCLUSIVE", got=command.kind)
    check_distinct(command.licensors)
    if strangers := set(command.licensors) - set(agreement.parties):
        raise PartyNotInAgreement(expected=list(agreement.parties), got=sorted(strangers))
    _check_licensor(command.licensors, command)
    if command.licensee in command.licensors:
        raise LicenceToItself(got=command.licensee)
    for asset in assets:
        if command.by.party not in asset.parties:
            raise NotAProjectParty(expected=list(asset.parties), got=command.by.party, invention=asset.invention)
    if command.scope.period.is_empty():
        raise PeriodEmpty(got=f"{command.scope.period.start} to {command.scope.period.end}")


def _check_licensor(licensors: tuple[str, ...], command: Command) -> None:
    if command.by.party not in licensors:
        raise NotALicensor(expected=list(licensors), got=command.by.party)


def _concerned(assets: Sequence[Invention]) -> tuple[str, ...]:
    """Return the parties of all the assets' projects, each once, in ascending order."""
    return tuple(sorted({party for asset in assets for party in asset.parties}))
