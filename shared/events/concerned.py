"""Whom an event concerns: one pure fold over events, for whoever is to be told and for whoever may read.

Around everything that parties are in stands a circle: who is in it, since which event, and until which. Events are
about circles (`about`) and move parties into them and out of them (`lessons`). An event concerns whoever is in a circle
around it (`concerned`): that is what a party's feed brings it, and what it reads of the log and of the ledger's
entries. Who may read a thing itself is asked of circles of some kinds (`shared/events/questions.py`).

A circle is named by the stream of what it is around, `<kind>:<id>`; around a party there are two, that of the party
itself (`party`) and that of whoever shares an agreement with it (`partners`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, cached_property, lru_cache, partial, singledispatch
from itertools import chain
from typing import Final

import msgspec

from shared.calendar import legal_day
from shared.events.affiliation import (
    AffiliationDeclared,
    AffiliationEnded,
    DeclarationConfirmed,
    DeclarationDeclined,
    DeclarationEnded,
    DeclarationLapsed,
    DeclarationMade,
    DeclarationWithdrawn,
)
from shared.events.agreement import AgreementDrafted, PartyAcceded, PartyWithdrew
from shared.events.dispute import DisputeOpened, DisputePositionFiled
from shared.events.invention import AssetLicensed, DeterminationAdopted, OwnershipTransferred, TransferRescinded
from shared.events.licence import LicenceDrafted, Scope
from shared.events.opportunity import OpportunityIdentified, OpportunityShared
from shared.events.party import PartyRegistered
from shared.events.registry import Event
from shared.events.transfer import PreemptionExercised, TransferProposed
from shared.events.values import Period
from shared.ids import UNALLOCATED, is_id
from shared.log.envelope import NO_AGREEMENT, Envelope

# -- who is in what ---------------------------------------------------------------------------------------------------


class Stay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a party is in a circle since the event at a position, until the one at another has it leave `on` a day.

    Without a day that other event undid what it was in by, as if that had never been: it is the last to reach it.
    """

    since: int
    until: int | None = None
    on: date | None = None

    def reaches(self, position: int, recorded_at: datetime) -> bool:
        """Tell whether what was recorded then, at a position, was while the party was in."""
        if self.until is None:
            return True
        left = position > self.until
        return not left if self.on is None else still_in(left=left, on=self.on, recorded_at=recorded_at)


def still_in(*, left: bool, on: date, recorded_at: datetime) -> bool:
    """Tell whether a party that leaves on a day was still in when something was recorded; `left`: once it had said so.

    This is what a party that has left sees besides what it holds or takes part in: what had been recorded by then.
    """
    return not left or legal_day(recorded_at) < on


