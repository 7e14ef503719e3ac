"""Parties over HTTP. They are a directory: who registered is no secret among those who may sign with one another."""

from functools import partial
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from services.agreements.answers import created, creating, listed, listing, names_ids, representing, showing, shown
from services.agreements.commands import legal_day
from services.agreements.errors import IdentifierTaken
from services.agreements.fields import Body, Country, Id, Line
from services.agreements.parties import handling
from services.agreements.parties.decisions import RegisterParty
from services.agreements.parties.errors import PartyNotFound
from services.agreements.parties.model import PARTY
from services.agreements.parties.views import PartyView
from shared.contracts.party import PartyKind
from shared.ids import new_id
from shared.log.handle import CommandContext, Handler
from shared.web.auth import requires
from shared.web.pages import Page, PageRequest

Ror = Annotated[str, Meta(pattern=r"^https://ror\.org/0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}(?!\n)$")]
Lei = Annotated[str, Meta(pattern=r"^[A-Z0-9]{18}[0-9]{2}(?!\n)$")]


class RegisterPartyBody(Body, frozen=True, kw_only=True):
    party: Id | None = None
    kind: PartyKind
    legal_name: Line
    country: Country
    ror: Ror | None = None
    lei: Lei | None = None
    local_ids: Annotated[tuple[Line, ...], Meta(max_length=20)] = ()


@post("/", guards=[requires("operator")], responses=creating(PartyView, IdentifierTaken))
async def register_party(
    data: JSONBody[RegisterPartyBody], handler: NamedDependency[Handler], command: NamedDependency[CommandContext]
) -> Response[bytes]:
    """Register an organisation."""
    register = RegisterParty(
        party=data.party or new_id("pty"),
        kind=data.kind,
        legal_name=data.legal_name,
        country=data.country,
        ror=data.ror,
        lei=data.lei,
        local_ids=data.local_ids,
    )
    work = partial(handling.register, command=register, today=legal_day(command.now))
    outcome = await handler.handle(work, command, represent=representing(PartyView))
    return created(outcome, lambda view: f"/v1/parties/{view['party']}")


@get("/", guards=[requires("representative", "operator")], responses=listing())
async def list_parties(
    handler: NamedDependency[Handler], page: NamedDependency[PageRequest]
) -> Response[Page[PartyView]]:
    """List every party."""
    return await listed(handler, page, PARTY, PartyView)


@get("/{party:str}", guards=[requires("representative", "operator")], responses=showing(PartyView, PartyNotFound))
async def show_party(party: FromPath[Id], handler: NamedDependency[Handler]) -> Response[bytes]:
    """Show a party."""
    return shown(PartyView, *await handler.read(PARTY, party))


ROUTES = Router(
    "/v1/parties", guards=[names_ids], route_handlers=[register_party, list_parties, show_party], tags=["parties"]
)
