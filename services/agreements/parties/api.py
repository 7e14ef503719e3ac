"""Parties over HTTP: a directory, which all may read. Whoever contracts has to check who may sign for the other."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.agreements.errors import IdentifierTaken, PartyIsInactive, PeriodEmpty, RecordedOtherwise
from services.agreements.fields import Id, published
from services.agreements.finding import HAS_STATUS, list_under, one_of
from services.agreements.headings import EVERYBODY, Heading
from services.agreements.histories import HistoryRequest, PastEvent
from services.agreements.parties import decisions, errors, handling
from services.agreements.parties.bodies import (
    AppointRepresentativeBody,
    DeactivatePartyBody,
    ReactivatePartyBody,
    RegisterPartyBody,
    RevokeRepresentativeBody,
    VerifyPartyBody,
)
from services.agreements.parties.errors import PartyNotFound
from services.agreements.parties.model import PARTY, Party, PartyStatus
from services.agreements.parties.views import PARTIES, PartyView
from services.agreements.requests import ChangeRequest, CommandRequest, ListRequest, ReadRequest, names_ids
from services.agreements.responses import changing, creating, finding, remembering, showing
from shared.events.registry import Event
from shared.events.values import Period
from shared.ids import new_id
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Reader
from shared.web.auth import Caller, requires
from shared.web.pages import Page

HasStatus = Annotated[Annotated[str, one_of(PartyStatus)] | None, HAS_STATUS]
C = TypeVar("C")
_NAMING = (PartyNotFound, errors.NotTheirRepresentatives, PeriodEmpty)


@post(
    "/",
    guards=[requires("operator")],
    responses=creating(
        PartyView,
        decisions.RegisterParty,
        IdentifierTaken,
        errors.PartyIdDiffersInCase,
        errors.RorInvalid,
        errors.LeiInvalid,
        errors.CountryUnknown,
    ),
)
async def register_party(
    data: JSONBody[RegisterPartyBody], command: NamedDependency[CommandRequest]
) -> Response[bytes]:
    """Register an organisation."""
    register = decisions.RegisterParty(
        party=data.party or new_id("pty"),
        kind=data.kind,
        legal_name=data.legal_name,
        country=data.country,
        ror=data.ror,
        lei=data.lei,
        local_ids=data.local_ids,
    )
    work = partial(handling.register, command=register, today=command.today)
    return await command.create(PARTIES, work)


@post(
    "/{party:str}/verify",
    status_code=200,
    guards=[requires("operator")],
    responses=changing(PartyView, decisions.VerifyParty, PartyNotFound, PartyIsInactive, RecordedOtherwise),
)
async def verify_party(
    party: FromPath[Id], data: JSONBody[VerifyPartyBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Record that an organisation is who it says."""
    verify = decisions.VerifyParty(operator=change.context.actor, method=data.method, evidence_hash=data.evidence_hash)
    return await _change(change, party, verify, decisions.verify_party)


@post(
    "/{party:str}/deactivate",
    status_code=200,
    guards=[requires("operator")],
    responses=changing(PartyView, decisions.DeactivateParty, PartyNotFound, RecordedOtherwise),
)
async def deactivate_party(
    party: FromPath[Id], data: JSONBody[DeactivatePartyBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Let a party take part in nothing new."""
    deactivate = decisions.DeactivateParty(operator=change.context.actor, reason=data.reason)
    return await _change(change, party, deactivate, decisions.deactivate_party)


@post(
    "/{party:str}/reactivate",
    status_code=200,
    guards=[requires("operator")],
    responses=changing(PartyView, decisions.ReactivateParty, PartyNotFound, RecordedOtherwise),
)
async def reactivate_party(
    party: FromPath[Id], data: JSONBody[ReactivatePartyBody], change: NamedDependency[ChangeRequest]
) -> Response[bytes]:
    """Let an inactive party take part in what is new again."""
    reactivate = decisions.ReactivateParty(operator=change.context.actor, reason=data.reason)
    return await _change(change, party, reactivate, decisions.reactivate_party)


@post(
    "/{party:str}/representatives",
    status_code=200,
    guards=[requires("representative", "operator")],
    responses=changing(
        PartyView,
        decisions.AppointRepresentative,
        *_NAMING,
        errors.PowersRepeated,
        errors.NobodyMayAppoint,
        errors.TooManyRepresentatives,
    ),
)
async def appoint_representative(
    party: FromPath[Id],
    data: JSONBody[AppointRepresentativeBody],
    change: NamedDependency[ChangeRequest],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Name a representative and what they may do; from the first one on, nobody else may."""
    appoint = decisions.AppointRepresentative(
        by=caller.subject,
        by_party=_naming_party(caller),
        today=change.today,
        person=data.person,
        powers=data.powers,
        period=published(data.period, Period),
    )
    return await _change(change, party, appoint, decisions.appoint_representative)


@post(
    "/{party:str}/representatives/{person:str}/revoke",
    status_code=200,
    guards=[requires("representative", "operator")],
    responses=changing(
        PartyView,
        decisions.RevokeRepresentative,
        *_NAMING,
        errors.RepresentativeUnknown,
        errors.NobodyMayAppoint,
        RecordedOtherwise,
    ),
)
async def revoke_representative(
    party: FromPath[Id],
    person: FromPath[Id],
    data: JSONBody[RevokeRepresentativeBody],
    change: NamedDependency[ChangeRequest],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a representative's powers, today or on a later day."""
    revoke = decisions.RevokeRepresentative(
        by=caller.subject,
        by_party=_naming_party(caller),
        today=change.today,
        person=person,
        to=data.to,
    )
    return await _change(change, party, revoke, decisions.revoke_representative)


@get("/", guards=[requires("representative", "operator")], responses=finding())
async def list_parties(
    pages: NamedDependency[ListRequest],
    status: HasStatus = None,
) -> Response[Page[PartyView]]:
    """List every party."""
    if status is None:
        return await pages.all_in(PARTIES)
    filters, headings = {"status": status}, [Heading(EVERYBODY, "status", status)]
    return await list_under(pages, PARTIES, headings, _party, filters, agreements=[NO_AGREEMENT])


@get("/{party:str}", guards=[requires("representative", "operator")], responses=showing(PartyView, PartyNotFound))
async def show_party(party: FromPath[Id], read: NamedDependency[ReadRequest]) -> Response[bytes]:
    """Show a party."""
    state = await read.reader(PARTY, party)
    return await read.shown(PARTIES, party, state)


async def _party(reader: Reader, party: str) -> Party:
    return await reader(PARTY, party)


def _naming_party(caller: Caller) -> str | None:
    return None if "operator" in caller.roles else caller.party


async def _change(
    change: ChangeRequest, party: str, command: C, decide: Callable[[Party, C], tuple[Event, ...]]
) -> Response[bytes]:
    today = change.today
    work = partial(handling.change, party=party, command=command, today=today, decide=decide)
    return await change.record(PARTIES, party, work)


@get("/{party:str}/history", guards=[requires("representative", "operator")], responses=remembering(PartyNotFound))
async def show_history_of_party(
    party: FromPath[Id], history: NamedDependency[HistoryRequest]
) -> Response[Page[PastEvent]]:
    """Show what happened to a party, oldest first."""
    await history.reader(PARTY, party)
    return await history.shown(PARTY, party)


ROUTES = Router(
    "/v1/parties",
    guards=[names_ids],
    route_handlers=[
        register_party,
        verify_party,
        deactivate_party,
        reactivate_party,
        appoint_representative,
        revoke_representative,
        list_parties,
        show_party,
        show_history_of_party,
    ],
    tags=["parties"],
)
