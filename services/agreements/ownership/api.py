"""Why somebody owns what they own, over HTTP, as the agreements service knows it now."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.agreements.fields import Holder, Id
from services.agreements.inventions.errors import InventionNotFound
from services.agreements.inventions.handling import invention_of
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.why import Why, last_change, regime_on, why
from services.agreements.requests import names_ids, speaker
from services.agreements.responses import answering
from shared.events.invention import DeterminationAdopted, DeterminationProposed
from shared.log.envelope import decode
from shared.log.handle import Handler, Reader
from shared.log.store import EventStore
from shared.web.auth import Caller, requires

On = Annotated[
    date | None,
    QueryParameter(
        name="on", required=False, description="The legal day asked about; that of the last change if left out."
    ),
]


@get("/{asset:str}/why", responses=answering(Why, InventionNotFound))
async def show_why(
    asset: FromPath[Id],
    holder: FromQuery[Holder],
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    on: On = None,
) -> Response[bytes]:
    """Show why a holder holds its share on a day, by default that of the last change: from holding to contributions."""
    state, _, _ = await invention_of(Reader(handler, trusting=False), asset, speaker(caller))
    day = on or last_change(state.account)
    regime = regime_on(state.account, day)
    adopted, proposed = await _recorded(handler.store, asset, regime.determination) if regime else (None, None)
    return Response(msgspec.json.encode(why(state, holder, day, adopted, proposed)), media_type="application/json")


async def _recorded(
    store: EventStore, invention: str, determination: str
) -> tuple[DeterminationAdopted | None, DeterminationProposed | None]:
    """Return how shares were adopted and proposed: the last of that name, as attesting a proposal voids every other."""
    events = [decode(event.state).data for event in reversed(await store.read_stream(INVENTION.stream(invention)))]
    adopted = (each for each in events if isinstance(each, DeterminationAdopted))
    proposed = (each for each in events if isinstance(each, DeterminationProposed))
    return (
        next((each for each in adopted if each.determination == determination), None),
        next((each for each in proposed if each.determination == determination), None),
    )


ROUTES = Router(
    "/v1/assets",
    guards=[requires("representative"), names_ids],
    route_handlers=[show_why],
    tags=["ownership"],
)
