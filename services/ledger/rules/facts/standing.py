"""What is agreed and declared beside the facts of an invention: terms, a project's own method, affiliations."""

from collections.abc import Container
from datetime import date
from functools import singledispatchmethod
from typing import Final

from services.ledger.rules.history import Affiliation
from shared.calendar import legal_day
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded, DeclarationConfirmed, DeclarationMade
from shared.events.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AmendmentProposed,
    AmendmentTookEffect,
    PartyAcceded,
    TermsVersionDrafted,
)
from shared.events.concerned import joining
from shared.events.party import PartyRegistered
from shared.events.project import ProjectCreated
from shared.events.registry import Event
from shared.events.terms import Terms
from shared.log.envelope import Envelope

# The one stream of all affiliations.
AFFILIATIONS: Final = "affiliation:all"
# With what each of the streams begins in which one end of an affiliation declares it, and the other confirms it.
DECLARATIONS: Final = "declaration:"


class Standing:
    """The terms that took effect, and what else decides by which rules shares are derived."""

    def __init__(self) -> None:
        self._terms: dict[tuple[str, int], Terms] = {}
        self._effective: dict[tuple[str, int], Terms] = {}
        self._in_force: dict[str, Terms] = {}
        self.methods: dict[str, str] = {}
        self.affiliations: dict[tuple[str, str, date], Affiliation] = {}
        # Also those along which nothing accrues.
        self._control: dict[tuple[str, str, date], Affiliation] = {}
        # Those of them that only their two ends have declared, and by what.
        self._by_ends: dict[tuple[str, str, date], str] = {}
        # What parties declare of themselves, on which day, and who has confirmed it.
        self._made: dict[str, tuple[DeclarationMade, date]] = {}
        self._confirmed: dict[str, set[str]] = {}
        self._parties: dict[str, set[str]] = {}
        self.registered: set[str] = set()
        self._read_on = date.min

    def read(self, envelope: Envelope) -> None:
        """Take in what an event says."""
        self._read_on = legal_day(envelope.time)
        self._read(envelope.data)

    def terms(self, agreement: str, version: int | None = None) -> Terms:
        """Return an agreement's terms of a version that took effect, or those in force where that one never did."""
        in_force = self._in_force.get(agreement, Terms())
        return in_force if version is None else self._effective.get((agreement, version), in_force)

    def in_one_hand(self, one: str, other: str, day: date) -> bool:
        """Tell whether two parties are one, or one is under the other, or both under a third, on a day.

        By what operators have declared: whoever is in one hand with another is not asked what that one takes from it.
        """
        return self._meet(one, other, day, also_by_ends=False)

    def speaks_for(self, party: str, other: str, day: date) -> bool:
        """Tell whether a party is another one, or controls it on a day."""
        return party in self._with_those_above(other, day)

    def is_affiliated(self, one: str, other: str, day: date) -> bool:
        """Tell whether one of two parties is under the other on a day, by what operators have declared."""
        one_above = self._with_those_above(one, day, also_by_ends=False)
        return other in one_above or one in self._with_those_above(other, day, also_by_ends=False)

    def accruing(self, parties: Container[str]) -> list[Affiliation]:
        """Return the affiliations along which shares accrue in an invention of these parties.

        Of those that only their ends have declared such as give to a party what would be an outsider's.
        """
        return [
            each
            for key, each in self.affiliations.items()
            if key not in self._by_ends or (each.parent in parties and each.child not in parties)
        ]

    def is_neutral(self, party: str, agreement: str, day: date) -> bool:
        """Tell whether a party has to do with none that is or was in an agreement."""
        parties = self._parties.get(agreement, ())
        return not any(self._meet(party, each, day, also_by_ends=True) for each in parties)

    def _meet(self, one: str, other: str, day: date, *, also_by_ends: bool) -> bool:
        above = self._with_those_above(one, day, also_by_ends=also_by_ends)
        return bool(above & self._with_those_above(other, day, also_by_ends=also_by_ends))

    def _with_those_above(self, party: str, day: date, *, also_by_ends: bool = True) -> set[str]:
        holding = [
            each
            for key, each in self._control.items()
            if each.covers(day) and (also_by_ends or key not in self._by_ends)
        ]
        found = {party}
        while above := {each.parent for each in holding if each.child in found} - found:
            found |= above
        return found

    def _is_of_both(self, data: AffiliationDeclared, declaration: str) -> bool:
        """Tell whether one end declared exactly this, of no day before that, and the other confirmed it."""
        if (known := self._made.get(declaration)) is None:
            return False
        made, made_on = known
        both = {made.declared_by, *self._confirmed.get(declaration, ())}
        return (
            {data.parent, data.child} <= both
            and data.period.start >= made_on
            and (made.parent, made.child, made.accrual, made.period)
            == (data.parent, data.child, data.accrual, data.period)
        )

    @singledispatchmethod
    def _read(self, data: Event) -> None:
        """Pass over an event that says nothing of this."""

    @_read.register(TermsVersionDrafted)
    @_read.register(AmendmentProposed)
    def _(self, data: TermsVersionDrafted | AmendmentProposed) -> None:
        self._terms[data.agreement, data.terms_version] = data.terms

    @_read.register(AgreementActivated)
    @_read.register(AmendmentTookEffect)
    def _(self, data: AgreementActivated | AmendmentTookEffect) -> None:
        version = data.agreement, data.terms_version
        self._effective[version] = self._in_force[data.agreement] = self._terms.get(version, Terms())

    @_read.register
    def _(self, data: ProjectCreated) -> None:
        if data.policy_overrides and data.policy_overrides.method:
            self.methods[data.project] = data.policy_overrides.method

    @_read.register(AgreementDrafted)
    @_read.register(PartyAcceded)
    def _(self, data: AgreementDrafted | PartyAcceded) -> None:
        self._parties.setdefault(data.agreement, set()).update(joining(data))

    @_read.register
    def _(self, data: PartyRegistered) -> None:
        self.registered.add(data.party)

    @_read.register
    def _(self, data: DeclarationMade) -> None:
        self._made.setdefault(data.declaration, (data, self._read_on))

    @_read.register
    def _(self, data: DeclarationConfirmed) -> None:
        self._confirmed.setdefault(data.declaration, set()).add(data.party)

    @_read.register
    def _(self, data: AffiliationDeclared) -> None:
        if data.declaration is not None and not self._is_of_both(data, data.declaration):
            return
        affiliation = Affiliation(data.parent, data.child, data.period.start, data.period.end)
        key = data.parent, data.child, data.period.start
        if data.declaration is None:
            self._by_ends.pop(key, None)
        elif key in self._control and key not in self._by_ends:  # an operator's word is not taken back by it
            return
        else:
            self._by_ends[key] = data.declaration
        self._control[key] = affiliation
        # Shares accrue along these alone, and there is at most one of a child's on a day.
        if data.accrual:
            self.affiliations[key] = affiliation
        else:
            self.affiliations.pop(key, None)

    @_read.register
    def _(self, data: AffiliationEnded) -> None:
        key = data.parent, data.child, data.since
        # Its ends end what they have declared, and nothing of days that are over.
        if data.declaration is not None and (data.declaration != self._by_ends.get(key) or data.to < self._read_on):
            return
        for known in (self._control, self.affiliations):
            if key in known:
                known[key] = known[key]._replace(end=data.to)
