"""People over HTTP: each party sees its own, and nobody else does, whatever their role.

Of representatives alone the program that writes to them is told where to: that is what their addresses are kept for.
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from services.agreements.commands import Representative
from services.agreements.errors import IdentifierTaken
from services.agreements.fields import Id
from services.agreements.parties.errors import PartyNotFound
from services.agreements.people import errors
from services.agreements.people.bodies import AddPersonBody, AddressesBody, PersonBody
from services.agreements.people.handling import SeeToPeople, addresses_of, party_of
from services.agreements.people.model import Person, PersonalData
from services.agreements.people.register import People
from services.agreements.people.repeats import Answered, Repeats, repeats
from services.agreements.people.views import Addresses, PersonView, view_of
from services.agreements.requests import QuestionRequest, names_ids, speaker
from services.agreements.responses import answering, changing, creating, listing, reporting, showing
from shared.calendar import legal_day
from shared.log.handle import Handler
from shared.web.answers import NEVER_KEPT, represented
from shared.web.auth import Caller, requires
from shared.web.etag import IfNoneMatchHeader, Named, etag_of
from shared.web.pages import Page, PageRequest, name_before
from shared.web.refusals import IdempotencyKeyNotTaken

_EVERY = (errors.PeopleUnavailable, errors.PersonUnreadable, PartyNotFound)


@dataclass(frozen=True)
class PeopleRequest:
    """A request about people: who asks, and on which day."""

    people: People
    handler: Handler
    by: Representative
    today: date

    async def party(self) -> str:
        """Return whose people are asked about; raises PowerMissing unless whoever asks may see to them."""
        return await party_of(self.handler, self.by, self.today)


def asked(
    people: NamedDependency[People],
    handler: NamedDependency[Handler],
    caller: NamedDependency[Caller],
    now: NamedDependency[datetime],
) -> PeopleRequest:
    """Provide `asked: NamedDependency[PeopleRequest]`."""
    return PeopleRequest(people, handler, speaker(caller), legal_day(now))


@post(
    "/", responses=creating(PersonView, SeeToPeople, *_EVERY, errors.OrcidInvalid, errors.PersonErased, IdentifierTaken)
)
async def add_person(
    data: JSONBody[AddPersonBody],
    asked: NamedDependency[PeopleRequest],
    repeats: NamedDependency[Repeats],
) -> Response[bytes]:
    """Keep what the caller's party knows of a person, under a pseudonym."""
    answered = await repeats.add(await asked.party(), data.person, _personal(data))
    answer = _answer(answered)
    answer.status_code = 201 if answered.new or answered.replayed else 200
    answer.headers["Location"] = f"/v1/people/{answered.person.person}"
    return answer


@post(
    "/{person:str}/replace",
    status_code=200,
    responses=changing(
        PersonView, SeeToPeople, *_EVERY, errors.PersonNotFound, errors.PersonErased, errors.OrcidInvalid
    ),
)
async def replace_person(
    person: FromPath[Id],
    data: JSONBody[PersonBody],
    asked: NamedDependency[PeopleRequest],
    if_match: NamedDependency[Named | None],
    repeats: NamedDependency[Repeats],
) -> Response[bytes]:
    """Replace what is known of a person."""
    return _answer(await repeats.replace(await asked.party(), person, _personal(data), if_match))


@post(
    "/{person:str}/erase", status_code=200, responses=reporting(PersonView, SeeToPeople, *_EVERY, errors.PersonNotFound)
)
async def erase_person(
    person: FromPath[Id],
    asked: NamedDependency[PeopleRequest],
    repeats: NamedDependency[Repeats],
) -> Response[bytes]:
    """Erase what is known of a person, for ever; what was recorded under the pseudonym stays as it is."""
    return _answer(await repeats.erase(await asked.party(), person, asked.today))


@get("/", responses=listing(*SeeToPeople.gate.refusals, *_EVERY))
async def list_people(
    asked: NamedDependency[PeopleRequest], page: NamedDependency[PageRequest]
) -> Response[Page[PersonView]]:
    """List what the caller's party knows of its people, by pseudonym, erased ones included."""
    after = name_before(page)
    people = await asked.people.of_party(await asked.party(), after=after, limit=page.limit + 1)
    return page.answer([view_of(person) for person in people], lambda view: (view.person,))


@get("/{person:str}", responses=showing(PersonView, *SeeToPeople.gate.refusals, *_EVERY, errors.PersonNotFound))
async def show_person(
    person: FromPath[Id], asked: NamedDependency[PeopleRequest], if_none_match: IfNoneMatchHeader = None
) -> Response[bytes]:
    """Show what the caller's party knows of a person."""
    return _shown(await asked.people.show(await asked.party(), person), if_none_match)


# In the body and not in the address, which proxies write down.
@post(
    "/",
    status_code=200,
    responses=answering(Addresses, errors.PeopleUnavailable, errors.PersonUnreadable, IdempotencyKeyNotTaken),
)
async def find_addresses(
    data: JSONBody[AddressesBody],
    people: NamedDependency[People],
    question: NamedDependency[QuestionRequest],
) -> Response[bytes]:
    """Find where representatives are written to, and in which language.

    Whoever is not one today, was erased, or has no address kept is left out, whichever of these it is.
    """
    asked = [(each.party, each.person) for each in data.representatives]
    found = Addresses(addresses=await addresses_of(question.reader, people, asked, question.today))
    return Response(msgspec.json.encode(found), media_type="application/json", headers={"Cache-Control": NEVER_KEPT})


def _answer(answered: Answered) -> Response[bytes]:
    answer = _shown(answered.person)
    if answered.replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _shown(person: Person, if_none_match: str | None = None) -> Response[bytes]:
    # Personal data must not lie about in anybody's cache.
    body, etag = msgspec.json.encode(view_of(person)), etag_of(person.version)
    return represented(body, etag, if_none_match, cache=NEVER_KEPT)


def _personal(data: PersonBody) -> PersonalData:
    return PersonalData(name=data.name, email=data.email, orcid=data.orcid, language=data.language)


ROUTES = Router(
    "/v1/people",
    guards=[requires("representative"), names_ids],
    dependencies={
        "asked": Provide(asked, sync_to_thread=False),
        "repeats": Provide(repeats, sync_to_thread=False),
    },
    route_handlers=[add_person, replace_person, erase_person, list_people, show_person],
    tags=["people"],
)
ADDRESSES = Router("/v1/addresses", guards=[requires("notifier")], route_handlers=[find_addresses], tags=["people"])
