"""What callers send of licences."""

from typing import Annotated

from msgspec import Meta

from services.agreements.fields import Body, FieldPath, HashText, Id, Parties, PeriodBody, Territory
from shared.events.licence import Act, LicenceKind, Scope

_Territories = Annotated[tuple[Territory, ...], Meta(max_length=300)]


class ScopeBody(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    assets: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=50)]
    acts: Annotated[tuple[Act, ...], Meta(min_length=1, max_length=7)]
    fields: Annotated[tuple[FieldPath, ...], Meta(min_length=1, max_length=50)]
    territories: Annotated[_Territories, Meta(min_length=1)]
    excluded_territories: _Territories = ()
    period: PeriodBody


class DraftLicenceBody(Body, frozen=True, kw_only=True):
    licence: Id | None = None
    """The id it is to have; without one it is given one."""
    kind: LicenceKind
    """Who else may use the assets in this scope: nobody (`EXCLUSIVE`), the holders alone (`SOLE`) or whoever else is
    licensed.
    """
    licensors: Parties
    licensee: Id
    scope: ScopeBody
    document_hash: HashText
    subject_to: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()


class ConsentToLicenceBody(Body, frozen=True, kw_only=True):
    terms_hash: HashText
    holder: Id | None = None
