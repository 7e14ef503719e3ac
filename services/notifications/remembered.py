"""What is remembered of earlier events to know whom a later one concerns, and until when: by name, as far as asked for.

Who is in what is everybody's question, and its fold is shared (`shared/events/concerned.py`); how long a notice runs by
the terms, when others are told of what nobody acknowledged, who is asked as a registrar, who recorded what is
contested, who controls whom and who may act for a party are questions of alerts alone.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import partial
from typing import Final, NamedTuple

import msgspec

from services.notifications.affiliates import Affiliates
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded
from shared.events.agreement import AgreementActivated, AmendmentProposed, AmendmentTookEffect, TermsVersionDrafted
from shared.events.concerned import NOBODY, Circle, Lesson, lessons
from shared.events.contribution import ContributionRecorded
from shared.events.dispute import DisputeResolutionProposed
from shared.events.law import agreed_consent
from shared.events.party import Power, RepresentativeAppointed, RepresentativeRevoked
from shared.events.terms import ConsentTerms, NoticeTerms
from shared.events.values import Period
from shared.log.envelope import Envelope


class AgreedConsent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="consent"):
    """What an agreement's terms ask of co-owners' acts; what was drafted last waits until it takes effect."""

    drafted: ConsentTerms = ConsentTerms()
    in_force: ConsentTerms = ConsentTerms()


class AgreedNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="notice"):
    """What an agreement's terms say of notice; what was drafted last waits until it takes effect."""

    drafted: NoticeTerms = NoticeTerms()
    in_force: NoticeTerms = NoticeTerms()


class Representation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person may do for a party, and on which days."""

    powers: tuple[Power, ...]
    period: Period


class Representatives(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="representatives"):
    """Whom a party has named to act for it, by person; whoever is one no more stays, with the days of before."""

    people: dict[str, Representation] = {}

    def has(self, person: str, day: date) -> bool:
        """Tell whether somebody represents the party on a day: anybody does of one that never named any."""
        return not self.people or (person in self.people and self.people[person].period.covers(day))


State = Circle | AgreedConsent | AgreedNotice | Affiliates | Representatives
States = Mapping[str, State]
decode_state: Final = msgspec.json.Decoder(State).decode


class NotAskedFor(LookupError):
    """A rule read what it does not say that it needs: in its place there might be anything, or nothing."""


class Remembered:
    """What earlier events said, by its names; of what was not asked for it says nothing, not even that it is empty."""

    def __init__(self, states: States, names: Collection[str]) -> None:
        self._states = states
        self._names = names

    def only(self, names: Collection[str]) -> "Remembered":
        """Return it as far as these names go."""
        for name in names:
            self._check_asked_for(name)
        return Remembered(self._states, names)

    def circle(self, name: str) -> Circle:
        """Return who is in something; nobody where nothing is known of it. Raises NotAskedFor."""
        self._check_asked_for(name)
        state = self._states.get(name)
        return state if isinstance(state, Circle) else NOBODY

    def consent(self, name: str) -> AgreedConsent:
        """Return what an agreement asks for; nothing where nothing is known of it. Raises NotAskedFor."""
        self._check_asked_for(name)
        state = self._states.get(name)
        return state if isinstance(state, AgreedConsent) else AgreedConsent()

    def notice(self, name: str) -> AgreedNotice:
        """Return what an agreement says of notice; the defaults where nothing is known of it. Raises NotAskedFor."""
        self._check_asked_for(name)
        state = self._states.get(name)
        return state if isinstance(state, AgreedNotice) else AgreedNotice()

    def representatives(self, name: str) -> Representatives:
        """Return who may act for a party; nobody where nothing is known of it. Raises NotAskedFor."""
        self._check_asked_for(name)
        state = self._states.get(name)
        return state if isinstance(state, Representatives) else NO_REPRESENTATIVES

    def affiliates(self) -> Affiliates:
        """Return who controls whom. Raises NotAskedFor."""
        self._check_asked_for(AFFILIATES)
        state = self._states.get(AFFILIATES)
        return state if isinstance(state, Affiliates) else Affiliates()

    def _check_asked_for(self, name: str) -> None:
        if name not in self._names:
            raise NotAskedFor(name)


NO_REPRESENTATIVES: Final = Representatives()
# All of them are in one stream, and one is reached through another: none can be asked for alone.
AFFILIATES: Final = "affiliates:all"
NOTHING_REMEMBERED: Final = Remembered({}, ())


def consent_of(envelope: Envelope) -> str:
    """Return the name of what an event's agreement asks for."""
    return f"consent:{envelope.agreement}"