class Licensed(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use an asset, and for how long."""

    licensee: str
    period: Period


class Circle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="circle", dict=True):
    """Everybody who is or ever was in something, in the order of their coming; of an asset, its licences as well.

    In the circle of an asset is whoever was given a share by what still counts: by the shares `adopted`, or by one of
    the transfers (`given`), also if it has none left. Around what is about assets (a transfer, a licence, a dispute)
    stand theirs too: `assets` has the names of those circles, each with the position since which that is known.
    """

    stays: dict[str, tuple[Stay, ...]] = {}
    licences: dict[str, Licensed] = {}
    adopted: tuple[str, ...] = ()
    given: dict[str, tuple[str, ...]] = {}
    assets: dict[str, int] = {}

    def __contains__(self, party: object) -> bool:
        return party in self.stays

    def __iter__(self) -> Iterator[str]:
        return iter(self.stays)

    @property
    def present(self) -> tuple[str, ...]:
        """Those who are in it as far as is known, of an asset whoever held it before included."""
        return tuple(party for party, stays in self.stays.items() if stays[-1].until is None)

    @cached_property
    def _unparted(self) -> frozenset[str] | None:
        """Everybody, where nobody ever left: of most circles, and they are asked for with each event."""
        parted = any(stays[-1].until is not None for stays in self.stays.values())
        return None if parted else frozenset(self.stays)

    def members_at(self, position: int, recorded_at: datetime) -> frozenset[str]:
        """Return who may see what was recorded then, of all who ever were in it: whoever is, or still was."""
        if self._unparted is not None:
            return self._unparted
        return frozenset(party for party, stays in self.stays.items() if stays[-1].reaches(position, recorded_at))

    def licensees_on(self, day: date) -> set[str]:
        return {each.licensee for each in self.licences.values() if each.period.covers(day)}

    def joined_by(self, parties: Iterable[str], *, since: int) -> "Circle":
        present = self.present
        coming = {each: (*self.stays.get(each, ()), Stay(since=since)) for each in parties if each not in present}
        return msgspec.structs.replace(self, stays={**self.stays, **coming})

    def left_by(self, parties: Iterable[str], *, until: int, on: date | None) -> "Circle":
        present = self.present
        leaving = {
            each: (*self.stays[each][:-1], msgspec.structs.replace(self.stays[each][-1], until=until, on=on))
            for each in parties
            if each in present
        }
        return msgspec.structs.replace(self, stays={**self.stays, **leaving})

    def holding(self, *, adopted: tuple[str, ...], given: dict[str, tuple[str, ...]], since: int) -> "Circle":
        """Return that of an asset, given by what shares are held: while none are adopted, transfers of them wait."""
        counts = msgspec.structs.replace(self, adopted=adopted, given=given)
        staying = {*adopted, *(to for each in given.values() for to in each)} if adopted else set()
        leaving = [each for each in self.present if each not in staying]
        return counts.left_by(leaving, until=since, on=None).joined_by(sorted(staying), since=since)

    def about_assets(self, names: Iterable[str], *, since: int) -> "Circle":
        return msgspec.structs.replace(self, assets={**dict.fromkeys(names, since), **self.assets})

    def licensed(self, licence: str, licensed: Licensed) -> "Circle":
        return msgspec.structs.replace(self, licences={**self.licences, licence: licensed})


NOBODY: Final = Circle()
"""Who is in what nobody knows anything of."""


# What one end of an affiliation says of the other.
_BETWEEN_TWO: Final = (
    DeclarationMade,
    DeclarationConfirmed,
    DeclarationDeclined,
    DeclarationWithdrawn,
    DeclarationLapsed,
    DeclarationEnded,
)

# What stands between an event and the assets that it is about without naming them.
_ABOUT_ASSETS: Final = frozenset({"transfer", "licence", "dispute"})

# -- what events are about --------------------------------------------------------------------------------------------

# The fields by which an event names what it is about, whatever else it says.
_NAMED_BY: Final[Mapping[str, str]] = {
    "invention": "invention",
    "asset": "invention",
    "assets": "invention",
    "scope": "invention",
    "transfer": "transfer",
    "licence": "licence",
    "dispute": "dispute",
}


def about(envelope: Envelope) -> tuple[str, ...]:
    """Return the names of the circles around what an event is about."""
    data = envelope.data
    if data.ENTITY == "log":  # of everybody's history, and of nothing that anybody is in
        return ()
    if isinstance(data, (AffiliationDeclared, AffiliationEnded)):
        return f"partners:{data.parent}", f"partners:{data.child}"
    if isinstance(data, _BETWEEN_TWO):
        return f"party:{data.parent}", f"party:{data.child}"
    # That there is an opportunity is a secret from the rest of its agreement; what a party is, is its own affair.
    kind = "opportunity" if hasattr(data, "opportunity") else data.ENTITY
    if kind in {"opportunity", "party"}:
        return (f"{kind}:{getattr(data, kind)}",)
    names = [] if envelope.agreement == NO_AGREEMENT else [f"agreement:{envelope.agreement}"]
    for field, kind in _naming(type(data)):
        names += [f"{kind}:{thing}" for thing in _things(getattr(data, field))]
    return tuple(names)


@cache
def _naming(kind: type[Event]) -> tuple[tuple[str, str], ...]:
    return tuple((field, _NAMED_BY[field]) for field in kind.__struct_fields__ if field in _NAMED_BY)


def kind_of(name: str) -> str:
    """Return the kind of the circle with this name."""
    return name.partition(":")[0]


def _things(value: str | tuple[str, ...] | Scope | None) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case str():
            return (value,)
        case Scope(assets=assets):
            return assets
    return value


# -- what they teach --------------------------------------------------------------------------------------------------

Lesson = Callable[[Circle], Circle]
"""What an event makes of a circle."""


def lessons(envelope: Envelope, position: int) -> dict[str, Lesson]:
    """Return what the event at a position makes of circles, by their names: it changes these and looks at no others.

    A circle that nobody remembers is `NOBODY`.
    """
    taught = _lessons(envelope.data, position)
    if envelope.data.ENTITY not in _ABOUT_ASSETS:
        return taught
    names = about(envelope)
    assets = [name for name in names if kind_of(name) == "invention"]
    things = [name for name in names if kind_of(name) == envelope.data.ENTITY] if assets else []
    linked = {name: partial(_about_assets, taught.get(name), assets, position) for name in things}
    return {**taught, **linked}


def _about_assets(lesson: Lesson | None, assets: Iterable[str], position: int, circle: Circle) -> Circle:
    return (lesson(circle) if lesson else circle).about_assets(assets, since=position)


def joining(data: Event) -> tuple[str, ...]:
    """Return the parties that an event makes parties of its agreement."""
    match data:
        case AgreementDrafted(parties=parties):
            return tuple(dict.fromkeys(parties))
        case PartyAcceded(party=party):
            return (party,)
    return ()


@singledispatch
def _lessons(_data: Event, _position: int) -> dict[str, Lesson]:
    return {}


def _joined(parties: Iterable[str], position: int) -> Lesson:
    return partial(Circle.joined_by, parties=tuple(parties), since=position)


@_lessons.register(AgreementDrafted)
@_lessons.register(PartyAcceded)
def _(data: AgreementDrafted | PartyAcceded, position: int) -> dict[str, Lesson]:
    new = joining(data)
    meeting = {f"partners:{party}": _joined(data.parties if party in new else new, position) for party in data.parties}
    return {f"agreement:{data.agreement}": _joined(new, position), **meeting}


@_lessons.register
def _(data: PartyWithdrew, position: int) -> dict[str, Lesson]:
    leaving = partial(Circle.left_by, parties=(data.party,), until=position, on=data.effective_on)
    return {f"agreement:{data.agreement}": leaving}


@_lessons.register
def _(data: PartyRegistered, position: int) -> dict[str, Lesson]:
    itself = _joined((data.party,), position)
    return {f"party:{data.party}": itself, f"partners:{data.party}": itself}


@_lessons.register
def _(data: DeterminationAdopted, position: int) -> dict[str, Lesson]:
    def adopted(circle: Circle) -> Circle:
        before = circle.adopted if data.mode == "PROSPECTIVE" else ()
        shares = tuple(sorted({*before, *data.shares}))
        return circle.holding(adopted=shares, given=circle.given, since=position)

    return {f"invention:{data.invention}": adopted}


@_lessons.register
def _(data: OwnershipTransferred, position: int) -> dict[str, Lesson]:
    def transferred(circle: Circle) -> Circle:
        to = tuple(dict.fromkeys((*circle.given.get(data.transfer, ()), data.to)))
        return circle.holding(adopted=circle.adopted, given={**circle.given, data.transfer: to}, since=position)

    return {f"invention:{data.invention}": transferred}


@_lessons.register
def _(data: TransferRescinded, position: int) -> dict[str, Lesson]:
    def rescinded(circle: Circle) -> Circle:
        given = {transfer: to for transfer, to in circle.given.items() if transfer != data.transfer}
        return circle.holding(adopted=circle.adopted, given=given, since=position)

    return {f"invention:{data.invention}": rescinded}


@_lessons.register
def _(data: AssetLicensed, _position: int) -> dict[str, Lesson]:
    licensed = Licensed(licensee=data.licensee, period=data.scope.period)
    return {f"invention:{data.invention}": partial(Circle.licensed, licence=data.licence, licensed=licensed)}


@_lessons.register
def _(data: TransferProposed, position: int) -> dict[str, Lesson]:
    return {f"transfer:{data.transfer}": _joined((data.source, data.to, data.proposed_by_party), position)}


@_lessons.register
def _(data: PreemptionExercised, position: int) -> dict[str, Lesson]:
    return {f"transfer:{data.transfer}": _joined((data.party,), position)}


@_lessons.register
def _(data: LicenceDrafted, position: int) -> dict[str, Lesson]:
    return {f"licence:{data.licence}": _joined((*data.licensors, data.licensee, data.drafted_by_party), position)}


@_lessons.register
def _(data: DisputeOpened, position: int) -> dict[str, Lesson]:
    return {f"dispute:{data.dispute}": _joined((data.opened_by, *data.position), position)}


@_lessons.register
def _(data: DisputePositionFiled, position: int) -> dict[str, Lesson]:
    return {f"dispute:{data.dispute}": _joined((data.party, *data.position), position)}


@_lessons.register
def _(data: OpportunityIdentified, position: int) -> dict[str, Lesson]:
    return {f"opportunity:{data.opportunity}": _joined((data.by_party,), position)}


@_lessons.register
def _(data: OpportunityShared, position: int) -> dict[str, Lesson]:
    return {f"opportunity:{data.opportunity}": _joined(data.parties, position)}


# -- whom an event concerns -------------------------------------------------------------------------------------------

Circles = Mapping[str, Circle]
"""Circles by their names; one that is missing is `NOBODY`."""

EDITION: Final = 1
"""Which edition of the rules below this is: what was numbered by an earlier one keeps its numbers."""

EVERYBODY: Final = "*"
"""In the place of whoever is registered by then; no party's name."""


def around(envelope: Envelope, position: int, circles: Circles) -> tuple[str, ...]:
    """Return the names of all circles around an event: of what it is about, and of the assets that that is about.

    `circles` has those of what it is about at least, as far as the event itself and earlier ones taught them.
    """
    names = about(envelope)
    known = [circles[name] for name in names if name in circles]
    assets = [asset for each in known for asset, since in each.assets.items() if since <= position]
    return tuple(dict.fromkeys((*names, *assets))) if assets else names


def concerned(envelope: Envelope, position: int, circles: Circles) -> frozenset[str]:
    """Return the parties that the event at a position concerns: whoever is in a circle around it, or still was.

    `circles` has all of those, as far as the event and earlier ones taught them; taught by later ones too, it says
    whom the event concerns by then. What concerns a party is all that it is brought, and all that it may read.
    """
    return within(around(envelope, position, circles), envelope, position, circles)


def within(names: Iterable[str], envelope: Envelope, position: int, circles: Circles) -> frozenset[str]:
    """Do the same, given which circles are around the event."""
    if envelope.data.ENTITY == "log":
        return frozenset({EVERYBODY})
    members = [circles[name].members_at(position, envelope.time) for name in names if name in circles]
    return frozenset(filter(_is_party, chain.from_iterable(members)))


def arriving(before: Circle, after: Circle) -> tuple[str, ...]:
    """Return the parties that come into a circle by an event: all that is about it concerns them from the start."""
    present = before.present
    return tuple(party for party in after.present if party not in present and _is_party(party))


@lru_cache(10_000)
def _is_party(holder: str) -> bool:
    # While a title gap lasts, a share is held by a person (`person:...`) or by nobody yet: neither is a party.
    return is_id(holder) and holder != UNALLOCATED
