"""Reading what commands on licences need: title is read with the grant, and guards it."""

from services.agreements.commands import Representative
from services.agreements.contracts.handling import agreement_of, check_active
from services.agreements.contracts.model import Agreement
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.licences import decisions
from services.agreements.licences.errors import AssetsOfSeveralAgreements, LicenceNotFound
from services.agreements.licences.model import LICENCE, Licence
from services.agreements.parties.handling import empowered
from services.agreements.parties.model import PARTY
from shared.log.handle import Change, Decided, Reader


async def draft(reader: Reader, command: decisions.DraftLicence) -> Decided:
    found = [await invention_of(reader, asset, command.by) for asset in command.scope.assets]
    assets = [invention for invention, _, _ in found]
    agreement = found[0][2]
    if others := {asset.agreement for asset in assets} - {agreement.agreement}:
        raise AssetsOfSeveralAgreements(expected=agreement.agreement, got=sorted(others))
    check_active(agreement)
    await reader(PARTY, command.licensee)
    events = decisions.draft_licence(await reader.new(LICENCE, command.licence), agreement, assets, command)
    return Decided(agreement.agreement, (Change(LICENCE, command.licence, events, command.today),))


async def consent(reader: Reader, licence: str, command: decisions.ConsentToLicence) -> Decided:
    state, agreement = await licence_of(reader, licence, command.by)
    check_active(agreement)
    await empowered(reader, command, "CONSENT")
    events = decisions.consent_to_licence(state, command)
    return Decided(state.agreement, (Change(LICENCE, licence, events, command.today),))


async def grant(reader: Reader, licence: str, command: decisions.GrantLicence) -> Decided:
    state, agreement = await licence_of(reader, licence, command.by)
    check_active(agreement)
    await empowered(reader, command, "CONSENT")
    assets: list[Invention] = [await reader(INVENTION, asset) for asset in state.scope.assets]
    events = decisions.grant_licence(state, agreement, assets, command)
    return Decided(state.agreement, (Change(LICENCE, licence, events, state.scope.period.start),))


async def licence_of(reader: Reader, licence: str, by: Representative) -> tuple[Licence, Agreement]:
    """Return a licence in an agreement of the representative's party, and that agreement."""
    state = await reader(LICENCE, licence)
    return state, await agreement_of(reader, state.agreement, by, LicenceNotFound(licence=licence))