def notice_of(agreement: str) -> str:
    """Return the name of what an agreement says of notice."""
    return f"notice:{agreement}"


def registrar_of(dispute: str) -> str:
    """Return the name of the circle of those that were asked about a dispute as its registrar."""
    return f"registrar:{dispute}"


def recorder_of(contribution: str) -> str:
    """Return the name of the circle of the party that recorded a contribution."""
    return f"recorder:{contribution}"


def representatives_of(party: str) -> str:
    """Return the name of those who may act for a party."""
    return f"representatives:{party}"


def needed_to_learn(envelope: Envelope) -> set[str]:
    """Return the names of what an event changes."""
    names = {*lessons(envelope, 0), *_asked(envelope, 0)}
    if _lesson(envelope):
        names |= {consent_of(envelope), notice_of(envelope.agreement)}
    if (party := _names_representatives(envelope)) is not None:
        names.add(representatives_of(party))
    if isinstance(envelope.data, (AffiliationDeclared, AffiliationEnded)):
        names.add(AFFILIATES)
    return names


def learned(remembered: Remembered, envelope: Envelope, position: int) -> dict[str, State]:
    """Return what the event at a position changes in what is remembered."""
    changed: dict[str, State] = {
        name: of_circle(remembered.circle(name))
        for name, of_circle in {**lessons(envelope, position), **_asked(envelope, position)}.items()
    }
    if lesson := _lesson(envelope):
        agreed = notice_of(envelope.agreement)
        changed[consent_of(envelope)] = lesson.consent(remembered.consent(consent_of(envelope)))
        changed[agreed] = lesson.notice(remembered.notice(agreed))
    if (party := _names_representatives(envelope)) is not None:
        name = representatives_of(party)
        changed[name] = _represented(remembered.representatives(name), envelope)
    match envelope.data:
        case AffiliationDeclared() as declared:
            changed[AFFILIATES] = remembered.affiliates().declared(declared)
        case AffiliationEnded() as ended:
            changed[AFFILIATES] = remembered.affiliates().ended(ended)
    return changed


def _names_representatives(envelope: Envelope) -> str | None:
    """Return which party's representatives are others after an event."""
    match envelope.data:
        case RepresentativeAppointed(party=party) | RepresentativeRevoked(party=party):
            return party
    return None


def _represented(before: Representatives, envelope: Envelope) -> Representatives:
    match envelope.data:
        case RepresentativeAppointed(person=person, powers=powers, period=period):
            return Representatives(people={**before.people, person: Representation(powers=powers, period=period)})
        case RepresentativeRevoked(person=person, to=day) if known := before.people.get(person):
            ended = Representation(powers=known.powers, period=Period(start=known.period.start, end=day))
            return Representatives(people={**before.people, person: ended})
    return before


def _asked(envelope: Envelope, position: int) -> dict[str, Lesson]:
    match envelope.data:
        case DisputeResolutionProposed(dispute=dispute, registrar=str() as registrar):
            return {registrar_of(dispute): partial(Circle.joined_by, parties=(registrar,), since=position)}
        case ContributionRecorded(contribution=contribution, recorded_by_party=party):
            return {recorder_of(contribution): partial(Circle.joined_by, parties=(party,), since=position)}
    return {}


class _Agreeing(NamedTuple):
    """What an event makes of what an agreement's terms say."""

    consent: Callable[[AgreedConsent], AgreedConsent]
    notice: Callable[[AgreedNotice], AgreedNotice]


def _lesson(envelope: Envelope) -> _Agreeing | None:
    match envelope.data:
        # One amendment is open at a time, so what was drafted last is what takes effect.
        case TermsVersionDrafted(terms=terms) | AmendmentProposed(terms=terms):
            return _Agreeing(
                partial(msgspec.structs.replace, drafted=agreed_consent(terms)),
                partial(msgspec.structs.replace, drafted=terms.notice),
            )
        case AgreementActivated() | AmendmentTookEffect():
            return _Agreeing(
                lambda consent: msgspec.structs.replace(consent, in_force=consent.drafted),
                lambda notice: msgspec.structs.replace(notice, in_force=notice.drafted),
            )
    return None
