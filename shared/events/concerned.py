"""Whom an event concerns: one pure fold over events, for whoever is to be told and for whoever may read.

Around everything that parties are in stands a circle: who is in it, since which event, and until which. Events are
about circles (`about`) and move parties into them and out of them (`lessons`). Who asks, asks for circles of some kinds
(`Question`); what is asked today, and where it differs, stands in docs/decisions/0019-whom-an-event-concerns.md.

A circle is named by the stream of what it is around, `<kind>:<id>`; around a party there are two, that of the party
itself (`party`) and that of whoever shares an agreement with it (`partners`).
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial, singledispatch
from typing import Final, NamedTuple

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
from shared.events.invention import AssetLicensed, DeterminationAdopted, OwnershipTransferred
from shared.events.licence import LicenceDrafted, Scope
from shared.events.opportunity import OpportunityIdentified, OpportunityShared
from shared.events.party import PartyRegistered
from shared.events.registry import Event
from shared.events.transfer import PreemptionExercised, TransferProposed
from shared.events.values import Period
from shared.log.envelope import NO_AGREEMENT, Envelope

# -- who is in what ---------------------------------------------------------------------------------------------------


class Stay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a party is in a circle since the event at a position, until the one at another has it leave `on` a day."""

    since: int
    until: int | None = None
    on: date | None = None

    def reaches(self, position: int, recorded_at: datetime) -> bool:
        """Tell whether what was recorded then, at a position, was while the party was in."""
        return (
            self.until is None
            or self.on is None
            or still_in(left=position > self.until, on=self.on, recorded_at=recorded_at)
        )


def still_in(*, left: bool, on: date, recorded_at: datetime) -> bool:
    """Tell whether a party that leaves on a day was still in when something was recorded; `left`: once it had said so.

    This is what a party that has left sees besides what it holds or takes part in: what had been recorded by then.
    """
    return not left or legal_day(recorded_at) < on


class Licensed(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use an asset, and for how long."""

    licensee: str
    period: Period


class Circle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="circle"):
    """Everybody who is or ever was in something, in the order of their coming; of an asset, its licences as well."""

    stays: dict[str, tuple[Stay, ...]] = {}
    licences: dict[str, Licensed] = {}

    def __contains__(self, party: object) -> bool:
        return party in self.stays

    def __iter__(self) -> Iterator[str]:
        return iter(self.stays)

    @property
    def present(self) -> tuple[str, ...]:
        """Those who are in it as far as is known, of an asset whoever held it before the last transfer included."""
        return tuple(party for party, stays in self.stays.items() if stays[-1].until is None)

    def members_at(self, position: int, recorded_at: datetime) -> frozenset[str]:
        """Return who may see what was recorded then, of all who ever were in it: whoever is, or still was."""
        return frozenset(party for party, stays in self.stays.items() if stays[-1].reaches(position, recorded_at))

    def licensees_on(self, day: date) -> set[str]:
        return {each.licensee for each in self.licences.values() if each.period.covers(day)}

    def joined_by(self, parties: Iterable[str], *, since: int) -> "Circle":
        present = self.present
        coming = {each: (*self.stays.get(each, ()), Stay(since=since)) for each in parties if each not in present}
        return msgspec.structs.replace(self, stays={**self.stays, **coming})

    def left_by(self, parties: Iterable[str], *, until: int, on: date) -> "Circle":
        present = self.present
        leaving = {
            each: (*self.stays[each][:-1], msgspec.structs.replace(self.stays[each][-1], until=until, on=on))
            for each in parties
            if each in present
        }
        return msgspec.structs.replace(self, stays={**self.stays, **leaving})

    def made_up_of(self, parties: Iterable[str], *, since: int, on: date) -> "Circle":
        """Return it with exactly these in it from now on."""
        staying = tuple(parties)
        leaving = [each for each in self.present if each not in staying]
        return self.left_by(leaving, until=since, on=on).joined_by(staying, since=since)

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
    if data.ENTITY in {"opportunity", "party"}:
        return (f"{data.ENTITY}:{getattr(data, data.ENTITY)}",)
    names = [] if envelope.agreement == NO_AGREEMENT else [f"agreement:{envelope.agreement}"]
    for field in data.__struct_fields__:
        if field in _NAMED_BY:
            names += [f"{_NAMED_BY[field]}:{thing}" for thing in _things(getattr(data, field))]
    return tuple(names)


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
    return _lessons(envelope.data, position)


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
    held = partial(Circle.made_up_of, parties=sorted(data.shares), since=position, on=data.effective_on)
    return {f"invention:{data.invention}": held}


@_lessons.register
def _(data: OwnershipTransferred, position: int) -> dict[str, Lesson]:
    # It names nobody while the shares are not determined: then it waits, and an adoption says who holds what.
    if not data.holders:
        return {}
    held = partial(Circle.made_up_of, parties=data.holders, since=position, on=data.effective_on)
    return {f"invention:{data.invention}": held}


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


# -- what is asked ----------------------------------------------------------------------------------------------------


class Question(NamedTuple):
    """Who may read something: whoever is in one of the circles around it that count, or ever was.

    Of an agreement only those count that are in it, or were when what is to be read was recorded (`members_at`).
    A circle is anything that knows who is in it: one of the fold's, or what an aggregate or a table holds of it.
    """

    kinds: frozenset[str]

    def admits(self, party: str, **circles: Container[str]) -> bool:
        """Tell whether a party may read it, given every circle that counts by its kind."""
        assert circles.keys() == self.kinds, "a circle that counts and is not looked at hides what may be read"
        return any(party in circle for circle in circles.values())


# In agreements: an agreement is read by whom an open amendment asks to join it, too; what belongs to it is not.
AN_AGREEMENT: Final = Question(frozenset({"agreement", "amendment"}))
WITHIN_AN_AGREEMENT: Final = Question(frozenset({"agreement"}))
A_CONTRIBUTION: Final = Question(frozenset({"agreement", "invention", "contribution"}))
A_PARTICIPANT: Final = Question(frozenset({"agreement", "participant"}))
AN_ITEM: Final = Question(frozenset({"agreement", "background"}))
AN_OPPORTUNITY: Final = Question(frozenset({"opportunity"}))
# Of what is held, and of what becomes of it: whoever holds a share need not be in the agreement that it came from.
AN_ASSET: Final = Question(frozenset({"agreement", "invention"}))
A_TRANSFER: Final = Question(frozenset({"agreement", "invention", "transfer"}))
A_LICENCE: Final = Question(frozenset({"agreement", "invention", "licence"}))
A_DISPUTE: Final = Question(frozenset({"agreement", "invention", "dispute"}))
# In the ledger: an entry is to be read by whoever may read what it is about, with the proof that it is there.
AN_ENTRY: Final = Question(frozenset({"agreement", "invention", "transfer", "licence", "dispute"}))
